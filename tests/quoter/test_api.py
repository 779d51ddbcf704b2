"""Both of Quoter's APIs, over real HTTP, against the simulator's."""

from collections.abc import Callable

import pytest

from integrations.connect.quoter import LIMIT, WINDOW_S, Pace
from integrations.domain.quote import Address, Contact
from integrations.errors import (
    AnswerLost,
    BudgetSpent,
    CredentialsRejected,
    NotFound,
    PermissionMissing,
    RateLimited,
    Refused,
    RemoteBroken,
)
from integrations.http import Http
from integrations.quoter.api import ScalePadClient
from integrations.quoter.legacy import LegacyClient
from integrations.quoter.shared import DraftOrder, QuoterClient
from integrations.simulator import Fault, Simulator
from tests.http.server import Answer, serve

ANN = Contact(
    first_name="Ann",
    last_name="Lee",
    email="ann@example.com",
    organization="Fabrikam",
    work_phone="217-555-0100",
    billing=Address(
        line1="1 Main St", city="Springfield", region_code="IL", postal_code="62701", country_code="US"
    ),
)
Connect = Callable[[], QuoterClient]


@pytest.fixture
def slept() -> list[float]:
    """The seconds that a client has slept."""
    return []


@pytest.fixture(params=["scalepad", "legacy"])
def connect(request: pytest.FixtureRequest, simulator: Simulator, slept: list[float]) -> Connect:
    """Make a client of one of the two APIs; a test that takes this runs for both."""

    def make() -> QuoterClient:
        quoter, http = simulator.quoter, Http(allow_private=True)
        if request.param == "scalepad":
            return ScalePadClient(http, simulator.scalepad_url, quoter.api_key, sleep=slept.append)
        return LegacyClient(
            http,
            simulator.legacy_url,
            client_id=quoter.legacy_client_id,
            client_secret=quoter.legacy_client_secret,
            sleep=slept.append,
        )

    return make


@pytest.fixture
def client(connect: Connect) -> QuoterClient:
    """One client of each API."""
    return connect()


@pytest.fixture
def scalepad(simulator: Simulator, slept: list[float]) -> ScalePadClient:
    """A client of ScalePad's API."""
    http = Http(allow_private=True)
    return ScalePadClient(http, simulator.scalepad_url, simulator.quoter.api_key, sleep=slept.append)


def test_contact_is_made_and_found_by_its_address(client: QuoterClient, simulator: Simulator) -> None:
    assert client.find_contacts(ANN.email) == ()
    client.create_contact(ANN)
    (found,) = client.find_contacts(" ANN@example.com ")
    assert found.model_copy(update={"public_id": ""}) == ANN
    (kept,) = simulator.quoter.contacts.values()
    assert kept.billing is not None and kept.billing["country"]["code"] == "US"


def test_contact_whose_address_only_contains_it_is_another(client: QuoterClient, simulator: Simulator) -> None:
    simulator.quoter.add_contact(email_address="joann@example.com")
    assert client.find_contacts("ann@example.com") == ()


def test_contact_is_changed_and_what_is_not_given_stays(client: QuoterClient, simulator: Simulator) -> None:
    quote = simulator.quoter.create_quote(contact={"email_address": ANN.email, "mobile": "555", "title": "CEO"})
    client.update_contact(quote.contact.public_id, ANN)
    kept = simulator.quoter.contacts[quote.contact.id]
    assert (kept.first_name, kept.work, kept.mobile, kept.title) == ("Ann", "217-555-0100", "555", "CEO")


def test_templates_are_listed_by_title(client: QuoterClient, simulator: Simulator) -> None:
    simulator.quoter.add_template("A la carte")
    assert [template.title for template in client.templates()] == ["A la carte", "Standard Quote"]


def test_draft_carries_its_notes_where_the_api_takes_them(client: QuoterClient, simulator: Simulator) -> None:
    client.create_contact(ANN)
    (contact,) = client.find_contacts(ANN.email)
    order = DraftOrder(contact, client.templates()[0].id, "[Halo #1051] ref 8f2c", "ref 8f2c")
    draft = client.create_draft(order)
    (quote,) = simulator.quoter.quotes.values()
    assert (draft.id, quote.is_draft) == (quote.public_id, True)
    found = client.find_draft(order)
    if client.carries_notes:
        assert quote.internal_notes == "[Halo #1051] ref 8f2c"
        assert found is not None and found.id == draft.id
    else:
        assert draft.url.endswith(quote.public_id)
        assert found is None


