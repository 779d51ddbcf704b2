"""Halo's people, sites and clients: whole lists for the portal's copy, and short questions for staff.

Sources: halo.md 2.3, 2.4 and 3.2. `Any` ends in the readers at the bottom.
"""

from typing import Any, NamedTuple

from integrations.domain.directory import HaloPerson, HaloSite, Phone, PostalLines
from integrations.domain.snapshot import HaloClientName, HaloOpportunity
from integrations.domain.text import fold
from integrations.errors import NotFound
from integrations.halo import records
from integrations.halo.choices import ChoicesClient

Row = dict[str, Any]
FOUND_AT_MOST = 50
_PHONES = (
    ("Work", "phonenumber"),
    ("Mobile", "mobilenumber"),
    ("Mobile 2", "mobilenumber2"),
    ("Home", "homenumber"),
    ("Site", "sitephonenumber"),
)


class PeoplePage(NamedTuple):
    """One page of users, and whether it is the last."""

    people: tuple[HaloPerson, ...]
    last: bool


class SitesPage(NamedTuple):
    """One page of sites, and whether it is the last."""

    sites: tuple[HaloSite, ...]
    last: bool


class PeopleClient(ChoicesClient):
    """A Halo client that also knows people, sites and clients."""

    def people_page(self, page: int, *, size: int) -> PeoplePage:
        """Return one page of all users, inactive ones included."""
        rows, last = self._page("/Users", "users", page, size=size, extra={"includeinactive": "true"})
        return PeoplePage(tuple(records.read(row, read_person, "user") for row in rows), last)

    def sites_page(self, page: int, *, size: int) -> SitesPage:
        """Return one page of all sites with their addresses; `includeaddress` adds these to a list [I]."""
        extra: dict[str, str | int] = {"includeinactive": "true", "includeaddress": "true"}
        rows, last = self._page("/Site", "sites", page, size=size, extra=extra)
        return SitesPage(tuple(records.read(row, read_site, "site") for row in rows), last)

    def search_people(self, text: str, *, phones: bool = False) -> tuple[HaloPerson, ...]:
        """Return what Halo's own loose search finds, one page; `phones` searches numbers instead of names [U]."""
        extra: dict[str, str | int] = {"search": text.strip(), "exclude_generaluser": "true"}
        if phones:
            extra["search_phonenumbers"] = "true"
        rows, _ = self._page("/Users", "users", 1, size=FOUND_AT_MOST, extra=extra)
        return tuple(records.read(row, read_person, "user") for row in rows)

    def get_person(self, user_id: int) -> HaloPerson:
        """Return one user with phones and address."""
        return self._one(f"/Users/{user_id}", read_person, what=f"user {user_id}", params=_DETAILS)

    def get_site(self, site_id: int) -> HaloSite:
        """Return one site with its address, country and region."""
        return self._one(f"/Site/{site_id}", read_site, what=f"site {site_id}", params=_DETAILS)

    def opportunities_of_client(self, client_id: int) -> tuple[HaloOpportunity, ...]:
        """Return the open opportunities of a client, everybody's."""
        params: dict[str, str | int] = {"domain": "opps", "client_id": client_id, "open_only": "true"}
        rows = self._list("/Opportunities", "tickets", records.read_opportunity, params=params)
        return records.keep(rows, lambda o: o.client_id == client_id and o.is_opportunity and not o.closed)

    def find_leads(self, email: str) -> tuple[HaloOpportunity, ...]:
        """Return the open opportunities that carry this e-mail address themselves (halo.md 3.3)."""
        params: dict[str, str | int] = {
            "domain": "opps",
            "search_oppemailaddress": email.strip(),
            "open_only": "true",
        }
        rows = self._list("/Opportunities", "tickets", records.read_opportunity, params=params)
        same = fold(email)
        return records.keep(
            rows, lambda o: bool(same) and fold(o.contact_email) == same and o.is_opportunity and not o.closed
        )

    def find_clients(self, name: str) -> tuple[HaloClientName, ...]:
        """Return the clients with this very name, inactive ones too; prospects may be left out (halo.md 2.4)."""
        params: dict[str, str | int] = {"search": name.strip(), "includeinactive": "true"}
        rows = self._list("/Client", "clients", read_client, params=params)
        return records.keep(rows, lambda client: bool(fold(name)) and fold(client.name) == fold(name))

    def get_client(self, client_id: int) -> HaloClientName:
        """Return one client."""
        return self._one(f"/Client/{client_id}", read_client, what=f"client {client_id}", params=_DETAILS)

    def main_site(self, client_id: int) -> int:
        """Return the site that new users of a client belong to. Raises NotFound where it has none."""
        row = records.one_of(
            self._get(f"/Client/{client_id}", _DETAILS, what=f"client {client_id}").json(), "client"
        )
        named = records.read_number(row.get("main_site_id"))
        if named is not None:
            return named
        sites = self._list("/Site", "sites", read_site, params={"client_id": client_id})
        own = records.keep(sites, lambda site: site.client_id == client_id and not site.inactive)
        if not own:
            raise NotFound(f"Halo's client {client_id} has no site for a new user.", subject=f"client {client_id}")
        return own[0].id

    def create_client(self, body: Row) -> int:
        """Create one client; return its id."""
        return self._save("/Client", body, what="client")

    def create_user(self, body: Row) -> int:
        """Create one user; return its id."""
        return self._save("/Users", body, what="user")

    def save_opportunity(self, body: Row) -> int:
        """Create or update one opportunity; return its id."""
        return self._save("/Opportunities", body, what="opportunity")

    def _page(
        self, path: str, key: str, page: int, *, size: int, extra: dict[str, str | int]
    ) -> tuple[list[Row], bool]:
        """Return one page's rows, and whether it is the last.

        A short page is not the end where the count says that more is there: the server may cap its pages lower.
        """
        paging: dict[str, str | int] = {"pageinate": "true", "page_size": size, "page_no": page}
        body = self._get(path, {**paging, **extra}, what=key).json()
        rows = records.rows_of(body, key)
        total = body.get("record_count") if isinstance(body, dict) else None
        more = isinstance(total, int) and page * len(rows) < total
        return rows, not rows or (len(rows) < size and not more)


