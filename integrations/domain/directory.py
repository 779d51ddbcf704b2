"""People and their sites as Halo keeps them, for looking somebody up and for writing to Quoter."""

from integrations.domain.record import Record
from integrations.domain.text import fold

_PHONE_MARKS = " -().+/"


class PostalLines(Record):
    """Halo's address: lines whose use is each tenant's habit, and a postcode (halo.md 3.2)."""

    line1: str = ""
    line2: str = ""
    line3: str = ""
    line4: str = ""
    postcode: str = ""

    @property
    def filled(self) -> bool:
        """Something stands in it."""
        return any((self.line1, self.line2, self.line3, self.line4, self.postcode))


class HaloSite(Record):
    """A client's site; the country and region of an address are kept here alone (halo.md 3.2)."""

    id: int
    name: str = ""
    client_id: int | None = None
    client_name: str = ""
    country_code: str = ""
    country: str = ""
    region: str = ""
    address: PostalLines = PostalLines()
    inactive: bool = False


class Phone(Record):
    """A telephone number and what it is for."""

    kind: str
    number: str


class HaloPerson(Record):
    """A Halo user with everything that a person page shows."""

    id: int
    name: str
    first_name: str = ""
    last_name: str = ""
    title: str = ""
    emails: tuple[str, ...] = ()
    """Primary address first."""
    phones: tuple[Phone, ...] = ()
    site_id: int | None = None
    site_name: str = ""
    client_id: int | None = None
    client_name: str = ""
    inactive: bool = False
    placeholder: bool = False
    prospect: bool = False
    """Their client is no customer yet (Halo: is_prospect, in newer versions)."""
    address: PostalLines = PostalLines()
    """The person's own, where Halo says one; else the site's is used."""

    @property
    def email(self) -> str:
        """The primary address."""
        return self.emails[0] if self.emails else ""

    @property
    def label(self) -> str:
        """Name, id and client, as messages show it."""
        return f"{self.name}, id {self.id}" + (f" at {self.client_name}" if self.client_name else "")

    @property
    def names(self) -> tuple[str, str]:
        """First and last name; where Halo has only the whole one, its last word is the last name."""
        if self.first_name or self.last_name:
            return self.first_name, self.last_name
        first, _, last = self.name.rpartition(" ")
        return (first, last) if first else (last, "")


def search_text(person: HaloPerson) -> str:
    """Return what a person is found by: each word after a blank, telephone numbers as bare digits."""
    words = [person.name, *person.emails, person.client_name, person.site_name]
    numbers = [digits(phone.number) for phone in person.phones]
    return " " + " ".join(dict.fromkeys(fold(text) for text in (*words, *numbers) if text))


def search_words(query: str) -> tuple[str, ...]:
    """Return the parts of a query that must all be found; a telephone number is one, however it is written."""
    folded = fold(query)
    number = digits(folded)
    if len(number) >= 3 and not folded.strip(_PHONE_MARKS + "0123456789"):
        # A leading zero or country code is written by some and not by others.
        return (number.lstrip("0"),)
    return tuple(folded.split())


def digits(text: str) -> str:
    """Return the digits of a telephone number."""
    return "".join(letter for letter in text if letter.isascii() and letter.isdigit())


def fits(person: HaloPerson, query: str) -> bool:
    """Say whether a person has every part of a query."""
    text = search_text(person)
    return all(word in text for word in search_words(query))
