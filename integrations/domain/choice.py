"""The three answers of every search for *the* one: found, not there, or not for a machine to say."""

from integrations.domain.record import Record


class Candidate(Record):
    """One possible answer, as a person sees it."""

    id: int
    name: str
    detail: str = ""
    reason: str = ""
    """Why it is a candidate, or why it lost."""


class Match(Record):
    """Exactly one fits."""

    id: int
    rule: str
    why: str
    losers: tuple[Candidate, ...] = ()


class NoMatch(Record):
    """Nothing fits."""

    why: str
    losers: tuple[Candidate, ...] = ()


class Ambiguous(Record):
    """Several fit equally: never "the first"."""

    why: str
    candidates: tuple[Candidate, ...]


Choice = Match | NoMatch | Ambiguous


class Problem(Record):
    """A reason why a person has to act before the quote can go on."""

    code: str
    message: str
    hint: str
    subject: str
    """What it is about, so that the same cause of many deliveries is one issue."""
    candidates: tuple[Candidate, ...] = ()
    line_id: str = ""
