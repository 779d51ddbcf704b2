"""What every page has to say."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from integrations.models import Integration


def notices(request: HttpRequest) -> dict[str, Any]:
    """Tell templates which integrations are in shadow mode; asked for only where a page shows it."""
    return {"shadow_names": _names(request)}


def _names(request: HttpRequest) -> Callable[[], list[str]]:
    def names() -> list[str]:
        user = getattr(request, "user", None)
        if user is None or not user.is_authenticated:
            return []
        return list(Integration.objects.filter(shadow=True).order_by("name").values_list("name", flat=True))

    return names
