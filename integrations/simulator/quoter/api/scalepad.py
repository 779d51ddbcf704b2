"""The ScalePad-hosted REST API: https://api.scalepad.com/quoter/v1."""

import secrets
from typing import Any

from integrations.simulator.answers import Answer
from integrations.simulator.quoter.account import Account
from integrations.simulator.quoter.api import catalogue, writing
from integrations.simulator.quoter.api.listing import (
    CONTACT_FILTERS,
    ITEM_FILTERS,
    NO_FILTERS,
    QUOTE_FILTERS,
    show_list,
)
from integrations.simulator.quoter.api.refusals import Problem, Refusal, denied, not_found, wrong_shape
from integrations.simulator.quoter.api.shapes import list_contact, list_quote, show_contact, show_quote
from integrations.simulator.quoter.quoter import Quoter
from integrations.simulator.quoter.quotes import Contact, Quote
from integrations.simulator.quoter.requests import ApiRequest


def admit(account: Account, api_key: str | None) -> None:
    """Let a call in whose key is right, on an account that has Quoter. Raises Refusal."""
    if api_key is None or not secrets.compare_digest(api_key.encode(), account.api_key.encode()):
        raise Refusal(401, Problem("UNAUTHORIZED", "Invalid API credentials"))
    if not account.subscribed:
        raise Refusal(402, Problem("ERR_PAYMENT_REQUIRED", "No Quoter subscription"))  # the code is a guess [U]


def route(quoter: Quoter, request: ApiRequest, *, unreadable: bool) -> Answer:
    """Answer a call that was let in; whatever is not offered is a 403, as at Quoter's."""
    match request.method, request.path.strip("/").split("/"):
        case "GET", [kind]:
            return Answer(200, _list(quoter, kind, request.query))
        case "GET", ["quotes", id_]:
            with quoter.lock:
                return Answer(200, show_quote(quoter, find_quote(quoter, id_)))
        case "GET", ["contacts", id_]:
            with quoter.lock:
                return Answer(200, show_contact(quoter, find_contact(quoter, id_)))
        case "POST", ["quotes"]:
            quote = writing.create_quote(quoter, _read(request, unreadable))
            return Answer(201, show_quote(quoter, quote))
        case "POST", ["contacts"]:
            contact = writing.create_contact(quoter, _read(request, unreadable))
            return Answer(201, show_contact(quoter, contact))
        case "PATCH", ["contacts", id_]:
            found = find_contact(quoter, id_)
            writing.change_contact(quoter, found, _read(request, unreadable))
            return Answer(204)
        case "POST", ["quotes", id_, "publish"]:
            return _publish(quoter, id_)
    raise denied()


def _list(quoter: Quoter, kind: str, query: dict[str, str]) -> Any:
    with quoter.lock:
        match kind:
            case "quotes":
                entries = [list_quote(quoter, quote) for quote in quoter.quotes.values()]
                known = QUOTE_FILTERS - {"stage"} if "no-stage-filter" in quoter.quirks else QUOTE_FILTERS
                page = show_list(entries, query, known)
                if "wrong-total" in quoter.quirks:
                    page["total_count"] += 1
                return page
            case "contacts":
                entries = [list_contact(quoter, contact) for contact in quoter.contacts.values()]
                return show_list(entries, query, CONTACT_FILTERS)
            case "items":
                return show_list(catalogue.list_items(quoter), query, ITEM_FILTERS)
            case "categories":
                return show_list(catalogue.list_categories(quoter), query, NO_FILTERS)
            case "quote-templates":
                return show_list(catalogue.list_templates(quoter), query, NO_FILTERS)
    raise denied()


def _publish(quoter: Quoter, id_: str) -> Answer:
    """Publish a draft, which sends its webhook before this answer; what the answer holds is not known [U]."""
    quote = find_quote(quoter, id_)
    if not quote.is_draft:
        raise Refusal(422, Problem("ERR_QUOTE_NOT_DRAFT", "The quote is published already"))
    quoter.publish(quote.id)
    return Answer(200, show_quote(quoter, quote))


def find_quote(account: Account, id_: str) -> Quote:
    """Return a quote by its public id. Raises Refusal where there is none."""
    for quote in list(account.quotes.values()):
        if quote.public_id == id_:
            return quote
    raise not_found()


def find_contact(account: Account, id_: str) -> Contact:
    """Return a contact by its public id. Raises Refusal where there is none."""
    for contact in list(account.contacts.values()):
        if contact.public_id == id_:
            return contact
    raise not_found()


def _read(request: ApiRequest, unreadable: bool) -> dict[str, Any]:
    if unreadable or not isinstance(request.body, dict):
        raise wrong_shape("The body must be a JSON object")
    return request.body
