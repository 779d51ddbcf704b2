"""The consistency check: whose address in Halo Quoter could not take, or would get wrong by the mapping."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from integrations.domain.directory import HaloSite, PostalLines
from integrations.domain.postal import AddressRules, MappedAddress, map_address
from integrations.domain.text import fold
from integrations.models import DirectorySite, DirectoryUser, Integration

_BATCH = 2_000


class Finding(StrEnum):
    """What can be wrong with an address."""

    COUNTRY = "country"
    REGION = "region"
    LINES = "lines"

    @property
    def label(self) -> str:
        """The word for people."""
        return {"country": "No country", "region": "No region", "lines": "Lines do not fit"}[self.value]


@dataclass(frozen=True)
class CheckedPerson:
    """One person whose address is worth a look."""

    user_id: int
    name: str
    email: str
    client: str
    site: str
    findings: tuple[Finding, ...]
    doubts: tuple[str, ...]
    mapped: MappedAddress

    def has(self, words: Iterable[str]) -> bool:
        """Say whether name, e-mail, client and site hold every word."""
        text = fold(f"{self.name} {self.email} {self.client} {self.site}")
        return all(word in text for word in words)


@dataclass
class Check:
    """The whole result; `rows` are those of the asked finding, or of any, whose words hold the asked text."""

    people: int = 0
    fine: int = 0
    refused: int = 0
    """Cannot be sent at all: country or region is missing, and no default stands in."""
    counts: Counter[Finding] = field(default_factory=Counter)
    rows: list[CheckedPerson] = field(default_factory=list)


def check_addresses(integration: Integration, *, only: Finding | None = None, text: str = "") -> Check:
    """Check every active person of the copy. Most share their site's address, which is judged once."""
    rules, words = integration.address_rules(), fold(text).split()
    check = Check()
    for person in _people(integration, rules):
        check.people += 1
        check.counts.update(person.findings)
        check.refused += bool(person.mapped.missing)
        if not person.findings:
            check.fine += 1
        elif (only is None or only in person.findings) and (not words or person.has(words)):
            check.rows.append(person)
    check.rows.sort(key=lambda row: (row.client.casefold(), row.name.casefold()))
    return check


def _people(integration: Integration, rules: AddressRules) -> Iterator[CheckedPerson]:
    sites = {row.halo_id: row.as_site() for row in DirectorySite.objects.filter(integration=integration)}
    of_site: dict[int, MappedAddress] = {}
    users = DirectoryUser.objects.filter(integration=integration, inactive=False, placeholder=False)
    columns = users.values_list("halo_id", "site_halo_id", "person")
    for user_id, site_id, person in columns.iterator(chunk_size=_BATCH):
        site = sites.get(site_id or 0)
        own = PostalLines(**person["address"])
        if own.filled or site is None:
            mapped = map_address(own, site, rules)
        else:
            if site.id not in of_site:
                of_site[site.id] = map_address(site.address, site, rules)
            mapped = of_site[site.id]
        yield CheckedPerson(
            user_id=user_id,
            name=person["name"],
            email=(person["emails"] or [""])[0],
            client=person["client_name"],
            site=person["site_name"],
            findings=_findings(mapped, site),
            doubts=mapped.doubts,
            mapped=mapped,
        )


def _findings(mapped: MappedAddress, site: HaloSite | None) -> tuple[Finding, ...]:
    # What a default of the settings stands in for is still missing in Halo.
    lacking = {*mapped.missing, *mapped.completed}
    pairs = (
        (Finding.COUNTRY, "country" in lacking),
        (Finding.REGION, "region" in lacking),
        (Finding.LINES, bool(mapped.doubts)),
    )
    return tuple(finding for finding, holds in pairs if holds)


def preview(integration: Integration, rules: AddressRules, *, count: int = 4) -> list[CheckedPerson]:
    """Return some real people with the address that these rules would give them, different sites first."""
    seen: dict[int | None, CheckedPerson] = {}
    for person in _people(integration, rules):
        key = hash((person.client, person.site))
        if key not in seen:
            seen[key] = person
        if len(seen) == count:
            break
    return list(seen.values())
