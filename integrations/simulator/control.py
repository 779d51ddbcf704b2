"""A JSON API for scripts: faults, quirks, quotes and the whole state. This machine only, as all of the server."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from integrations.simulator import demo, native
from integrations.simulator.faults import Fault
from integrations.simulator.halo import Halo
from integrations.simulator.quoter import Quoter
from integrations.simulator.quoter.quotes import Quote

# Name in the request → attribute; the two sides' rate limits share no name.
_HALO_SETTINGS = {name: name for name in ("rate_limit", "lag_s", "token_lifetime_s", "sales_order_delay_s")}
_QUOTER_SETTINGS = {
    **{name: name for name in ("webhook_url", "hash_key", "retry_scale", "timeout_s", "api_key", "subscribed")},
    "losing": "losing",
    **{name: name for name in ("legacy_client_id", "legacy_client_secret", "legacy_rate_limit")},
    "scalepad_rate_limit": "rate_limit",
}
_CONNECTION = ("webhook_url", "hash_key", "retry_scale", "timeout_s", "api_key", "scalepad_rate_limit")
_ADDERS = (
    *("client", "site", "user", "opportunity", "group", "item", "agent", "supplier", "note"),
    "required_field",
)
_QUOTER_ADDERS = ("contact", "category", "template")
_ACTIONS = ("publish", "revise", "accept", "order", "fulfil", "lose", "edit", "open_email")


class Control:
    """POST /control/fault, quirk, reset, settings, quotes, quotes/ID/ACTION, halo/ENTITY …; GET /control/state.

    `"side": "quoter"` in a fault or quirk means Quoter's APIs.
    """

    def __init__(self, halo: Halo, quoter: Quoter, *, reset: Callable[[], None], save: Callable[[], None]) -> None:
        self.halo = halo
        self.quoter = quoter
        self._reset = reset
        self._save = save

    def respond(self, request: Request) -> Response:
        """Answer one request; anything that does not fit is a 400 with a sentence."""
        parts = request.path.removeprefix("/control/").strip("/").split("/")
        try:
            if request.method == "GET" and parts == ["state"]:
                return _json(self._state())
            given = json.loads(request.get_data(as_text=True) or "{}")
            if request.method != "POST" or not isinstance(given, dict):
                raise ValueError("POST a JSON object.")
            answer = self._act(parts, given)
        except (ValueError, TypeError, KeyError) as exc:
            return _json({"error": str(exc)}, 400)
        self._save()
        return _json(answer)

    def _act(self, parts: list[str], given: dict[str, Any]) -> Any:
        match parts:
            case ["fault"]:
                side = self._side(given)
                if given.get("clear"):
                    side.faults.clear()
                else:
                    side.fail(Fault(**given))
                return {"faults": [dataclasses.asdict(fault) for fault in side.faults]}
            case ["quirk"]:
                side = self._side(given)
                change = side.quirks.add if given.get("on", True) else side.quirks.discard
                change(str(given["quirk"]))
                return {"quirks": sorted(side.quirks)}
            case ["reset"]:
                return self._start_over(demo_data=bool(given.get("demo")))
            case ["settings"]:
                return self._set(given)
            case ["expire-tokens"]:
                self.halo.expire_tokens()
                return {}
            case ["quotes"]:
                return _shown(self.quoter.create_quote(**given))
            case ["quotes", number, "pay"] if number.isdigit():
                return json.loads(self.quoter.pay(int(number), **given))
            case ["contacts", id_, "change"]:
                return json.loads(self.quoter.change_person(int(id_) if id_.isdigit() else id_, **given))
            case ["quotes", number, "carry-over"] if number.isdigit():
                return native.carry_over(self.halo, self.quoter.quotes[int(number)], **given)
            case ["quotes", number, action] if action in _ACTIONS and number.isdigit():
                return _shown(getattr(self.quoter, action)(int(number), **given))
            case ["deliveries", number, "resend"] if number.isdigit():
                return dataclasses.asdict(self.quoter.resend(int(number)))
            case ["halo", entity] if entity in _ADDERS:
                return getattr(self.halo, f"add_{entity}")(**given)
            case ["halo", "fill"]:
                users, items = int(given.get("users", 0)), int(given.get("items", 0))
                return {"users": len(self.halo.fill_users(users)), "items": len(self.halo.fill_items(items))}
            case ["quoter", "item"]:
                return self.quoter.add_item(**given)
            case ["quoter", entity] if entity in _QUOTER_ADDERS:
                made = getattr(self.quoter, f"add_{entity}")(**given)
                return made if isinstance(made, dict) else dataclasses.asdict(made)
        raise ValueError(f"There is no control /{'/'.join(parts)}.")

    def _start_over(self, *, demo_data: bool) -> dict[str, Any]:
        kept = {name: getattr(self.quoter, _QUOTER_SETTINGS[name]) for name in _CONNECTION}
        secret, limit = self.halo.credentials.client_secret, self.halo.rate_limit
        self._reset()
        # How the two sides find each other is no state of theirs.
        self._set({**kept, "rate_limit": limit})
        self.halo.credentials.client_secret = secret
        if demo_data:
            demo.fill_both(self.halo, self.quoter)
        return {"counts": self._counts()}

    def _set(self, given: dict[str, Any]) -> dict[str, Any]:
        for name, value in given.items():
            if name not in {**_HALO_SETTINGS, **_QUOTER_SETTINGS}:
                raise ValueError(f"There is no setting {name}.")
            side: Halo | Quoter = self.halo if name in _HALO_SETTINGS else self.quoter
            setattr(side, _HALO_SETTINGS.get(name) or _QUOTER_SETTINGS[name], value)
        return {name: getattr(self.halo, name) for name in _HALO_SETTINGS}

    def _side(self, given: dict[str, Any]) -> Halo | Quoter:
        return self.quoter if given.pop("side", "halo") == "quoter" else self.halo

    def _counts(self) -> dict[str, int]:
        halo = self.halo.count_rows()
        quoter = {
            "quoter_quotes": len(self.quoter.quotes),
            "quoter_contacts": len(self.quoter.contacts),
            "deliveries": len(self.quoter.requests_status),
            "quoter_requests": len(self.quoter.requests),
        }
        return {**halo, **quoter, "requests": len(self.halo.requests), "writes": len(self.halo.writes)}

    def _state(self) -> dict[str, Any]:
        self.halo.catch_up()
        halo = self.halo.dump()
        halo.pop("counters")
        return {
            "counts": self._counts(),
            "halo": {name: list(table.values()) for name, table in halo.items()},
            "quoter": {**self.quoter.dump(), "quotes": [_shown(q) for q in list(self.quoter.quotes.values())]},
            "faults": [dataclasses.asdict(fault) for fault in self.halo.faults],
            "quirks": sorted(self.halo.quirks),
            "requests": [dataclasses.asdict(record) for record in self.halo.requests[-500:]],
            "quoter_requests": [dataclasses.asdict(record) for record in self.quoter.requests[-500:]],
        }


def _shown(quote: Quote) -> dict[str, Any]:
    return quote.dump()


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, default=str), status, mimetype="application/json")
