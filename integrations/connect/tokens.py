"""The one Halo token of an integration, shared by all processes through its row."""

import time
from collections.abc import Callable

from django.db.models import QuerySet

from integrations.halo.auth import Token
from integrations.models import HaloToken, Integration

# Longer than a sign-in can take: two calls of at most 35 seconds each.
CLAIM_S = 75


class DatabaseTokenStore:
    """A TokenStore on the HaloToken row; every change is one conditional UPDATE, none holds a transaction."""

    def __init__(self, integration: Integration, *, clock: Callable[[], float] = time.time) -> None:
        self._integration = integration
        self._clock = clock

    def read(self) -> Token | None:
        """Return the stored token."""
        row = HaloToken.objects.filter(integration=self._integration).first()
        return Token(value=row.value.reveal(), expires_at=row.expires_at) if row and row.value else None

    def claim(self) -> bool:
        """Take the right to fetch; it lapses by itself when this process dies."""
        HaloToken.objects.get_or_create(integration=self._integration)
        now = self._clock()
        return bool(self._rows().filter(claimed_until__lt=now).update(claimed_until=now + CLAIM_S))

    def save(self, token: Token) -> None:
        """Store the token and give the right back."""
        self._rows().update(value=token.value, expires_at=token.expires_at, claimed_until=0)

    def release(self) -> None:
        """Give the right back."""
        self._rows().update(claimed_until=0)

    def drop(self, token: Token) -> None:
        """Forget this token; a newer one, told apart by its expiry, stays: ten workers refresh once."""
        self._rows().filter(expires_at=token.expires_at).update(value="", expires_at=0)

    def _rows(self) -> QuerySet[HaloToken]:
        return HaloToken.objects.filter(integration=self._integration)
