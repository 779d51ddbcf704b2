"""A JSON API for scripts: faults, quirks, quotes and the whole state. This machine only, as all of the server."""

import dataclasses
import json
from collections.abc import Callable
from typing import Any

from werkzeug.wrappers import Request, Response

from integrations.simulator import demo
from integrations.simulator.faults import Fault
from integrations.simulator.halo import Halo
from integrations.simulator.quoter import Quoter
from integrations.simulator.quoter.quotes import Quote

_HALO_SETTINGS = ("rate_limit", "lag_s", "token_lifetime_s")
_QUOTER_SETTINGS = ("webhook_url", "hash_key", "retry_scale", "timeout_s")
_ADDERS = ("client", "site", "user", "opportunity", "group", "item")
_ACTIONS = ("publish", "revise", "accept", "order", "fulfil", "lose", "edit")


class Control:
    """POST /control/fault, quirk, reset, settings, quotes, quotes/ID/ACTION, halo/ENTITY; GET /control/state."""

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
                if given.get("clear"):
                    self.halo.faults.clear()
                else:
                    self.halo.fail(Fault(**given))
                return {"faults": [dataclasses.asdict(fault) for fault in self.halo.faults]}
            case ["quirk"]:
                change = self.halo.quirks.add if given.get("on", True) else self.halo.quirks.discard
                change(str(given["quirk"]))
                return {"quirks": sorted(self.halo.quirks)}
            case ["reset"]:
                return self._start_over(demo_data=bool(given.get("demo")))
            case ["settings"]:
                return self._set(given)
            case ["expire-tokens"]:
                self.halo.expire_tokens()
                return {}
            case ["quotes"]:
                return _shown(self.quoter.create_quote(**given))
            case ["quotes", number, action] if action in _ACTIONS and number.isdigit():
                return _shown(getattr(self.quoter, action)(int(number), **given))
            case ["deliveries", number, "resend"] if number.isdigit():
                return dataclasses.asdict(self.quoter.resend(int(number)))
            case ["halo", entity] if entity in _ADDERS:
                return getattr(self.halo, f"add_{entity}")(**given)
        raise ValueError(f"There is no control /{'/'.join(parts)}.")

    def _start_over(self, *, demo_data: bool) -> dict[str, Any]:
        kept = {name: getattr(self.quoter, name) for name in _QUOTER_SETTINGS}
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
            if name not in _HALO_SETTINGS + _QUOTER_SETTINGS:
                raise ValueError(f"There is no setting {name}.")
            setattr(self.halo if name in _HALO_SETTINGS else self.quoter, name, value)
        return {name: getattr(self.halo, name) for name in _HALO_SETTINGS}

    def _counts(self) -> dict[str, int]:
        halo = {name: len(table) for name, table in self.halo.dump().items() if name != "counters"}
        quoter = {"quoter_quotes": len(self.quoter.quotes), "deliveries": len(self.quoter.requests_status)}
        return {**halo, **quoter, "requests": len(self.halo.requests), "writes": len(self.halo.writes)}

    def _state(self) -> dict[str, Any]:
        halo = self.halo.dump()
        halo.pop("counters")
        return {
            "counts": self._counts(),
            "halo": {name: list(table.values()) for name, table in halo.items()},
            "quoter": {**self.quoter.dump(), "quotes": [_shown(q) for q in list(self.quoter.quotes.values())]},
            "faults": [dataclasses.asdict(fault) for fault in self.halo.faults],
            "quirks": sorted(self.halo.quirks),
            "requests": [dataclasses.asdict(record) for record in self.halo.requests[-500:]],
        }


def _shown(quote: Quote) -> dict[str, Any]:
    return quote.dump()


def _json(value: Any, status: int = 200) -> Response:
    return Response(json.dumps(value, default=str), status, mimetype="application/json")
