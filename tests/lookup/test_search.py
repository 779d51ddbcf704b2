"""Person search: what is found by what, in which order, and when Halo itself is asked."""

from datetime import timedelta

import pytest

from integrations.lookup.search import freshness, search, search_halo
from integrations.models import Directory, DirectoryUser
from integrations.simulator import Fault
from integrations.sync.directory import refresh
from tests.portal import Portal


@pytest.fixture
def people(portal: Portal) -> Portal:
    """A tenant of four people, copied."""
    halo = portal.simulator.halo
    dental, law = halo.add_client("Example Dental Group"), halo.add_client("Straße & Partner")
    halo.add_user("Ann Lee", "ann@dental.example", client_id=dental["id"], phonenumber="+44 (0)20 7946-0001")
    halo.add_user("Leanne Ficta", "leanne@law.example", client_id=law["id"], mobilenumber="217.555.0102")
    halo.add_user("Ann Gone", "gone@dental.example", client_id=dental["id"], inactive=True)
    halo.add_user("Zoë O'Hara", "zoe_100%@law.example", client_id=law["id"])
    refresh(portal.integration, surroundings=portal.surroundings)
    return portal


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ("ann", ["Ann Lee", "Ann Gone", "Leanne Ficta"]),
        ("ANN  lee", ["Ann Lee"]),
        ("lee ann", ["Ann Lee"]),
        ("anne", ["Leanne Ficta"]),
        ("ann@dental.example", ["Ann Lee"]),
        ("dental", ["Ann Lee", "Ann Gone"]),
        ("strasse", ["Leanne Ficta", "Zoë O'Hara"]),
        ("zoë", ["Zoë O'Hara"]),
        ("o'hara", ["Zoë O'Hara"]),
        ("100%", ["Zoë O'Hara"]),
        ("zoe_1", ["Zoë O'Hara"]),
        ("020 7946 0001", ["Ann Lee"]),
        ("(217) 555-01", ["Leanne Ficta"]),
        ("general user", []),
        ("nobody", []),
        ("%", ["Zoë O'Hara"]),
        ("", []),
        ("   ", []),
    ],
)
def test_people_are_found_by_name_mail_phone_and_client(people: Portal, query: str, names: list[str]) -> None:
    found = [hit.person.name for hit in search(query).hits]
    assert sorted(found) == sorted(names)
    if query == "ann":
        assert found[0] == "Ann Lee" and found.index("Leanne Ficta") > 0


def test_search_of_the_copy_asks_halo_nothing(people: Portal) -> None:
    before = len(people.simulator.halo.requests)
    search("ann")
    assert len(people.simulator.halo.requests) == before


def test_somebody_new_is_found_in_halo_and_kept(people: Portal) -> None:
    people.add_person(name="Bob Ray", email="bob@new.example")
    assert search("bob ray").hits == ()

    found = search_halo("bob ray")

    assert [hit.person.name for hit in found.hits] == ["Bob Ray"]
    assert found.asked_halo
    assert [hit.person.name for hit in search("bob ray").hits] == ["Bob Ray"]


def test_what_halo_finds_loosely_is_checked(people: Portal) -> None:
    people.add_person(name="Bob Ray", email="bob@new.example")
    assert search_halo("bob smith").hits == ()


def test_halo_is_not_asked_for_two_letters(people: Portal) -> None:
    before = len(people.simulator.halo.requests)
    assert not search_halo("zz").asked_halo
    assert len(people.simulator.halo.requests) == before


def test_halo_that_does_not_answer_is_told_in_words(people: Portal) -> None:
    people.simulator.halo.fail(Fault("500", path="/Users"))
    found = search_halo("nobody")
    assert not found.asked_halo
    assert "500" in found.trouble


def test_a_copy_is_stale_when_it_was_never_finished_or_is_a_day_old(people: Portal) -> None:
    now = people.surroundings.now()
    assert not freshness(now=now).stale
    assert freshness(now=now + timedelta(hours=25)).stale
    assert freshness(now=now).people == DirectoryUser.objects.filter(placeholder=False).count()
    Directory.objects.update(refreshed_at=None)
    assert freshness(now=now).stale
