"""The doctor: everything a quote's way depends on, looked at one by one; nothing is left behind."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime

from integrations.connect import Lane, Purpose, connect_halo
from integrations.errors import NotFound, PermissionMissing, PortalError
from integrations.halo.client import HaloClient
from integrations.halo.people import PeopleClient
from integrations.lookup.connection import READS, WORRYING_SKEW_S, clock_skew
from integrations.lookup.doctor_here import examine_here
from integrations.lookup.finding import Finding, Grade, bad, day, good, unsure, worst
from integrations.lookup.halo import HaloLists
from integrations.models import HaloToken, Integration, QuoteLink, WriteIntent
from integrations.models.opportunity_policy import STAGES
from integrations.models.quote_policy import STATUS_FIELDS
from integrations.sync.surroundings import Surroundings

_GRANT = "In Halo, give the API application and its agent this permission, then look again."
_OPPORTUNITY_STATUSES = tuple(f"opportunity_status_{stage}" for stage in STAGES)
# The keys under which the writes are on record; what has gone through once is proven.
_WRITES = (
    ("Write products", "edit:items", "product", "item:"),
    ("Write sales orders", "edit:sos", "sales order", "sales order:"),
)


@dataclass(frozen=True)
class Report:
    """All rows and when they were looked at."""

    findings: tuple[Finding, ...]
    at: datetime

    @property
    def grade(self) -> Grade:
        """The worst of all."""
        return worst(self.findings)


def examine(integration: Integration, *, surroundings: Surroundings, lane: Lane = Lane.PERSON) -> Report:
    """Look at an integration and keep the verdict; a fault is a row, never an exception."""
    now = surroundings.now()
    rows = [*_in_halo(integration, surroundings, lane), *examine_here(integration, now=now)]
    report = Report(tuple(rows), at=now)
    Integration.objects.filter(pk=integration.pk).update(checked_at=now, check_grade=report.grade.value)
    return report


def _in_halo(integration: Integration, surroundings: Surroundings, lane: Lane) -> Iterator[Finding]:
    dates: list[tuple[float, str]] = []
    try:
        # A fresh sign-in: a token that is still good would hide credentials that are not.
        HaloToken.objects.filter(integration=integration).delete()
        client = connect_halo(
            integration,
            lane=lane,
            purpose=Purpose.DOCTOR,
            record=lambda call: dates.append((call.started_at + call.elapsed_s, call.date)),
            clock=surroundings.clock,
            sleep=surroundings.sleep,
        )
        with closing(client):
            agent = client.who_am_i()
            yield good("Sign-in", f"Halo accepts it{f', as the agent {agent}' if agent else ''}.")
            yield from _reading(client)
            yield from _writing(client, integration)
            yield from _lists(client, integration)
    except PortalError as exc:
        field = exc.subject if "halo_" in exc.subject else ""
        yield bad("Sign-in", exc.user_message, _now(exc), field=field, passing=exc.retryable)
        yield unsure(
            "Rights in Halo", "They were not looked at, for the sign-in fails.", "Repair the sign-in first."
        )
    yield from _clocks(dates)


def _now(error: PortalError) -> str:
    return "Look again in a minute." if error.retryable else error.way_out


def _reading(client: HaloClient) -> Iterator[Finding]:
    for name, permission, read in READS:
        title = f"Read {name}"
        try:
            read(client)
        except (PermissionMissing, NotFound):
            missing = f"{permission} is missing" if permission else "the agent may not see them"
            yield bad(title, f"The API application may not read {name}: {missing}.", _GRANT)
        except PortalError as exc:
            yield unsure(title, exc.user_message, "Look again in a minute.")
        else:
            yield good(title, f"Halo shows {name} to the portal.")


def _writing(client: HaloClient, integration: Integration) -> Iterator[Finding]:
    yield _quotes(client, integration)
    for title, permission, what, prefix in _WRITES:
        done = WriteIntent.objects.filter(integration=integration, key__startswith=prefix, state="done")
        last = done.order_by("-created_at").first()
        if last is not None:
            yield good(title, f"The last {what} was made on {day(last.created_at)}.")
        else:
            yield unsure(
                title,
                f"Whether the portal may make a {what} cannot be proven without making one.",
                f"See in Halo that the API application has {permission}; the first one made proves it.",
            )


def _quotes(client: HaloClient, integration: Integration) -> Finding:
    title = "Write quotes"
    link = QuoteLink.objects.filter(integration=integration, halo_quote_id__isnull=False).first()
    if link is None or link.halo_quote_id is None:
        return unsure(
            title,
            "Whether the portal may write quotes cannot be proven before it has written one.",
            "See in Halo that the API application has edit:quotes; the first quote proves it.",
        )
    try:
        # Its own quote and no field at all: should a Halo not know `_validateonly`, nothing changes either [U].
        client.save_quote({"id": link.halo_quote_id, "_validateonly": True})
    except PermissionMissing:
        return bad(title, "The API application may not write quotes: edit:quotes is missing.", _GRANT)
    except PortalError as exc:
        return unsure(title, exc.user_message, _now(exc))
    return good(title, f"Halo would take a change of quote {link.halo_quote_id}; none was made.")


def _lists(client: PeopleClient, integration: Integration) -> Iterator[Finding]:
    try:
        lists = HaloLists(groups=client.product_groups(), statuses=client.quote_statuses())
    except PortalError as exc:
        text = "They could not be compared with Halo's lists"
        yield unsure("Statuses and product groups", f"{text}: {exc.user_message}", _now(exc))
        return
    yield _statuses(integration, dict(lists.statuses))
    yield from _groups(integration, dict(lists.groups))
    yield from _opportunity_choices(client, integration)


def _statuses(integration: Integration, known: dict[int, str]) -> Finding:
    title = "Quote statuses"
    chosen = {name: getattr(integration, name) for name in STATUS_FIELDS}
    unknown = {name: value for name, value in chosen.items() if value is not None and value not in known}
    if unknown:
        name, value = next(iter(unknown.items()))
        state = name.removeprefix("status_")
        way_out = "Choose one under Read from Halo."
        return bad(title, f"Status {value}, set for {state} quotes, is none of Halo's.", way_out, field=name)
    for name in ("status_pending", "status_accepted", "status_lost"):
        if chosen[name] is None:
            state = name.removeprefix("status_")
            text = f"No status is chosen for {state} quotes, so Halo keeps the one it has."
            return unsure(title, text, "Choose one under Read from Halo, unless this is meant.", field=name)
    return good(
        title, f"Pending is {known[chosen['status_pending']]}, accepted is {known[chosen['status_accepted']]}."
    )


def _opportunity_choices(client: PeopleClient, integration: Integration) -> Iterator[Finding]:
    """Compare the chosen ticket types and opportunity statuses with Halo's, where any is chosen."""
    statuses = [name for name in _OPPORTUNITY_STATUSES if getattr(integration, name) is not None]
    types = [name for name in ("opportunity_type", "lead_type") if getattr(integration, name) is not None]
    pairs: tuple[tuple[str, list[str], Callable[[], set[int]]], ...] = (
        ("Ticket types", types, lambda: {one.id for one in client.ticket_types()}),
        ("Opportunity statuses", statuses, lambda: {id_ for id_, _ in client.opportunity_statuses()}),
    )
    for title, names, read in pairs:
        if not names:
            continue
        try:
            known = read()
        except PortalError as exc:
            yield unsure(title, f"They could not be compared with Halo's: {exc.user_message}", _now(exc))
            continue
        gone = [name for name in names if getattr(integration, name) not in known]
        if gone:
            text = f"{getattr(integration, gone[0])} is none of Halo's."
            yield bad(title, text, "Choose one under Read from Halo.", field=gone[0])
        else:
            yield good(title, "All that are chosen are in Halo.")


