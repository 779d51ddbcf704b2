"""The address check: counts, filters, CSV, and the preview of a mapping that is not saved."""

import csv
import io
from typing import Any

import pytest
from django.contrib.auth import get_user_model
from django.test import Client

from integrations.domain.directory import HaloSite, PostalLines
from integrations.domain.places import country_code, region_code
from integrations.domain.postal import AddressRules, map_address
from integrations.models import AddressMapping
from integrations.sync.directory import refresh
from tests.lookup.quoter import MAPPING, complete
from tests.portal import Portal

RULES = AddressRules(fields=MAPPING)


@pytest.fixture
def staff(db: None) -> Client:
    """A member of staff who may do everything."""
    client = Client()
    client.force_login(get_user_model().objects.create_superuser("sam", password="sam"))
    return client


@pytest.fixture
def people(portal: Portal) -> Portal:
    """Somebody complete, somebody without country and region, somebody whose postcode went astray."""
    for quoter_field, halo_field in MAPPING.items():
        AddressMapping.objects.create(
            integration=portal.integration, quoter_field=quoter_field, halo_field=halo_field
        )
    halo = portal.simulator.halo
    complete(portal, portal.add_person(name="Fine Person", email="fine@example.com"))
    lost = complete(portal, portal.add_person(name="=Lost Person", email="lost@example.com"))
    halo.sites[int(lost["site_id"])] |= {"country_code": "", "country_code_name": "", "region_code_name": ""}
    astray = complete(portal, portal.add_person(name="Astray Person", email="astray@example.com"))
    halo.sites[int(astray["site_id"])]["delivery_address"] |= {"line2": "62701", "postcode": ""}
    portal.add_person(name="Gone Person", email="gone@example.com")
    halo.users[max(halo.users)]["inactive"] = True
    refresh(portal.integration, surroundings=portal.surroundings)
    return portal


def page(client: Client, address: str, **query: Any) -> str:
    answer = client.get(address, query)
    assert answer.status_code == 200
    return answer.content.decode()


def test_counts_and_filters(people: Portal, staff: Client) -> None:
    text = page(staff, "/address-check/")
    assert "1 of 3 people have an address that is complete and fits" in text
    assert "1 cannot be sent to Quoter" in text
    assert "No country (1)" in text and "No region (1)" in text and "Lines do not fit (1)" in text
    assert "Lost Person" in text and "Astray Person" in text and "Fine Person" not in text
    only = page(staff, "/address-check/", finding="lines")
    assert "Astray Person" in only and "Lost Person" not in only
    assert "looks like a postcode" in only and "The postcode is empty" in only


def test_default_of_the_settings_is_still_a_finding(people: Portal, staff: Client) -> None:
    people.integration.default_country, people.integration.default_region = "US", "IL"
    people.integration.save()
    assert "No country (1)" in page(staff, "/address-check/")


def test_csv_holds_every_row_and_no_formula(people: Portal, staff: Client) -> None:
    rows = list(csv.DictReader(io.StringIO(page(staff, "/address-check/csv/").removeprefix("\ufeff"))))
    assert {row["Name"] for row in rows} == {"'=Lost Person", "Astray Person"}
    lost = next(row for row in rows if "Lost" in row["Name"])
    assert lost["Finding"] == "No country, No region"


def test_preview_uses_the_mapping_as_it_stands_in_the_form(people: Portal, staff: Client) -> None:
    address = f"/address-check/{people.integration.pk}/preview/"
    text = page(staff, address, map=["line1:line1", "city:line3", "nonsense:line9"], country="us", region="IL")
    assert "1 Main St, Springfield, IL, US" in text
    assert "Not sent" in page(staff, address)


def test_pages_say_what_to_do_while_there_is_nothing(portal: Portal, staff: Client) -> None:
    assert "No people are copied" in page(staff, "/address-check/")
    assert "No people are copied" in page(staff, f"/address-check/{portal.integration.pk}/preview/")
    text = page(staff, f"/integrations/integration/{portal.integration.pk}/change/")
    assert "data-address-preview" in text


@pytest.mark.parametrize(
    ("code", "name", "expected"),
    [
        ("US", "", "US"),
        ("", "United Kingdom", "GB"),
        ("uk", "", "GB"),
        ("826", "England", "GB"),
        ("", "Atlantis", ""),
    ],
)
def test_country_codes(code: str, name: str, expected: str) -> None:
    assert country_code(code, name) == expected


def test_region_names_become_codes_where_they_are_known() -> None:
    assert region_code("illinois", "US") == "IL"
    assert region_code("Québec", "CA") == "QC"
    assert region_code("Kent", "GB") == "Kent"


def test_missing_parts_and_defaults() -> None:
    lines = PostalLines(line1="1 Main St", line3="Springfield", postcode="62701")
    bare = map_address(lines, HaloSite(id=1), RULES)
    assert bare.missing == ("country", "region")
    filled = map_address(
        lines, HaloSite(id=1), RULES.model_copy(update={"default_country": "us", "default_region": "IL"})
    )
    assert (filled.missing, filled.completed) == ((), ("country", "region"))
    assert filled.address.country_code == "US"


def test_check_is_searched_and_the_file_holds_the_same(people: Portal, staff: Client) -> None:
    text = page(staff, "/address-check/", q="astray client")
    assert "Astray Person" in text and "Lost Person" not in text
    assert "finding=country&amp;q=astray+client" in text, "the filters keep the text"
    file = page(staff, "/address-check/csv/", q="ASTRAY")
    names = [row[1] for row in csv.reader(io.StringIO(file.removeprefix("\ufeff")))][1:]
    assert names == ["Astray Person"]
    assert "Nobody with “zebra” has this finding." in page(staff, "/address-check/", q="zebra")


def test_default_lets_people_go_and_keeps_the_finding(people: Portal, staff: Client) -> None:
    people.integration.default_country, people.integration.default_region = "US", "IL"
    people.integration.save()
    text = page(staff, "/address-check/")
    assert "Everybody can be sent to Quoter." in text and "No country (1)" in text


def test_preview_of_an_unknown_integration_is_not_found(people: Portal, staff: Client) -> None:
    assert staff.get("/address-check/9999/preview/").status_code == 404
