from datetime import date
from decimal import Decimal

import pytest

from integrations.domain.choice import Ambiguous, Choice, Match, NoMatch
from integrations.domain.opportunities import choose_opportunity, find_named, rank
from integrations.domain.snapshot import HaloOpportunity, HaloUser
from tests.domain.builders import make_opportunity, make_quote, make_user


def choose(**changes: object) -> Choice:
    fields: dict[str, object] = {
        "linked_id": None,
        "linked_why": "",
        "named": (),
        "opportunity": None,
        "person": make_user(),
        **changes,
    }
    return choose_opportunity(**fields)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("notes", "ids"),
    [
        ("[Halo #1051]", [1051]),
        ("see [halo 1051], thanks", [1051]),
        ("[ HALO#1051 ]", [1051]),
        ("[Halo #1051] and again [Halo #1051]", [1051]),
        ("[Halo #1051] or [Halo #1052]", [1051, 1052]),
        ("Halo 1051, ticket #1051, [Hallo #1051], [Halo #], [Halo #0]", []),
        ("", []),
    ],
)
def test_find_named_reads_markers_in_internal_notes(notes: str, ids: list[int]) -> None:
    assert [named.id for named in find_named(make_quote(internal_notes=notes))] == ids


@pytest.mark.parametrize(
    ("value", "ids"),
    [
        ("1051", [1051]),
        (" # 1051 ", [1051]),
        ("[Halo #1051]", [1051]),
        ("[Halo #1051] [Halo #1052]", [1051, 1052]),
        ("1051 or 1052", []),
        ("OPP-1051", []),
        ("0", []),
        ("12345678901", []),
    ],
)
def test_find_named_reads_the_chosen_custom_field(value: str, ids: list[int]) -> None:
    quote = make_quote(internal_notes="", custom_fields={"Halo Opportunity": value, "PO": "77"})
    assert [named.id for named in find_named(quote, custom_field=" halo  opportunity")] == ids
    assert find_named(quote) == ()


def test_find_named_shows_a_contradiction_between_field_and_notes() -> None:
    quote = make_quote(internal_notes="[Halo #2]", custom_fields={"Opp": "1"})
    assert [named.id for named in find_named(quote, custom_field="Opp")] == [1, 2]


def test_choose_opportunity_follows_a_link_before_a_marker() -> None:
    named = find_named(make_quote(internal_notes="[Halo #2]"))
    choice = choose(linked_id=1051, named=named, opportunity=make_opportunity(1051))
    assert isinstance(choice, Match)
    assert (choice.id, choice.rule) == (1051, "link")


def test_choose_opportunity_takes_the_only_named_one() -> None:
    choice = choose(named=find_named(make_quote()), opportunity=make_opportunity())
    assert isinstance(choice, Match)
    assert (choice.id, choice.rule) == (1051, "marker")


@pytest.mark.parametrize(
    "opportunity",
    [
        None,
        make_opportunity(9),
        make_opportunity(is_opportunity=False),
        make_opportunity(client_id=99, client_name="Contoso"),
    ],
)
def test_choose_opportunity_refuses_a_named_one_when_it_does_not_fit(opportunity: HaloOpportunity | None) -> None:
    choice = choose(
        named=find_named(make_quote()),
        opportunity=opportunity,
        open_ones=[make_opportunity(7)],
        use_only_open=True,
    )
    assert isinstance(choice, NoMatch)


def test_choose_opportunity_accepts_one_of_a_lead_without_a_client() -> None:
    assert isinstance(choose(linked_id=1051, opportunity=make_opportunity(client_id=None)), Match)


def test_choose_opportunity_asks_when_the_quote_names_two() -> None:
    choice = choose(named=find_named(make_quote(internal_notes="[Halo #1] [Halo #2]")))
    assert isinstance(choice, Ambiguous)
    assert [candidate.id for candidate in choice.candidates] == [1, 2]


def test_choose_opportunity_takes_the_only_open_one_only_when_the_policy_says_so() -> None:
    open_ones = [make_opportunity(7), make_opportunity(8, user_id=99)]
    assert isinstance(choose(open_ones=open_ones), Ambiguous)
    choice = choose(open_ones=open_ones, use_only_open=True)
    assert isinstance(choice, Match)
    assert (choice.id, choice.rule) == (7, "only open")


@pytest.mark.parametrize(
    "open_ones",
    [
        [make_opportunity(7), make_opportunity(8)],
        [make_opportunity(7, user_id=99)],
        [make_opportunity(7, user_id=None)],
    ],
)
def test_choose_opportunity_asks_when_there_is_not_exactly_one_own(open_ones: list[HaloOpportunity]) -> None:
    assert isinstance(choose(open_ones=open_ones, use_only_open=True), Ambiguous)


def test_choose_opportunity_finds_none_when_all_are_closed() -> None:
    closed = [make_opportunity(closed=True), make_opportunity(8, is_opportunity=False)]
    assert isinstance(choose(open_ones=closed, use_only_open=True), NoMatch)


def test_rank_orders_by_what_speaks_for_each() -> None:
    other = make_opportunity(1, user_id=99, client_id=99, summary="Else")
    same_client = make_opportunity(2, user_id=99, summary="Else")
    own = make_opportunity(3, summary="Else")
    own_named = make_opportunity(4, summary="Network refresh 2026", value=Decimal(75))
    ranked = rank(
        [other, same_client, own, own_named],
        person=make_user(),
        quote_total=Decimal("75.00"),
        quote_name="network  REFRESH",
    )
    assert [row.opportunity.id for row in ranked] == [4, 3, 2, 1]
    assert ranked[0].reason == "the person's own, the same client, the same name, the same value"
    assert ranked[-1].reason == "open in Halo"


def test_rank_puts_the_newer_one_first_when_nothing_else_tells() -> None:
    ranked = rank([make_opportunity(5), make_opportunity(6)], person=None, quote_total=None, quote_name="")
    assert [row.opportunity.id for row in ranked] == [6, 5]


def test_the_one_worked_on_last_ranks_first_among_equals_and_says_so() -> None:
    person = HaloUser(id=1, name="Ann", client_id=9)
    found = [
        HaloOpportunity(id=number, user_id=1, client_id=9, last_activity=date(2026, 1, day))
        for number, day in ((3, 2), (2, 20), (1, 5))
    ]
    ranked = rank(found, person=person, quote_total=None, quote_name="")
    assert [one.opportunity.id for one in ranked] == [2, 3, 1]
    assert "worked on last" in ranked[0].reason and "worked on last" not in ranked[1].reason
    same = [one.model_copy(update={"last_activity": date(2026, 1, 1)}) for one in found]
    assert all(
        "worked on last" not in one.reason for one in rank(same, person=person, quote_total=None, quote_name="")
    )