def _groups(integration: Integration, known: dict[int, str]) -> Iterator[Finding]:
    title, default = "Default product group", integration.default_product_group
    if default is None:
        text = "None is set, so new products of categories that are not mapped wait for you."
        yield unsure(
            title, text, "Choose one under Read from Halo, unless this is meant.", field="default_product_group"
        )
    elif default not in known:
        text = f"Group {default} is none of Halo's product groups."
        yield bad(title, text, "Choose one under Read from Halo.", field="default_product_group")
    else:
        yield good(title, f"New products go into {known[default]} unless their category is mapped.")
    mapped = list(integration.product_groups.values_list("category", "halo_group_id"))
    gone = [f"{category} (group {group})" for category, group in mapped if group not in known]
    if gone:
        text = f"These categories are mapped to groups that Halo does not have: {', '.join(gone)}."
        yield bad("Mapped product groups", text, "Map them to other groups.", field="product_groups-group")
    elif mapped:
        text = "The mapped group is" if len(mapped) == 1 else f"All {len(mapped)} mapped groups are"
        yield good("Mapped product groups", f"{text} in Halo.")


def _clocks(dates: list[tuple[float, str]]) -> Iterator[Finding]:
    if not any(text for _, text in dates):
        return
    skew = clock_skew(dates)
    if abs(skew) > WORRYING_SKEW_S:
        side = "ahead of" if skew > 0 else "behind"
        text = f"This machine's clock is {abs(skew):.0f} seconds {side} Halo's."
        yield bad("Clock", text, "Set it by NTP: webhooks are refused beyond 300 seconds.")
    else:
        yield good("Clock", f"It differs from Halo's by {abs(skew):.0f} s.")
