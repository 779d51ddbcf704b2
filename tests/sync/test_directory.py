"""The copy of Halo's people: whole, within the budget, and without those who are gone."""

from integrations.models import Directory, DirectorySite, DirectoryUser
from integrations.simulator import Fault
from integrations.sync import copying
from integrations.sync.directory import integrations_to_refresh, refresh
from tests.portal import Portal


def names() -> set[str]:
    return {row.as_person().name for row in DirectoryUser.objects.filter(placeholder=False)}


def test_people_and_sites_are_copied_with_their_phones_and_country(portal: Portal) -> None:
    user = portal.add_person(name="Ann Lee")
    portal.simulator.halo.users[user["id"]] |= {"phonenumber": "+1 (217) 555-0100", "email2": "ann@home.example"}

    assert refresh(portal.integration, surroundings=portal.surroundings) == "complete"

    row = DirectoryUser.objects.get(halo_id=user["id"])
    person = row.as_person()
    assert [phone.number for phone in person.phones] == ["+1 (217) 555-0100"]
    assert "12175550100" in row.search_text and "ann@home.example" in row.search_text
    site = DirectorySite.objects.get(halo_id=person.site_id).as_site()
    assert (site.country_code, site.address.line1) == ("GB", "1 Example Street")
    assert DirectoryUser.objects.filter(placeholder=True).count() == 1, "the client's General User is marked"


def test_the_copy_goes_on_where_the_budget_ended_it(portal: Portal) -> None:
    portal.simulator.halo.fill_users(14_000)
    said = refresh(portal.integration, surroundings=portal.surroundings)
    assert said == "to be continued"

    runs = 1
    while said != "complete":
        portal.clock.ahead_s += 301
        said = refresh(portal.integration, surroundings=portal.surroundings)
        runs += 1

    assert DirectoryUser.objects.filter(placeholder=False).count() == 14_000
    assert runs >= 3
    spent = [r for r in portal.simulator.halo.requests if r.path == "/Users"]
    assert len(spent) <= 143


def test_who_is_gone_from_halo_leaves_the_copy(portal: Portal) -> None:
    one, two = portal.add_person(name="Ann Lee"), portal.add_person(name="Bob Ray")
    refresh(portal.integration, surroundings=portal.surroundings)
    del portal.simulator.halo.users[one["id"]]
    portal.simulator.halo.users[two["id"]]["name"] = "Robert Ray"

    refresh(portal.integration, surroundings=portal.surroundings)

    assert names() == {"Robert Ray"}


def test_halo_that_does_not_answer_is_told_and_nobody_is_lost(portal: Portal) -> None:
    portal.add_person(name="Ann Lee")
    refresh(portal.integration, surroundings=portal.surroundings)
    portal.simulator.halo.fail(Fault("500", path="/Users"))

    said = refresh(portal.integration, surroundings=portal.surroundings)

    assert "500" in said
    assert names() == {"Ann Lee"}
    assert "500" in Directory.objects.get().last_error


def test_the_copy_is_due_every_six_hours_and_only_once_at_a_time(portal: Portal) -> None:
    now = portal.surroundings.now()
    assert integrations_to_refresh(now=now) == [portal.integration.pk]
    refresh(portal.integration, surroundings=portal.surroundings)
    assert integrations_to_refresh(now=now) == []
    later = now + copying.REFRESH_AFTER + copying.REFRESH_AFTER
    assert integrations_to_refresh(now=later) == [portal.integration.pk]
    Directory.objects.update(claimed_until=later + copying.REFRESH_AFTER)
    assert integrations_to_refresh(now=later) == []
    assert refresh(portal.integration, surroundings=portal.surroundings) == "is being refreshed already"
