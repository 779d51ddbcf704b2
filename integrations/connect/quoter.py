"""A settings row → a client of Quoter's API: ScalePad's where there is a key, else the older one."""

import threading
import time
from collections import deque
from collections.abc import Callable

from django.conf import settings

from integrations.connect import why_read_only
from integrations.errors import BudgetSpent, SettingsError
from integrations.http import Call, Deadline, Http
from integrations.models import Integration
from integrations.quoter.api import ScalePadClient
from integrations.quoter.legacy import LegacyClient
from integrations.quoter.shared import QuoterClient

# Documented as 50 requests in 5 seconds, for the whole account: a fifth is left to other tools (quoter.md 2.2).
WINDOW_S, LIMIT = 5.0, 40


class Pace:
    """A Gate within this process: the window is too short for processes to share it, and a 429 tells the rest."""

    def __init__(
        self,
        *,
        limit: int = LIMIT,
        window_s: float = WINDOW_S,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._limit, self._window_s = limit, window_s
        self._clock, self._sleep = clock, sleep
        self._sent: deque[float] = deque()
        self._lock = threading.Lock()

    def take(self) -> None:
        """Spend one request; sleeps until there is one. Raises BudgetSpent where that does not help."""
        for _ in range(10):
            wait = self._wait()
            if wait <= 0:
                return
            self._sleep(wait)
        raise BudgetSpent("Quoter is asked too often at the moment.", wait=self._window_s, subject="quoter")

    def block(self, seconds: float) -> None:
        """Do nothing: the client waits as long as Quoter says."""

    def _wait(self) -> float:
        with self._lock:
            now = self._clock()
            while self._sent and self._sent[0] <= now - self._window_s:
                self._sent.popleft()
            if len(self._sent) < self._limit:
                self._sent.append(now)
                return 0.0
            return self._sent[0] + self._window_s - now


_pace = Pace()


def connect_quoter(
    integration: Integration,
    *,
    deadline: Deadline | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> QuoterClient:
    """Return the client of an integration's Quoter account. Raises SettingsError where there is no key."""
    read_only = why_read_only(integration)
    http = Http(allow_private=settings.ALLOW_PRIVATE_REMOTES, gate=_pace, deadline=deadline, read_only=read_only)
    if integration.quoter_api_key:
        key = integration.quoter_api_key.reveal()
        return ScalePadClient(http, settings.QUOTER_API_URL, key, sleep=sleep, stages=settings.QUOTER_STAGES)
    if integration.quoter_legacy_client_id and integration.quoter_legacy_client_secret:
        return LegacyClient(
            http,
            settings.QUOTER_LEGACY_API_URL,
            client_id=integration.quoter_legacy_client_id,
            client_secret=integration.quoter_legacy_client_secret.reveal(),
            sleep=sleep,
        )
    raise SettingsError(
        f"“{integration}” has no key for Quoter's API.",
        hint="Enter the ScalePad API key in the integration's settings, under Quoter.",
        subject="quoter_api_key",
    )


def connect_scalepad(
    integration: Integration,
    *,
    record: Callable[[Call], None] = lambda call: None,
    deadline: Deadline | None = None,
    sleep: Callable[[float], None] = time.sleep,
) -> ScalePadClient:
    """Return the client of ScalePad's API for an integration that has its key."""
    http = Http(
        allow_private=settings.ALLOW_PRIVATE_REMOTES,
        gate=_pace,
        deadline=deadline,
        record=record,
        read_only=why_read_only(integration),
    )
    return ScalePadClient(http, settings.QUOTER_API_URL, integration.quoter_api_key.reveal(), sleep=sleep)


def quoter_is_connected(integration: Integration) -> bool:
    """Say whether the settings hold a key for Quoter's API."""
    legacy = integration.quoter_legacy_client_id and integration.quoter_legacy_client_secret
    return bool(integration.quoter_api_key or legacy)
