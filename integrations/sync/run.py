"""One attempt at one delivery, from claim to close."""

import logging
import traceback

from django.db import close_old_connections

from integrations.choices import Outcome
from integrations.errors import DatabaseAway, LeaseLost, PortalError
from integrations.redact import Redactor
from integrations.sync.attempt import Attempt
from integrations.sync.claim import Lease, claim
from integrations.sync.outcome import Ending, close, ending_of
from integrations.sync.patience import DATABASE_AWAY, patiently
from integrations.sync.surroundings import Surroundings

logger = logging.getLogger(__name__)


def run_attempt(delivery_id: int, *, task_id: str = "", surroundings: Surroundings) -> str:
    """Make one attempt at a delivery that is due; return its outcome, or why there was none."""
    try:
        lease = patiently(
            lambda: claim(delivery_id, task_id=task_id, surroundings=surroundings), surroundings=surroundings
        )
    except DATABASE_AWAY:
        return "database away"  # the row stays due, and is rung again
    if lease is None:
        return "not due"
    ending, redactor = _attempt(lease, surroundings=surroundings)
    if ending is None:
        return "lease lost"
    try:
        done = patiently(
            lambda: close(lease, ending, redactor=redactor, surroundings=surroundings), surroundings=surroundings
        )
    except DATABASE_AWAY:
        return "not closed"  # the lease runs out, and the sweep takes the work up from where Halo then stands
    return str(ending.outcome) if done else "lease lost"


def _attempt(lease: Lease, *, surroundings: Surroundings) -> tuple[Ending | None, Redactor]:
    """Go through one attempt; return how it ended, None where the work was lost to another worker."""
    name = f"delivery {lease.delivery.pk}, attempt {lease.attempt.number}"
    redactor = Redactor()
    try:
        redactor = Redactor(lease.delivery.integration.secret_values())
        ending = Attempt(lease, redactor=redactor, surroundings=surroundings).run()
    except LeaseLost:
        logger.warning("%s: lease lost", name)
        return None, redactor
    except PortalError as exc:
        ending = ending_of(exc, delivery=lease.delivery, surroundings=surroundings)
    except DATABASE_AWAY as exc:
        logger.warning("%s: %s", name, type(exc).__name__)
        close_old_connections()  # a broken one stays broken until it is looked at
        away = DatabaseAway("The portal's database did not answer in the middle of the attempt.")
        ending = ending_of(away, delivery=lease.delivery, surroundings=surroundings)
    except Exception as exc:
        # Our own bug: kept whole for the maintainers, a plain sentence for everyone else.
        logger.error("%s: %s", name, type(exc).__name__)
        ending = Ending(
            outcome=Outcome.ERRORED,
            code="portal_error",
            summary="The portal made a mistake of its own.",
            message="The portal made a mistake of its own with this delivery; nothing is lost.",
            hint="Press Sync again. If it comes back, send the attempt's details to the portal's maintainers.",
            subject=type(exc).__name__,
            traceback=traceback.format_exc(),
        )
    return ending, redactor