def test_refusal_is_quoted_whole(client: QuoterClient) -> None:
    with pytest.raises(Refused) as caught:
        client.create_contact(Contact(email="ann@example.com"))
    assert "first_name is required" in caught.value.user_message
    assert "last_name is required" in caught.value.user_message


@pytest.mark.parametrize(
    ("kind", "error"),
    [("403", PermissionMissing), ("404", NotFound), ("500", RemoteBroken), ("html", RemoteBroken)],
)
def test_each_refusal_has_its_error(
    client: QuoterClient, simulator: Simulator, kind: str, error: type[Exception]
) -> None:
    simulator.quoter.fail(Fault(kind, method="GET", path="/contacts"))
    with pytest.raises(error):
        client.find_contacts(ANN.email)


def test_write_without_an_answer_is_lost_not_failed(client: QuoterClient, simulator: Simulator) -> None:
    simulator.quoter.fail(Fault("drop-after", method="POST", path="/contacts"))
    with pytest.raises(AnswerLost):
        client.create_contact(ANN)
    assert len(simulator.quoter.contacts) == 1


def test_key_travels_in_lower_case_to_the_letter(scalepad: ScalePadClient, simulator: Simulator) -> None:
    # The simulator refuses any other spelling, as Quoter does.
    assert scalepad.templates()
    simulator.quoter.api_key = "changed"
    with pytest.raises(CredentialsRejected, match="API key"):
        scalepad.templates()


def test_account_without_quoter_is_told(scalepad: ScalePadClient, simulator: Simulator) -> None:
    simulator.quoter.subscribed = False
    with pytest.raises(PermissionMissing, match="no Quoter subscription"):
        scalepad.templates()


def test_every_page_is_read_and_the_count_checked(scalepad: ScalePadClient, simulator: Simulator) -> None:
    for number in range(450):
        simulator.quoter.add_template(f"Template {number}")
    assert len(scalepad.templates()) == 451


def test_list_that_is_shorter_than_it_says_is_not_believed() -> None:
    body = {"data": [{"id": "tmpl_1", "title": "One"}], "next_cursor": None, "total_count": 2}
    with serve(lambda request: Answer(body)) as server:
        client = ScalePadClient(Http(allow_private=True), server.url, "key")
        with pytest.raises(RemoteBroken, match="1 of 2"):
            client.templates()


def test_rate_limit_is_waited_for_as_long_as_quoter_says(
    scalepad: ScalePadClient, simulator: Simulator, slept: list[float]
) -> None:
    simulator.quoter.fail(Fault("429", method="GET", path="/quote-templates", retry_after=3))
    assert scalepad.templates()
    assert slept == [3.0]
    simulator.quoter.fail(Fault("429", method="GET", path="/quote-templates", retry_after=120))
    with pytest.raises(RateLimited):
        scalepad.templates()


def test_legacy_token_that_ended_is_fetched_anew(simulator: Simulator) -> None:
    quoter = simulator.quoter
    client = LegacyClient(
        Http(allow_private=True),
        simulator.legacy_url,
        client_id=quoter.legacy_client_id,
        client_secret=quoter.legacy_client_secret,
    )
    client.templates()
    quoter.expire_tokens()
    assert client.templates()
    quoter.legacy_client_secret = "changed"
    quoter.expire_tokens()
    with pytest.raises(CredentialsRejected):
        client.templates()


def test_pace_keeps_below_the_limit() -> None:
    now = [0.0]

    def sleep(seconds: float) -> None:
        now[0] += seconds

    pace = Pace(clock=lambda: now[0], sleep=sleep)
    for _ in range(LIMIT * 2):
        pace.take()
    assert WINDOW_S <= now[0] < WINDOW_S * 2
    stuck = Pace(clock=lambda: 0.0, sleep=lambda seconds: None, limit=1)
    stuck.take()
    with pytest.raises(BudgetSpent):
        stuck.take()
