"""The address that Quoter posts to. Quoter shows our whole answer to its users: nothing in it is private."""

import logging
import uuid

from django.contrib.auth.decorators import login_not_required
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse, UnreadablePostError
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from integrations.errors import NotVerified, SecretUnreadable
from integrations.inbox.receive import MAX_BODY_BYTES, NoSuchEndpoint, receive

logger = logging.getLogger(__name__)


@csrf_exempt  # Quoter signs instead
@login_not_required  # the address is unguessable and the signature is checked
@require_POST
def quoter_webhook(request: HttpRequest, endpoint: uuid.UUID) -> HttpResponse:
    """Answer 200 once the webhook is stored: Quoter repeats it after anything else."""
    try:
        receipt = receive(endpoint, _read(request), now=timezone.now())
    except NoSuchEndpoint:
        return _say(404, "There is no webhook at this address. Copy it again from the portal's settings.")
    except NotVerified as exc:
        return _say(exc.status, exc.user_message)
    except UnreadablePostError:
        return _say(400, "The body did not arrive whole.")
    except (DatabaseError, SecretUnreadable) as exc:
        # Not stored, so not accepted: Quoter tries again in five minutes.
        logger.error("webhook not stored: %s", type(exc).__name__)
        answer = _say(503, "The portal cannot store webhooks at the moment.")
        answer["Retry-After"] = "300"
        return answer
    return _say(200, f"Delivery {receipt.delivery_id} {'accepted' if receipt.new else 'was already there'}.")


def _read(request: HttpRequest) -> bytes:
    """Read one byte more than is allowed at most, whatever length was announced."""
    return request.read(MAX_BODY_BYTES + 1)


def _say(status: int, text: str) -> HttpResponse:
    return HttpResponse(f"{text}\n", status=status, content_type="text/plain; charset=utf-8")
