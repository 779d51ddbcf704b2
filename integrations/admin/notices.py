"""What every page has to say."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest

from integrations.models import Integration

_KEPT = "_shadow_names"


def notices(request: HttpRequest) -> dict[str, Any]:
    """Tell templates which integrations are in shadow mode; asked for only where a page shows it."""
    names: Callable[[], list[str]] = lambda: shadow_names(request)  # noqa: E731
    return {"shadow_names": names}


def shadow_names(request: HttpRequest) -> list[str]:
    """Return the integrations in shadow mode, by one query for a page; nothing for who is not signed in."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return []
    if not hasattr(request, _KEPT):
        found = Integration.objects.filter(shadow=True).order_by("name").values_list("name", flat=True)
        setattr(request, _KEPT, list(found))
    names: list[str] = getattr(request, _KEPT)
    return names
