"""The data of the demo: fictional people and companies, and quotes that show what the portal does with each."""

from typing import TYPE_CHECKING, Any

from integrations.simulator.halo import Halo
from integrations.simulator.quoter import Quoter

if TYPE_CHECKING:
    from integrations.simulator.simulator import Simulator

GROUPS = ("Cabling", "Firewalls", "Services", "Subscriptions")


def fill(sim: "Simulator") -> None:
    """Fill an empty simulator with the demo's data."""
    fill_both(sim.halo, sim.quoter)
    sim.save()


def fill_both(halo: Halo, quoter: Quoter) -> None:
    """Fill both sides."""
    with halo.lock:
        # The owner of the demo's quotes, by e-mail, and a colleague.
        halo.add_agent("Jordan Example", "jordan@example.org")
        halo.add_agent("Kim Placeholder", "kim.placeholder@example.org")
        halo.add_supplier("Contoso Fictional Distribution")
        _products(halo)
        opportunities = _people(halo)
    _quotes(quoter, opportunities)


def _products(halo: Halo) -> None:
    groups = {name: halo.add_group(name)["id"] for name in GROUPS}
    halo.add_item(
        "Patch Cable Cat6 2m", "CBL-C6-2M", assetgroup_id=groups["Cabling"], baseprice=25.0, costprice=10.0
    )
    halo.add_item(
        "Patch Cable Cat6 5m", "CBL-C6-5M", assetgroup_id=groups["Cabling"], baseprice=34.0, costprice=14.0
    )
    halo.add_item(
        "Firewall Appliance FX-60",
        "FW-FX60-01",
        assetgroup_id=groups["Firewalls"],
        baseprice=1500.0,
        costprice=500.0,
    )
    # No SKU: found by its name alone.
    halo.add_item("On-site Installation", "", assetgroup_id=groups["Services"], baseprice=1000.0, costprice=500.0)
    halo.add_item(
        "Managed Firewall",
        "SUB-FW-M",
        assetgroup_id=groups["Subscriptions"],
        baseprice=89.0,
        recurringcost=31.0,
        isrecurringitem=True,
        item_default_billing_period=2,
    )
    halo.add_item("Discontinued Switch S8", "SW-S8", assetgroup_id=groups["Firewalls"], baseprice=120.0, status=15)


def _people(halo: Halo) -> dict[str, int]:
    dental = halo.add_client("Example Dental Group")
    # The one site that is complete for Quoter: the others have no region.
    halo.sites[dental["main_site_id"]] |= {
        "country_code": "US",
        "country_code_name": "United States",
        "region_code": 14,
        "region_code_name": "Illinois",
        "delivery_address": halo.address(line1="100 Example Street", line3="Springfield", postcode="62701"),
    }
    avery = halo.add_user(
        "Avery Sample", "avery.sample@example.com", client_id=dental["id"], phonenumber="217-555-0100"
    )
    halo.add_user("Casey Placeholder", "casey.placeholder@example.com", client_id=dental["id"])
    law = halo.add_client("Sample & Partners Law")
    second = halo.add_site(client_id=law["id"], name="Harbour Office")
    # Two people, one address: the portal must not guess which of them.
    office = "office@law.example.com"
    halo.add_user("Morgan Ficta", office, client_id=law["id"])
    halo.add_user("Morgan Ficta-Reyes", office, client_id=law["id"], site_id=second["id"])
    bakery = halo.add_client("Placeholder Bakery Ltd")
    riley = halo.add_user("Riley Demo", "riley.demo@bakery.example.com", client_id=bakery["id"])
    halo.add_user("Retired Person", "riley.demo@bakery.example.com", client_id=bakery["id"], inactive=True)

    def opportunity(user: dict[str, Any], summary: str, value: float) -> int:
        found: int = halo.add_opportunity(user["id"], summary, oppvalue=value, status_id=11)["id"]
        return found

    morgan = next(user for user in halo.users.values() if user["emailaddress"] == office)
    return {
        "network": opportunity(avery, "Network refresh, Springfield practice", 2575.0),
        "phones": opportunity(avery, "Phone system", 900.0),
        "security": opportunity(riley, "Managed security", 1200.0),
        "law": opportunity(morgan, "Cabling of the Harbour Office", 800.0),
        "ovens": opportunity(riley, "Oven controllers", 400.0),
    }


def _quotes(quoter: Quoter, opportunities: dict[str, int]) -> None:
    avery = {"work": "217-555-0100", "mobile": "217-555-0101"}
    riley = {
        "first_name": "Riley",
        "last_name": "Demo",
        "email_address": "riley.demo@bakery.example.com",
        "organization": "Placeholder Bakery Ltd",
    }
    morgan = {
        "first_name": "Morgan",
        "last_name": "Ficta",
        "email_address": "office@law.example.com",
        "organization": "Sample & Partners Law",
    }
    quoter.create_quote(
        "Managed Network Refresh",
        avery,
        [
            _line("Cat6 patch cable, 2 m", "CBL-C6-2M", "Cabling", 12, 25, 10, section="Hardware"),
            _line("On-site Installation", "SVC-INST-01", "Services", 1, 1000, 500, section="Labour"),
            _line("Access Point AX-9", "AP-AX9", "Firewalls", 2, 310, 190, section="Hardware"),
            _line(
                "Firewall Appliance FX-60",
                "FW-FX60-01",
                "Firewalls",
                3,
                1500,
                500,
                section="Hardware",
                discount="160.00",
            ),
        ],
        f"[Halo #{opportunities['network']}]",
    )
    quoter.create_quote(
        "Managed Security",
        riley,
        [
            _line("Firewall Appliance FX-60", "FW-FX60-01", "Firewalls", 1, 1500, 500),
            {**_line("Managed Firewall", "SUB-FW-M", "Subscriptions", 1, 89, 31), "recurring": True},
            {**_line("Backup per Device", "SUB-BK-D", "Subscriptions", 8, "6.50", "2.10"), "recurring": True},
        ],
        f"[Halo #{opportunities['security']}]",
    )
    quoter.create_quote(
        "Cabling, Harbour Office",
        morgan,
        [_line("Cat6 patch cable, 5 m", "CBL-C6-5M", "Cabling", 24, 34, 14)],
        f"[Halo #{opportunities['law']}]",
    )
    quoter.create_quote(
        "Wi-Fi for the Waiting Room",
        avery,
        [
            _line("Access Point AX-9", "AP-AX9", "Firewalls", 1, 310, 190),
            _line("On-site Installation", "", "Services", "1.5", 1000, 500),
        ],
    )
    quoter.create_quote(
        "Oven Controllers",
        riley,
        [
            _line("Oven Controller OC-2", "OC-2", "Kitchen Equipment", 2, 199, 120),
            _line("Cat6 patch cable, 2 m", "CBL-C6-2M", "Cabling", 2, 25, 10),
        ],
        f"[Halo #{opportunities['ovens']}]",
    )


def _line(
    name: str, sku: str, category: str, quantity: int | str, price: int | str, cost: int | str, **more: str
) -> dict[str, Any]:
    return {
        "name": name,
        "sku": sku,
        "category": category,
        "quantity": quantity,
        "unit_price": price,
        "unit_cost": cost,
        "supplier_sku": f"SUP-{sku}" if sku else "",
        **more,
    }
