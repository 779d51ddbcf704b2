"""An address of Halo as Quoter takes it: which line is what is the integration's own mapping (halo.md 3.2)."""

import re

from integrations.domain.directory import HaloPerson, HaloSite, PostalLines
from integrations.domain.places import country_code, region_code
from integrations.domain.quote import Address
from integrations.domain.record import Record

_LINES = ("line1", "line2", "line3", "line4")
# A postcode, as far as one can be told by its looks: British, Canadian, Dutch, and four or five digits alone.
_POSTCODE = re.compile(
    r"[A-Z]{1,2}\d[A-Z\d]? ?\d[A-Z]{2}|[A-Z]\d[A-Z] ?\d[A-Z]\d|\d{4} ?[A-Z]{2}|\d{5}(-\d{4})?|\d{4}", re.IGNORECASE
)


class AddressRules(Record):
    """How one integration's Halo keeps addresses, and what stands in where a country or region is missing."""

    fields: dict[str, str] = {}
    """Quoter address field → Halo address field."""
    default_country: str = ""
    default_region: str = ""


class MappedAddress(Record):
    """An address for Quoter, what it lacks, and what looks wrong about it."""

    address: Address
    missing: tuple[str, ...] = ()
    """“country”, “region”: Quoter cannot take the address without them."""
    completed: tuple[str, ...] = ()
    """Which of them came from the integration's defaults."""
    doubts: tuple[str, ...] = ()


def lines_of(person: HaloPerson, site: HaloSite | None) -> PostalLines:
    """Return a person's own address, else their site's."""
    return person.address if person.address.filled or site is None else site.address


def map_address(lines: PostalLines, site: HaloSite | None, rules: AddressRules) -> MappedAddress:
    """Return Quoter's address for Halo's lines and the site's country and region."""
    country = country_code(site.country_code, site.country) if site else ""
    region = region_code(site.region, country) if site else ""
    completed = []
    if not country and rules.default_country:
        country = rules.default_country.upper()
        completed.append("country")
    if not region and rules.default_region:
        region = rules.default_region
        completed.append("region")
    texts = {quoter: str(getattr(lines, halo)) for quoter, halo in rules.fields.items() if hasattr(lines, halo)}
    address = Address(
        **{name: texts.get(name, "") for name in ("line1", "line2", "line3", "city", "postal_code")},
        region_code=region,
        region=site.region if site and site.region else region,
        country_code=country,
        country=site.country if site and site.country else country,
    )
    missing = tuple(name for name, value in (("country", country), ("region", region)) if not value)
    return MappedAddress(
        address=address, missing=missing, completed=tuple(completed), doubts=find_doubts(lines, rules)
    )


def find_doubts(lines: PostalLines, rules: AddressRules) -> tuple[str, ...]:
    """Say what does not fit the mapping: people fill the lines by habit, and habits differ."""
    if not lines.filled:
        return ("It has no address.",)
    source = {halo: quoter for quoter, halo in rules.fields.items()}
    doubts = []
    for name in _LINES:
        text = getattr(lines, name)
        if text and name not in source:
            doubts.append(f"Line {name[-1]}, “{text}”, goes nowhere.")
        elif text and _POSTCODE.fullmatch(text.strip()) and source[name] != "postal_code":
            doubts.append(f"Line {name[-1]}, “{text}”, looks like a postcode.")
        elif text and source[name] == "city" and re.search(r"\d", text):
            doubts.append(f"Line {name[-1]}, “{text}”, should be the city.")
    halo_city, halo_code = rules.fields.get("city"), rules.fields.get("postal_code")
    if halo_city and not getattr(lines, halo_city, "x"):
        doubts.append("The city is empty.")
    if halo_code and not getattr(lines, halo_code, "x"):
        doubts.append("The postcode is empty.")
    return tuple(doubts)


def refusal(person: HaloPerson, mapped: MappedAddress) -> str:
    """Return the sentence for an address that Quoter cannot take; "" where it can."""
    if not mapped.missing:
        return ""
    what = " and ".join(mapped.missing)
    verb = "are" if len(mapped.missing) > 1 else "is"
    return f"{person.name} cannot be sent to Quoter: the {what} of their site in Halo {verb} missing."
