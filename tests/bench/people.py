"""A large tenant for measurements: invented people of invented companies."""

import random

from integrations.simulator import Simulator

CLIENTS, USERS = 5_000, 50_000
_FIRST = (
    *("Avery", "Blake", "Casey", "Devon", "Emery", "Finley", "Gray", "Harper", "Indigo", "Jules", "Kendall"),
    *("Logan", "Morgan", "Noel", "Oakley", "Parker", "Quinn", "Riley", "Sage", "Taylor", "Vale", "Wren"),
)
_LAST = (
    *("Sample", "Ficta", "Placeholder", "Example", "Demo", "Mockley", "Specimen", "Fabrik", "Dummer", "Pretend"),
    *("Notional", "Modell", "Lorem", "Ipsum", "Dolor", "Ackerly", "Brambleby", "Corwick", "Eastham", "Farrow"),
)
_TRADES = ["Dental", "Law", "Bakery", "Clinic", "Logistics", "Studio", "Garage", "Farms", "Realty", "Hotel"]


def fill(simulator: Simulator, *, clients: int = CLIENTS, users: int = USERS) -> None:
    """Add clients with their people, always the same ones."""
    chance, halo = random.Random(7), simulator.halo
    for number in range(clients):
        trade = chance.choice(_TRADES)
        client = halo.add_client(f"{chance.choice(_LAST)} {trade} {number}", with_general_user=number % 10 == 0)
        for _ in range(users // clients):
            first, last = chance.choice(_FIRST), f"{chance.choice(_LAST)}{chance.choice('aeiou')}"
            halo.add_user(
                f"{first} {last}",
                f"{first}.{last}{number}@{trade.lower()}{number}.example.com".lower(),
                client_id=client["id"],
                phonenumber=f"217-555-{chance.randrange(10_000):04d}",
                mobilenumber=f"217-556-{chance.randrange(10_000):04d}",
                inactive=chance.random() < 0.04,
            )
