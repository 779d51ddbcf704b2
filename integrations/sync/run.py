"""One attempt at one delivery, from claim to close."""

import logging
import traceback

from integrations.choices import Outcome
from integrations.errors import LeaseLost, PortalError
from integrations.redact import Redactor
from integrations.sync.attempt import Attempt
from integrations.sync.claim import claim
from integrations.sync.outcome import Ending, close, ending_of
from integrations.sync.surroundings import Surroundings

logger = logging.getLogger(__name__)


def run_attempt(delivery_id: int, *, task_id: str = "", surroundings: Surroundings) -> str:
    """Make one attempt at a delivery that is due; return its outcome, or why there was none."""
    lease = claim(delivery_id, task_id=task_id, surroundings=surroundings)
    if lease is None:
        return "not due"
    redactor = Redactor()
    try:
        redactor = Redactor(lease.delivery.integration.secret_values())
        ending = Attempt(lease, redactor=redactor, surroundings=surroundings).run()
    except LeaseLost:
        logger.warning("delivery %s: lease lost in attempt %s", delivery_id, lease.attempt.number)
        return "lease lost"
    except PortalError as exc:
        ending = ending_of(exc, delivery=lease.delivery, surroundings=surroundings)
    except Exception as exc:
        # Our own bug: kept whole for the maintainers, a plain sentence for everyone else.
        logger.error("delivery %s: %s in attempt %s", delivery_id, type(exc).__name__, lease.attempt.number)
        ending = Ending(
            outcome=Outcome.ERRORED,
            code="portal_error",
            summary="The portal made a mistake of its own.",
            message="The portal made a mistake of its own with this delivery; nothing is lost.",
            hint="Press Sync again. If it comes back, send the attempt's details to the portal's maintainers.",
            subject=type(exc).__name__,
            traceback=traceback.format_exc(),
        )
    done = close(lease, ending, redactor=redactor, surroundings=surroundings)
    return str(ending.outcome) if done else "lease lost"
