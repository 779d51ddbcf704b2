"""A file holds what the list shows: the same rows, every page of them, and no formula."""

import csv
import io
import json
from typing import Any

import pytest

from integrations.choices import State
from integrations.models import Issue, WebhookDelivery
from tests.console.conftest import LINES, SignIn
from tests.portal import Portal


def download(sign_in: SignIn, model: str, form: str, query: str = "") -> Any:
    answer = sign_in("Viewer").get(f"/integrations/{model}/export/{form}/{query}")
    assert answer.status_code == 200
    assert f".{form}" in answer["Content-Disposition"]
    text = b"".join(answer.streaming_content).decode()
    if form == "json":
        return json.loads(text)
    return list(csv.DictReader(io.StringIO(text.removeprefix("\ufeff"))))


@pytest.mark.parametrize("form", ["csv", "json"])
def test_deliveries_as_the_list_filters_them(
    portal: Portal, without_opportunity: WebhookDelivery, sign_in: SignIn, form: str
) -> None:
    portal.receive(portal.publish(LINES))
    assert len(download(sign_in, "webhookdelivery", form)) == 2
    [row] = download(sign_in, "webhookdelivery", form, "?state__exact=needs_attention")
    assert (row["state"], row["total"], row["error"]) == (
        State.NEEDS_ATTENTION,
        "100.01",
        without_opportunity.error_code,
    )
    assert row["received"].endswith("+00:00")


@pytest.mark.parametrize("form", ["csv", "json"])
def test_attempts_and_issues(without_opportunity: WebhookDelivery, sign_in: SignIn, form: str) -> None:
    [attempt] = download(sign_in, "syncattempt", form)
    assert (attempt["outcome"], attempt["by"]) == ("needs_attention", "" if form == "csv" else None)
    [issue] = download(sign_in, "issue", form)
    assert (str(issue["quotes"]), issue["money"]) == ("1", f"100.01 {without_opportunity.currency}")
    assert download(sign_in, "issue", form, "?closed=yes") == []


def test_file_holds_all_pages(synced: WebhookDelivery, sign_in: SignIn) -> None:
    for number in range(120):
        synced.pk, synced.fingerprint = None, f"{number}"
        synced.save()
    assert len(download(sign_in, "webhookdelivery", "csv")) == 121


def test_formula_is_defused(synced: WebhookDelivery, sign_in: SignIn) -> None:
    WebhookDelivery.objects.update(quote_name='=HYPERLINK("http://example.com")')
    [row] = download(sign_in, "webhookdelivery", "csv")
    assert row["name"].startswith("'=")
    [row] = download(sign_in, "webhookdelivery", "json")
    assert row["name"].startswith("=")


def test_list_offers_the_file_with_its_filters(synced: WebhookDelivery, sign_in: SignIn) -> None:
    page = sign_in("Viewer").get("/integrations/webhookdelivery/?state__exact=succeeded").content.decode()
    assert 'href="export/csv/?state__exact=succeeded"' in page


def test_unknown_form_and_stranger_get_nothing(integration: Any, sign_in: SignIn, client: Any) -> None:
    assert sign_in("Viewer").get("/integrations/webhookdelivery/export/xml/").status_code == 404
    assert client.get("/integrations/webhookdelivery/export/csv/").status_code == 302
    assert sign_in("Nobody").get("/integrations/webhookdelivery/export/csv/").status_code == 403
    assert not Issue.objects.exists()
