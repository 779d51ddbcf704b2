"""The legacy REST API: https://api.quoter.com/v1. Drafts and contacts can be made, quotes can be listed."""

import re
import secrets
from typing import Any

from integrations.simulator.answers import Answer
from integrations.simulator.quoter.account import Account
from integrations.simulator.quoter.api import legacy_shapes as shapes
from integrations.simulator.quoter.api.catalogue import all_categories
from integrations.simulator.quoter.api.matching import Entry, Row, matches, order, project, read_number
from integrations.simulator.quoter.api.refusals import Problem, Refusal, denied, not_found, wrong_shape
from integrations.simulator.quoter.api.scalepad import find_contact
from integrations.simulator.quoter.quoter import Quoter
from integrations.simulator.quoter.quotes import Contact
from integrations.simulator.quoter.requests import ApiRequest

TOKEN_LIFETIME_S, REFRESH_LIFETIME_S = 3_600, 86_400
_LIMIT = 100


def sign_in(account: Account, text: str) -> Answer:
    """Answer POST auth/oauth/authorize; `text` is its JSON. Raises Refusal."""
    given = shapes.read_json(text)
    if given.get("grant_type") != "client_credentials":
        raise Refusal(400, Problem("ERR_GRANT_TYPE_INVALID", "Grant type is invalid"))  # the code is a guess [U]
    wanted = f"{account.legacy_client_id}\n{account.legacy_client_secret}"
    found = f"{given.get('client_id')}\n{given.get('client_secret')}"
    if not secrets.compare_digest(wanted.encode(), found.encode()):
        raise Refusal(401, Problem("ERR_AUTHORIZATION_INVALID", "Invalid client credentials"))  # [U]
    token = secrets.token_urlsafe(24)
    account.legacy_tokens[token] = account.now() + TOKEN_LIFETIME_S
    # Nothing here takes the refresh token: the two known clients disagree on how it is sent.
    tokens = {"access_token": token, "refresh_token": secrets.token_urlsafe(24)}
    return Answer(200, {**tokens, "token_type": "Bearer", "expires_in": TOKEN_LIFETIME_S})


def admit(account: Account, authorization: str | None) -> None:
    """Let a call in that brings a good token. Raises Refusal."""
    scheme, _, token = (authorization or "").partition(" ")
    if not scheme:
        raise Refusal(401, Problem("ERR_AUTHORIZATION_ACCESS_TOKEN_REQUIRED", "Access token is required"))
    if scheme.lower() != "bearer":
        raise Refusal(401, Problem("ERR_AUTHORIZATION_BEARER_REQUIRED", "Bearer authorization is required"))
    if account.legacy_tokens.get(token.strip(), 0) <= account.now():
        raise Refusal(401, Problem("ERR_AUTHORIZATION_TOKEN_INVALID", "Authorization token is invalid"))


def route(quoter: Quoter, request: ApiRequest, *, base_url: str, unreadable: bool) -> Answer:
    """Answer a call that was let in; routes and methods that do not exist are 403 as well."""
    match request.method, request.path.strip("/").split("/"):
        case "GET", [kind] if kind in shapes.FILTERS:
            with quoter.lock:
                return Answer(200, _list(_entries(quoter, kind), request.query, shapes.FILTERS[kind]))
        case "GET", ["contacts", id_]:
            return Answer(200, shapes.show_contact(find_contact(quoter, id_)))
        case "POST", ["quotes"]:
            return Answer(200, _create_quote(quoter, _read(request, unreadable), base_url))
        case "POST", ["contacts"]:
            values = shapes.read_contact(_read(request, unreadable), new=True)
            return Answer(200, shapes.show_contact(quoter.add_contact(**values)))
        case "PATCH", ["contacts", id_]:
            return Answer(200, _change_contact(quoter, id_, _read(request, unreadable)))
    raise denied()


def _entries(quoter: Quoter, kind: str) -> list[Entry]:
    if kind == "quotes":
        return [shapes.list_quote(quote) for quote in quoter.quotes.values()]
    if kind == "contacts":
        rows = [shapes.show_contact(contact) for contact in quoter.contacts.values()]
    elif kind == "categories":
        rows = [shapes.show_category(row) for row in all_categories(quoter)]
    else:
        rows = [shapes.show_template(row) for row in quoter.templates.values()]
    return [shapes.as_entry(row) for row in rows]


def _list(entries: list[Entry], query: dict[str, str], filters: frozenset[str]) -> Row:
    """Return one page; asking past the end is an error, and an unknown filter is ignored."""
    for key, wanted in query.items():
        name = re.fullmatch(r"([a-z_]+)(?:\[([a-z]+)\])?", key)
        if name is not None and name[1] in filters:
            entries = [entry for entry in entries if matches(entry.values.get(name[1]), name[2] or "eq", wanted)]
    entries = order(entries, query.get("sort_by", ""))
    limit = read_number(query.get("limit"), default=_LIMIT, maximum=_LIMIT)
    page = read_number(query.get("page"), default=1, maximum=10**9)
    start = (page - 1) * limit
    if start and start >= len(entries):
        raise Refusal(400, Problem("ERR_PAGINATION_PAGE_TOO_HIGH", "Pagination page requested too high"))
    return {
        "data": [project(entry.show(), query.get("fields", "")) for entry in entries[start : start + limit]],
        "has_more": start + limit < len(entries),
        "total_count": len(entries),
    }


def _create_quote(quoter: Quoter, body: Row, base_url: str) -> Row:
    """Make a draft and tell its id and address, nothing else; fields that are not known are ignored."""
    contact = find_contact(quoter, str(body.get("contact_id") or ""))
    template = quoter.templates.get(str(body.get("template_id") or ""))
    if template is None:
        raise not_found()
    own = Contact(**vars(contact))
    name, currency = str(body.get("name") or template["title"]), str(body.get("currency_abbr") or "USD")
    quote = quoter.create_quote(name, own, currency=currency, template_id=template["id"])
    return {
        "id": quote.public_id,
        "url": f"{base_url}/quoter/admin/quotes/draft_by_public_id/{quote.public_id}",
    }


def _change_contact(quoter: Quoter, id_: str, body: Row) -> Row:
    contact = find_contact(quoter, id_)
    values = shapes.read_contact(body, new=False, before=contact)
    return shapes.show_contact(quoter.update_contact(contact.id, **values))


def _read(request: ApiRequest, unreadable: bool) -> dict[str, Any]:
    if unreadable or not isinstance(request.body, dict):
        raise wrong_shape("The body must be a JSON object")
    return request.body
