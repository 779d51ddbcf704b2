"""Quotes for the journeys, as somebody at the simulated Quoter publishes them."""

from typing import Any

from tests.system.stack import Stack

AVERY = "avery.sample@example.com"


def publish(stack: Stack, name: str, *, email: str = AVERY, sku: str = "") -> dict[str, Any]:
    """Publish a quote of 50.00 for one of the sample's people, on an opportunity of its own; return the quote.

    Without a SKU its one line is a product that Halo does not have.
    """
    held = stack.state()["halo"]
    user = next(row for row in held["users"] if row["emailaddress"] == email)
    category = held["groups"][0]["name"]  # the sample maps a category of each group's name
    opportunity = stack.control("halo/opportunity", user_id=user["id"], summary=name)
    first, _, last = user["name"].partition(" ")
    quote = stack.control(
        "quotes",
        name=name,
        internal_notes=f"[Halo #{opportunity['id']}]",
        contact={"first_name": first, "last_name": last, "email_address": email},
        lines=[
            {
                "name": f"{name} unit",
                "sku": sku or name[:4].upper(),
                "category": category,
                "quantity": 2,
                "unit_price": "25.00",
            }
        ],
    )
    stack.control(f"quotes/{quote['id']}/publish")
    return {**quote, "ticket_id": opportunity["id"]}
