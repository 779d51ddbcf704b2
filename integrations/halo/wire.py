"""Halo's lists, single objects and saved rows over HTTP: paging, shapes, the token. No path is named here.

Source: halo.md 2.1 to 2.3. Nothing here repeats a write.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any, TypeVar

from integrations.errors import AnswerLost, CredentialsRejected, NotFound, RemoteBroken
from integrations.halo import records
from integrations.halo.address import HaloAddress
from integrations.halo.auth import HaloAuth
from integrations.halo.faults import check
from integrations.http import Http, Request, Response

T = TypeVar("T")
PAGE = 100  # larger pages are cut in silence on some lists (halo.md 2.3)
_MAX_PAGES = 1_000


class HaloWire:
    """The way to one Halo instance."""

    def __init__(self, http: Http, address: HaloAddress, auth: HaloAuth) -> None:
        self._http = http
        self.address = address
        self._auth = auth

    def close(self) -> None:
        """Close kept connections."""
        self._http.close()

    def _one(
        self, path: str, reader: Callable[[dict[str, Any]], T], *, what: str, params: dict[str, str | int]
    ) -> T:
        row = records.one_of(self._get(path, params, what=what).json(), what)
        if row and "id" not in row:
            raise RemoteBroken(f"Halo's answer for {what} has an unknown shape.", subject=what)
        if not row.get("id"):
            # Some lists answer an unknown id with an empty object instead of 404 [I].
            raise NotFound(f"Halo has no {what}, or hides it from the API agent.", subject=what)
        if records.read(row, records.read_id, what) != int(path.rsplit("/", 1)[1]):
            raise RemoteBroken(f"Halo answered with another object than {what}.", subject=what)
        return records.read(row, reader, what)

    def _list(
        self, path: str, key: str, reader: Callable[[dict[str, Any]], T], *, params: dict[str, str | int]
    ) -> tuple[T, ...]:
        rows = self._pages(path, key, params)
        return tuple(records.read(row, reader, key) for row in rows)

    def _pages(self, path: str, key: str, params: dict[str, str | int]) -> Iterator[dict[str, Any]]:
        seen: set[str] = set()
        for page in range(1, _MAX_PAGES + 1):
            paging: dict[str, str | int] = {"pageinate": "true", "page_size": PAGE, "page_no": page}
            body = self._get(path, {**params, **paging}, what=key).json()
            rows = records.rows_of(body, key)
            fresh = {str(row.get("id")): row for row in rows if str(row.get("id")) not in seen}
            seen.update(fresh)
            yield from fresh.values()
            total = body.get("record_count") if isinstance(body, dict) else None
            if isinstance(total, int) and total < len(rows):
                total = None  # whatever it counts, it is not these rows
            # The count is the better sign, for a server may cap its pages lower; a list that ignores paging
            # repeats itself, so no new row is the end as well.
            complete = len(seen) >= total if isinstance(total, int) else len(rows) < PAGE
            if complete or not fresh:
                return
        raise RemoteBroken(f"Halo's list of {key} does not end.", subject=key)

    def _save(self, path: str, body: dict[str, Any], *, what: str) -> int:
        answer = self._post(path, [body], what=what)
        try:
            return records.read(records.one_of(answer, what), records.read_id, what)
        except RemoteBroken as exc:
            # It said yes but not to what: only a look can tell.
            raise AnswerLost(
                f"Halo's answer to a saved {what} has an unknown shape.", subject=what, ended=True
            ) from exc

    def _get(self, path: str, params: dict[str, str | int], *, what: str) -> Response:
        return self._send(Request("GET", f"{self.address.api}{path}", params=params), what=what)

    def _post(self, path: str, rows: list[dict[str, Any]], *, what: str) -> Any:
        request = Request("POST", f"{self.address.api}{path}", json=rows, writes=True)
        response = self._send(request, what=what)
        try:
            return response.json()
        except RemoteBroken as exc:
            raise AnswerLost(
                f"Halo's answer to a new or changed {what} cannot be read.", subject=what, ended=True
            ) from exc

    def _send(self, request: Request, *, what: str) -> Response:
        token = self._auth.token()
        try:
            return check(self._authorised(request, token.value), what=what)
        except CredentialsRejected:
            # Revoked early, or rights were changed: one new token, one more try. A 401 changed nothing.
            self._auth.reject(token)
        return check(self._authorised(request, self._auth.token().value), what=what)

    def _authorised(self, request: Request, token: str) -> Response:
        return self._http.send(replace(request, headers={**request.headers, "Authorization": f"Bearer {token}"}))
