"""Read from Halo: every number of Halo's in the settings is chosen by its name."""

from typing import Any

from django.test import Client
from django.urls import reverse

from integrations.models import CatalogItem, Integration, ProductGroupMapping
from integrations.simulator import Simulator
from integrations.simulator.halo.rows import LEAD_TYPE, OPPORTUNITY_TYPE, TICKET_TYPE


def address(integration: Integration) -> str:
    return reverse("admin:integrations_integration_in_halo", args=[integration.pk])


def choices(client: Client, integration: Integration) -> dict[str, dict[str, str]]:
    """Return what each select of the page offers, by field."""
    answer = client.get(address(integration))
    assert answer.status_code == 200, answer.status_code
    form = answer.context["form"]
    return {
        name: {str(value): str(label) for value, label in field.choices}
        for name, field in form.fields.items()
        if hasattr(field, "choices")
    }


def save(client: Client, integration: Integration, **values: Any) -> str:
    """Post the form as it stands, with some choices changed; return the page that follows."""
    form = client.get(address(integration)).context["form"]
    data = {name: form[name].value() or "" for name in form.fields} | values
    return client.post(address(integration), data, follow=True).content.decode()


def test_every_number_is_offered_by_name(boss: Client, integration: Integration) -> None:
    offered = choices(boss, integration)
    assert offered["status_accepted"]["3"] == "Accepted (3)"
    assert offered["opportunity_type"][str(OPPORTUNITY_TYPE)] == f"Opportunity ({OPPORTUNITY_TYPE})"
    assert str(TICKET_TYPE) not in offered["opportunity_type"]
    assert offered["lead_type"][str(LEAD_TYPE)] == f"Lead ({LEAD_TYPE})"
    assert offered["opportunity_status_lost"]["13"] == "Lost (13)"
    assert offered["item_tax_code"]["1"] == "Standard (1)"
    assert any(label.startswith("Cabling (") for label in offered["default_product_group"].values())


def test_choices_are_saved(boss: Client, integration: Integration) -> None:
    page = save(
        boss,
        integration,
        opportunity_type=OPPORTUNITY_TYPE,
        lead_type=LEAD_TYPE,
        opportunity_status_accepted="12",
        item_tax_code="2",
    )
    assert "The choices are saved." in page
    integration.refresh_from_db()
    assert (integration.opportunity_type, integration.lead_type) == (OPPORTUNITY_TYPE, LEAD_TYPE)
    assert (integration.opportunity_status_accepted, integration.item_tax_code) == (12, 2)
    assert (integration.status_accepted, integration.default_product_group is not None) == (3, True)


def test_categories_are_mapped_and_unmapped(boss: Client, integration: Integration, simulator: Simulator) -> None:
    row = ProductGroupMapping.objects.get()
    other = next(id_ for id_, group in simulator.halo.groups.items() if group["name"] == "Other")
    save(boss, integration, **{f"category_{row.pk}": other, "new_category": "Lighting", "new_group": other})
    rows = dict(ProductGroupMapping.objects.values_list("category", "halo_group_name"))
    assert rows == {"Cabling": "Other", "Lighting": "Other"}
    save(boss, integration, **{f"category_{row.pk}": ""})
    assert not ProductGroupMapping.objects.filter(pk=row.pk).exists()
    assert "already mapped" in save(boss, integration, new_category="Lighting", new_group=other)
    assert "choose its group" in save(boss, integration, new_category="Racks")


def test_products_that_may_be_meant_come_from_the_copy(boss: Client, integration: Integration) -> None:
    for number, name in enumerate(("Discount on quotes", "Freight", "Patch Cable"), start=501):
        CatalogItem.objects.create(
            integration=integration, halo_id=number, name=name, name_key=name.lower(), item={}
        )
    offered = choices(boss, integration)
    assert "501" in offered["discount_item"] and "502" not in offered["discount_item"]
    assert list(offered["shipping_item"]) == ["", "502"]


def test_number_that_halo_does_not_have_is_told(boss: Client, integration: Integration) -> None:
    integration.opportunity_type = 999
    integration.save()
    assert choices(boss, integration)["opportunity_type"]["999"] == "999, which Halo does not have"


def test_list_that_may_not_be_read_leaves_its_numbers_alone(
    boss: Client, integration: Integration, simulator: Simulator
) -> None:
    integration.item_tax_code = 7
    integration.save()
    simulator.halo.permissions.add(("GET", "/Tax"))
    page = boss.get(address(integration)).content.decode()
    assert "may not access taxes" in page and "item_tax_code" not in choices(boss, integration)
    save(boss, integration, opportunity_type=OPPORTUNITY_TYPE)
    integration.refresh_from_db()
    assert (integration.item_tax_code, integration.opportunity_type) == (7, OPPORTUNITY_TYPE)


def test_doctor_compares_them(boss: Client, integration: Integration) -> None:
    integration.opportunity_type, integration.opportunity_status_lost = OPPORTUNITY_TYPE, 99
    integration.save()
    page = boss.get(reverse("admin:integrations_integration_doctor", args=[integration.pk])).content.decode()
    assert "99 is none of Halo" in page and "All that are chosen are in Halo." in page
