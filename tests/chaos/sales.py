"""Sales people at work: quotes that are published, revised, accepted or lost, as Quoter tells of them."""

from dataclasses import dataclass, field
from decimal import ROUND_HALF_UP, Decimal
from random import Random
from typing import Any

from integrations.simulator import Simulator

SHARED_PRODUCTS = 4
STATUS_IDS = {"pending": 2, "accepted": 3, "ordered": 3, "lost": 4}
_RANKS = {"pending": 0, "lost": 1, "accepted": 1, "ordered": 2}
# A total with half a cent is rounded at different places by different people, which is not the matter here.
_PRICES = ("19.98", "250.00", "1024.50", "0.36", "89.00")
_QUANTITIES = ("1", "2", "3", "12", "1.5")


def cents(amount: object) -> float:
    """Round half up to the cent, as Quoter does."""
    return float(Decimal(str(amount)).quantize(Decimal("0.01"), ROUND_HALF_UP))


@dataclass
class Told:
    """One state of a quote and the webhook's text that tells of it."""

    quote_id: int
    status: str
    text: str = field(repr=False)
    lines: list[tuple[str, float, float]]
    """Name, quantity, total to the cent: where a total was rounded, Halo's unit price is the one that gives it."""
    acknowledged_at: float = 0.0

    @property
    def place(self) -> tuple[int, int]:
        """Where it stands among the states of its lineage."""
        return self.quote_id, _RANKS[self.status]


@dataclass
class Lineage:
    """One quote through all its revisions."""

    number: str
    opportunity_id: int | None
    """None: the portal has to make one."""
    told: list[Told] = field(default_factory=list)

    def newest_acknowledged(self) -> Told | None:
        """Return the state that Halo has to show in the end."""
        return max((t for t in self.told if t.acknowledged_at), key=lambda t: t.place, default=None)


class Sales:
    """Makes lineages on a simulated Quoter and Halo; products and people are new for each batch."""

    def __init__(self, simulator: Simulator, random: Random) -> None:
        self._simulator = simulator
        self._random = random
        self._batches = 0
        self.made = 0
        """Opportunities of the quotes since the last check."""

    def batch(self, size: int, *, longest: int = 4) -> list[Lineage]:
        """Make so many quotes, each with up to `longest` states; nothing is sent yet."""
        self._batches += 1
        halo = self._simulator.halo
        with halo.lock:
            if not halo.groups:
                halo.add_group("Other")
            people = [self._person(n) for n in range(max(1, size // 3))]
        # One quote in three is for somebody new; a second one of theirs would wait for a person to choose.
        chosen = [self._newcomer(n) if n % 3 == 2 else self._random.choice(people) for n in range(size)]
        return [self._lineage(person, n, longest) for n, person in enumerate(chosen)]

    def _person(self, number: int) -> dict[str, Any]:
        halo, person = (
            self._simulator.halo,
            self._contact(f"{self._batches}-{number}", f"{self._batches}-{number}"),
        )
        client = halo.add_client(person["contact"]["organization"])
        email = person["contact"]["email_address"]
        person["user_id"] = halo.add_user(f"Person {number}", email, client_id=client["id"])["id"]
        return person

    def _newcomer(self, number: int) -> dict[str, Any]:
        """Make a person whom the portal has to create; two of them come from the same new client."""
        return self._contact(f"{self._batches}-new-{number}", f"{self._batches}-new-{number // 6}")

    def _contact(self, name: str, client: str) -> dict[str, Any]:
        contact = {"first_name": "Person", "last_name": name, "email_address": f"person-{name}@example.com"}
        return {"contact": {**contact, "organization": f"Client {client}"}, "user_id": None, "opportunities": []}

    def _lineage(self, person: dict[str, Any], number: int, longest: int) -> Lineage:
        quoter, random = self._simulator.quoter, self._random
        opportunity_id = self._opportunity(person, number) if person["user_id"] else None
        quote = quoter.create_quote(
            f"Quote {self._batches}-{number}",
            person["contact"],
            self._lines(number),
            f"[Halo #{opportunity_id}]" if opportunity_id else "",
        )
        lineage = Lineage(str(quote.number), opportunity_id)
        quoter.publish(quote.id)
        self._tell(lineage, quote.id)
        for _ in range(random.randrange(longest)):
            current = quoter.quotes[quote.id]
            step = random.choice(("revise", "accept", "accept", "order", "lose"))
            if step == "revise" and current.status in ("pending", "accepted"):
                quote = quoter.revise(quote.id, lines=self._lines(number))
            elif step == "accept" and current.status == "pending":
                quoter.accept(quote.id)
            elif step == "order" and current.status == "accepted":
                quoter.order(quote.id)
            elif step == "lose" and current.status == "pending":
                quoter.lose(quote.id)
            else:
                continue
            self._tell(lineage, quote.id)
        return lineage

    def _opportunity(self, person: dict[str, Any], number: int) -> int:
        """Return an opportunity of a known person; some quotes share one."""
        halo, known = self._simulator.halo, person["opportunities"]
        if not known or self._random.random() < 0.8:
            with halo.lock:
                made = halo.add_opportunity(person["user_id"], f"Opportunity {self._batches}-{number}")
            known.append(made["id"])
            self.made += 1
        return int(self._random.choice(known))

    def _lines(self, number: int) -> list[dict[str, Any]]:
        """Make lines: products of this quote alone, and some that many new quotes need at the same time."""
        random, batch = self._random, self._batches
        own = [f"P{batch}-{number}-{n}" for n in range(random.randint(1, 2))]
        shared = [f"S{batch}-{n}" for n in random.sample(range(SHARED_PRODUCTS), random.randrange(3))]
        return [
            {
                "name": f"Product {sku}",
                "sku": sku,
                "quantity": random.choice(_QUANTITIES),
                "unit_price": random.choice(_PRICES),
                "unit_cost": "1.00",
                "category": "Anything",
            }
            for sku in own + shared
        ]

    def _tell(self, lineage: Lineage, quote_id: int) -> None:
        quote = self._simulator.quoter.quotes[quote_id]
        lines = sorted(
            (line.name, float(line.quantity), cents(line.quantity * line.unit_price)) for line in quote.lines
        )
        text = self._simulator.quoter.payload(quote_id)
        lineage.told.append(Told(quote_id, quote.status, text, lines))

    def forget(self) -> None:
        """Empty both sides after a batch was checked, so that neither gets slow; no id is given twice."""
        halo, quoter = self._simulator.halo, self._simulator.quoter
        with halo.lock:
            # The products stay: the portal keeps a copy of their list.
            for table in (halo.quotes, halo.salesorders, halo.opportunities, halo.users, halo.clients):
                table.clear()
            halo.sites.clear()
            self.made = 0
            halo.requests.clear()
        with quoter.lock:
            quoter.quotes.clear()
