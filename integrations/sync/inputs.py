"""Keeping what a plan was made from, so that it can be planned again with other settings and without Halo."""

from datetime import datetime, timedelta

from pydantic import ValidationError

from integrations.domain.replanning import PlanInputs
from integrations.errors import NotUnderstood
from integrations.models import AttemptInputs, SyncAttempt
from integrations.quoter.webhook import read_quote
from integrations.sync.claim import Lease

# As long as the calls of an attempt: both tell what Halo held, people's names included.
KEEP_DAYS = 90
PRUNE_AT_ONCE = 500


def keep_inputs(lease: Lease, inputs: PlanInputs) -> None:
    """Write the inputs down for an attempt; its last look at Halo counts. The webhook's own text is kept once."""
    content = inputs.model_dump(mode="json", exclude_defaults=True)
    if inputs.quote == read_quote(lease.delivery.data):
        del content["quote"]  # else Quoter's API has added to it
    AttemptInputs.objects.update_or_create(
        attempt=lease.attempt, defaults={"content": content, "created_at": lease.attempt.started_at}
    )


def inputs_of(attempt: SyncAttempt) -> PlanInputs | None:
    """Return what an attempt's plan was made from; None where that is not kept, or not readable any more."""
    row = AttemptInputs.objects.filter(attempt=attempt).first()
    if row is None:
        return None
    content = dict(row.content)
    try:
        if "quote" not in content:
            content["quote"] = read_quote(attempt.delivery.data)
        return PlanInputs.model_validate(content)
    except (ValidationError, NotUnderstood):
        return None


def prune_inputs(*, now: datetime) -> int:
    """Delete what is older than it is kept, a few hundred at a time; return how many."""
    old = AttemptInputs.objects.filter(created_at__lt=now - timedelta(days=KEEP_DAYS))
    ids = list(old.order_by("created_at").values_list("pk", flat=True)[:PRUNE_AT_ONCE])
    return AttemptInputs.objects.filter(pk__in=ids).delete()[0] if ids else 0