_DETAILS: dict[str, str | int] = {"includedetails": "true"}


def read_person(row: Row) -> HaloPerson:
    """Read a `Users` row with everything about the person."""
    user = records.read_user(row)
    phones = [Phone(kind=kind, number=_text(row.get(key))) for kind, key in _PHONES if _text(row.get(key))]
    return HaloPerson(
        id=user.id,
        name=user.name,
        first_name=_text(row.get("firstname")),
        last_name=_text(row.get("surname")),
        title=_text(row.get("title")),
        emails=user.emails,
        phones=tuple(phones),
        site_id=user.site_id,
        site_name=user.site_name,
        client_id=user.client_id,
        client_name=user.client_name,
        inactive=user.inactive,
        placeholder=user.placeholder,
        prospect=row.get("is_prospect") is True,
        address=read_lines(row.get("primary_address")),
    )


def read_client(row: Row) -> HaloClientName:
    """Read a `Client` row, as far as its name goes."""
    return HaloClientName(
        id=records.read_id(row),
        name=_text(row.get("name")),
        inactive=bool(row.get("inactive")),
        prospect=row.get("is_account") is False,
    )


def read_site(row: Row) -> HaloSite:
    """Read a `Site`; lists carry the address as five columns or as an object [I]."""
    lines = read_lines(row.get("delivery_address"))
    if not lines.filled:
        texts = [_text(row.get(f"delivery_address_line{number}")) for number in range(1, 6)]
        lines = PostalLines(line1=texts[0], line2=texts[1], line3=texts[2], line4=texts[3], postcode=texts[4])
    client_id = records.read_number(row.get("client_id"))
    return HaloSite(
        id=records.read_id(row),
        name=_text(row.get("name")),
        client_id=client_id,
        client_name=_text(row.get("client_name")),
        country_code=_text(row.get("country_code")),
        country=_text(row.get("country_code_name")),
        region=_text(row.get("region_code_name")),
        address=lines,
        inactive=bool(row.get("inactive")),
    )


def read_lines(store: Any) -> PostalLines:
    """Read an AddressStore; anything else is an empty address."""
    if not isinstance(store, dict):
        return PostalLines()
    return PostalLines(**{name: _text(store.get(name)) for name in PostalLines.model_fields})


def _text(value: Any) -> str:
    return "" if value is None else str(value).replace("\x00", "").strip()
