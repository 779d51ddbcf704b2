import pytest

from integrations.domain.choice import Ambiguous, Match, NoMatch
from integrations.domain.people import choose_person
from tests.domain.builders import EMAIL, make_user


@pytest.mark.parametrize("email", [EMAIL, " Avery.Sample@EXAMPLE.com ", "AVERY.SAMPLE@example.com"])
def test_choose_person_matches_e_mail_whatever_its_case(email: str) -> None:
    choice = choose_person(email, users=[make_user(), make_user(42, emails=("other@example.com",))])
    assert isinstance(choice, Match)
    assert (choice.id, choice.rule) == (41, "e-mail")


@pytest.mark.parametrize(
    "near", ["avery.sample@example.co", "avery.sample+x@example.com", "very.sample@example.com", ""]
)
def test_choose_person_finds_nobody_when_the_e_mail_only_resembles(near: str) -> None:
    assert isinstance(choose_person(EMAIL, users=[make_user(emails=(near,))]), NoMatch)


def test_choose_person_asks_when_two_have_the_e_mail() -> None:
    choice = choose_person(EMAIL, users=[make_user(), make_user(97, client_name="Contoso")])
    assert isinstance(choice, Ambiguous)
    assert {candidate.id for candidate in choice.candidates} == {41, 97}
    assert "id 41 at Fabrikam" in choice.why
    assert "id 97 at Contoso" in choice.why


def test_choose_person_counts_one_user_once_when_a_list_repeats_it() -> None:
    assert isinstance(choose_person(EMAIL, users=[make_user(), make_user()]), Match)


@pytest.mark.parametrize("state", [{"inactive": True}, {"placeholder": True}])
def test_choose_person_passes_over_unusable_users_and_says_so(state: dict[str, bool]) -> None:
    alone = choose_person(EMAIL, users=[make_user(**state)])
    assert isinstance(alone, NoMatch)
    assert [loser.id for loser in alone.losers] == [41]
    beside = choose_person(EMAIL, users=[make_user(**state), make_user(42)])
    assert isinstance(beside, Match)
    assert beside.id == 42


def test_choose_person_prefers_the_first_address_over_a_second_one() -> None:
    second = make_user(42, emails=("", EMAIL))
    assert isinstance(choose_person(EMAIL, users=[second]), Match)
    choice = choose_person(EMAIL, users=[second, make_user(41)])
    assert isinstance(choice, Match)
    assert (choice.id, [loser.id for loser in choice.losers]) == (41, [42])


def test_choose_person_asks_when_two_have_it_as_a_second_address() -> None:
    users = [make_user(id, emails=("own@example.com", EMAIL)) for id in (1, 2)]
    assert isinstance(choose_person(EMAIL, users=users), Ambiguous)


@pytest.mark.parametrize("email", ["", "  "])
def test_choose_person_finds_nobody_when_the_contact_has_no_e_mail(email: str) -> None:
    assert isinstance(choose_person(email, users=[make_user(emails=("",)), make_user(2, emails=())]), NoMatch)


def test_choose_person_follows_a_link_before_any_search() -> None:
    choice = choose_person(EMAIL, users=[make_user(1)], linked_id=41, linked=make_user(41, emails=()))
    assert isinstance(choice, Match)
    assert (choice.id, choice.rule) == (41, "link")


@pytest.mark.parametrize("linked", [None, make_user(inactive=True)])
def test_choose_person_does_not_search_on_when_the_link_is_broken(linked: object) -> None:
    assert isinstance(choose_person(EMAIL, users=[make_user(1)], linked_id=41, linked=linked), NoMatch)  # type: ignore[arg-type]
