"""A portal that a test drives: webhooks go in by the real view, the queue's rows are worked off in this thread."""

import time
from dataclasses import dataclass, field
from typing import Any

from django.http import HttpResponse
from django.test import Client
from django_q.models import OrmQ
from django_q.signing import SignedPackage

from integrations.models import Integration, QuoteLink, SyncAttempt, WebhookDelivery
from integrations.simulator import Simulator
from integrations.sync.enqueue import ring_due
from integrations.sync.rehearse import go_on
from integrations.sync.run import run_attempt
from integrations.sync.surroundings import Surroundings
from integrations.sync.sweep import sweep

AVERY = {
    "first_name": "Avery",
    "last_name": "Sample",
    "email_address": "avery.sample@example.com",
    "organization": "Example Dental Group",
}


@dataclass
class Clock:
    """Real time that can be moved on; sleeping moves it."""

    ahead_s: float = 0.0
    slept: list[float] = field(default_factory=list)

    def time(self) -> float:
        """Return seconds since 1970."""
        return time.time() + self.ahead_s

    def monotonic(self) -> float:
        """Return seconds of a clock that never goes back."""
        return time.monotonic() + self.ahead_s

    def sleep(self, seconds: float) -> None:
        """Let the time pass without waiting."""
        self.slept.append(seconds)
        self.ahead_s += seconds


class Portal:
    """The portal as the tests see it."""

    def __init__(self, integration: Integration, simulator: Simulator) -> None:
        self.integration = integration
        self.simulator = simulator
        self.clock = Clock()
        self.surroundings = Surroundings(
            clock=self.clock.time, sleep=self.clock.sleep, monotonic=self.clock.monotonic, chance=lambda: 0.0
        )
        self.client = Client(enforce_csrf_checks=True)

    # Receiving

    @property
    def address(self) -> str:
        """Path of the webhook."""
        return f"/webhooks/quoter/{self.integration.endpoint}/"

    def post(self, body: bytes, **extra: Any) -> HttpResponse:
        """Post a webhook body."""
        answer: HttpResponse = self.client.post(
            self.address, body, content_type="application/x-www-form-urlencoded", **extra
        )
        return answer

    def receive(self, quote_id: int) -> WebhookDelivery:
        """Post the webhook of a simulated quote as it stands; return its delivery."""
        answer = self.post(self.simulator.quoter.form(self.simulator.quoter.payload(quote_id)))
        assert answer.status_code == 200, answer.content
        return WebhookDelivery.objects.order_by("-last_received_at", "-pk")[0]

    # Working

    def work(self, *, limit: int = 50) -> list[str]:
        """Work off the queue; return the outcomes."""
        outcomes = []
        for _ in range(limit):
            row = OrmQ.objects.order_by("pk").first()
            if row is None:
                return outcomes
            row.delete()
            task = SignedPackage.loads(row.payload)
            if task["func"] == "integrations.sync.tasks.sync_delivery":
                outcome = run_attempt(task["args"][0], task_id=task["id"], surroundings=self.surroundings)
                outcomes.append(outcome)
            elif task["func"] == "integrations.sync.tasks.go_on_rehearsing":
                outcomes.append(go_on(task["args"][0], surroundings=self.surroundings))
        raise AssertionError("the queue does not get empty")

    def wait(self, seconds: float) -> list[str]:
        """Let time pass, sweep, and work off what became due."""
        self.clock.ahead_s += seconds
        sweep(now=self.surroundings.now())
        ring_due(now=self.surroundings.now())
        return self.work()

    def sync(self, quote_id: int) -> SyncAttempt:
        """Receive a simulated quote as it stands and work it off; return the attempt."""
        delivery = self.receive(quote_id)
        self.work()
        return self.last_attempt(delivery)

    def last_attempt(self, delivery: WebhookDelivery) -> SyncAttempt:
        """Return the newest attempt of a delivery."""
        return SyncAttempt.objects.filter(delivery=delivery).order_by("-number")[0]

    # Arranging

    def add_person(self, *, email: str = AVERY["email_address"], name: str = "Avery Sample") -> dict[str, Any]:
        """Add a Halo user at a client of their own."""
        client = self.simulator.halo.add_client(f"Client of {name}")
        found: dict[str, Any] = self.simulator.halo.add_user(name, email, client_id=client["id"])
        return found

    def publish(self, lines: list[dict[str, Any]], *, notes: str | None = None, **more: Any) -> int:
        """Publish a quote for Avery on an opportunity of hers, both made on first use; return the quote's id."""
        if notes is None:
            halo = self.simulator.halo
            user = next((u for u in halo.users.values() if u["emailaddress"] == AVERY["email_address"]), None)
            user = user or self.add_person()
            own = next((o for o in halo.opportunities.values() if o["user_id"] == user["id"]), None)
            own = own or halo.add_opportunity(user["id"], "Network refresh")
            notes = f"[Halo #{own['id']}]"
        more.setdefault("contact", AVERY)
        quote = self.simulator.quoter.create_quote(lines=lines, internal_notes=notes, **more)
        self.simulator.quoter.publish(quote.id)
        return quote.id

    # Looking

    @property
    def halo_quotes(self) -> list[dict[str, Any]]:
        """What Halo holds."""
        return list(self.simulator.halo.quotes.values())

    @property
    def halo_orders(self) -> list[dict[str, Any]]:
        """What Halo holds."""
        return list(self.simulator.halo.salesorders.values())

    def link(self) -> QuoteLink:
        """Return the only quote link."""
        return QuoteLink.objects.get()


def line(name: str = "Patch Cable", **values: Any) -> dict[str, Any]:
    """Return a quote line for the simulator."""
    return {
        "name": name,
        "quantity": 1,
        "unit_price": "25.00",
        "unit_cost": "10.00",
        "category": "Cabling",
        **values,
    }
