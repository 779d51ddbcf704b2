"""Safeguards taken out one at a time, to see that the harness notices. Nothing of this is in the product."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any


def without_lease() -> None:
    """Let any number of workers work on one quote, for as long as they like."""
    from integrations.models import QuoteLink
    from integrations.sync import claim, run

    real = claim.claim

    def claim_without(delivery_id: int, **kwargs: Any) -> claim.Lease | None:
        lease = real(delivery_id, **kwargs)
        if lease is not None:
            QuoteLink.objects.filter(pk=lease.delivery.link_id).update(lease_token=None, lease_until=None)
        return lease

    def update_link(self: claim.Lease, **values: object) -> None:
        QuoteLink.objects.filter(pk=self.delivery.link_id).update(**values)

    claim.Lease.check = lambda self, now: None  # type: ignore[method-assign]
    claim.Lease.update_link = update_link  # type: ignore[method-assign]
    run.claim = claim_without  # type: ignore[attr-defined]


def without_marker() -> None:
    """Forget to look for a quote that an earlier attempt may have written."""
    from integrations.halo.client import HaloClient

    HaloClient.find_quotes = lambda self, *, ticket_id, number: ()  # type: ignore[method-assign]


def without_intent() -> None:
    """Write again although an earlier write of the same may still be under way."""
    from integrations.choices import IntentState
    from integrations.models import WriteIntent
    from integrations.sync import intents

    def settle(self: intents.Writer, other: WriteIntent, *, now: Any) -> None:
        WriteIntent.objects.filter(pk=other.pk).update(state=IntentState.REFUSED)

    intents.Writer._settle = settle  # type: ignore[method-assign]


def without_transaction() -> None:
    """Store a webhook and queue its work in two steps."""
    from integrations.sync import arrival

    class NoTransaction:
        @staticmethod
        @contextmanager
        def atomic() -> Iterator[None]:
            yield

    arrival.transaction = NoTransaction  # type: ignore[attr-defined]


MUTATIONS: dict[str, Callable[[], None]] = {
    "lease": without_lease,
    "marker": without_marker,
    "intent": without_intent,
    "transaction": without_transaction,
}


def apply(name: str) -> None:
    """Take one safeguard out; "" leaves all of them in."""
    if name:
        MUTATIONS[name]()
