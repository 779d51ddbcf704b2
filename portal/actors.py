"""Who is behind a request, for the record of settings."""

from typing import Any

from auditlog.middleware import AuditlogMiddleware
from django.http import HttpRequest


class ActorMiddleware(AuditlogMiddleware):  # type: ignore[misc]  # the library has no types
    """Names the person without asking the database for them: only a change on record does. No address is kept."""

    def get_extra_data(self, request: HttpRequest) -> dict[str, Any]:
        """Return what each change of this request is marked with."""
        return {"actor": request.user, "who": lambda: request.user.get_username(), "command": ""}
