"""Why each field has its value, for the pages of an attempt and a quote."""

from dataclasses import dataclass
from typing import Any

from integrations.admin.fixes import field_url
from integrations.admin.show import cut
from integrations.domain.origins import Origin
from integrations.domain.provenance import explain
from integrations.errors import PortalError
from integrations.models import Integration, SyncAttempt
from integrations.quoter.webhook import read_quote
from integrations.sync.inputs import inputs_of
from integrations.sync.plans import plan_of

_LONGEST = 160


@dataclass(frozen=True)
class OriginView:
    """One field."""

    field: str
    value: str
    source: str
    given: str
    how: str
    setting_url: str


def why_page(attempt: SyncAttempt | None) -> dict[str, Any]:
    """Return the context of `integrations/why.html`, empty where the attempt planned nothing to write."""
    plan = plan_of(attempt)
    if attempt is None or plan is None or plan.content is None:
        return {}
    integration = attempt.delivery.integration
    try:
        inputs = inputs_of(attempt)
        quote = inputs.quote if inputs else read_quote(attempt.delivery.data)
        used = attempt.settings_version
        rules = used.as_rules() if used else integration.rules()
    except PortalError:
        return {}
    header, lines = explain(quote, plan, inputs.with_choices(rules) if inputs else rules)
    return {
        "why_header": [_view(origin, integration) for origin in header],
        "why_lines": [(line.name, [_view(origin, integration) for origin in line.origins]) for line in lines],
        "why_version": used,
    }


def _view(origin: Origin, integration: Integration) -> OriginView:
    return OriginView(
        field=origin.field,
        value=cut(origin.value, _LONGEST),
        source=origin.source,
        given=cut(origin.given, _LONGEST),
        how=origin.how,
        setting_url=field_url(integration, origin.setting) if origin.setting else "",
    )
