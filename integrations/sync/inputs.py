"""Keeping what a plan was made from, so that it can be planned again with other settings and without Halo."""

from pydantic import ValidationError

from integrations.domain.replanning import PlanInputs
from integrations.errors import NotUnderstood
from integrations.models import AttemptInputs, SyncAttempt
from integrations.sync.claim import Lease
from integrations.sync.known_ids import quote_of


def keep_inputs(lease: Lease, inputs: PlanInputs) -> None:
    """Write the inputs down for an attempt; its last look at Halo counts. The webhook's own text is kept once."""
    content = inputs.model_dump(mode="json", exclude_defaults=True)
    if inputs.quote == quote_of(lease.delivery):
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
            content["quote"] = quote_of(attempt.delivery)
        return PlanInputs.model_validate(content)
    except (ValidationError, NotUnderstood):
        return None
