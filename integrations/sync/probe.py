"""The trial of an open breaker that holds no delivery: one harmless question to Halo."""

import uuid
from contextlib import closing

from django.db import transaction

from integrations.connect import Lane, connect_halo
from integrations.errors import PortalError
from integrations.models import Integration
from integrations.sync.breaker import admit, held_since, settle_probe
from integrations.sync.surroundings import Surroundings


def probe(integration: Integration, *, surroundings: Surroundings) -> str:
    """Ask Halo who the portal is; return what came of it for the task log."""
    token = uuid.uuid4()
    if held_since(integration) is None or not admit(integration.pk, token, now=surroundings.now()):
        return "not due"
    code = message = ""
    try:
        with closing(
            connect_halo(integration, lane=Lane.RECONCILIATION, clock=surroundings.clock, sleep=surroundings.sleep)
        ) as client:
            client.who_am_i()
    except PortalError as exc:
        code, message = exc.code, exc.user_message
    with transaction.atomic():
        closed = settle_probe(integration, token, error_code=code, message=message, now=surroundings.now())
    return "Halo answers" if closed else code
