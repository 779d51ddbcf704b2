"""The plan that an attempt kept."""

from pydantic import ValidationError

from integrations.domain.plan import Plan
from integrations.models import SyncAttempt


def plan_of(attempt: SyncAttempt | None) -> Plan | None:
    """Return an attempt's plan; None where it made none, or an older portal wrote it in another shape."""
    if attempt is None or not attempt.plan:
        return None
    try:
        return Plan.model_validate(attempt.plan)
    except ValidationError:
        return None
