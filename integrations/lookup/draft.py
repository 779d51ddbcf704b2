"""Start a quote: a draft in Quoter whose notes name the opportunity, so that the webhook needs no decision."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.contrib.auth.models import AbstractBaseUser

from integrations.domain.directory import HaloPerson
from integrations.domain.snapshot import HaloOpportunity
from integrations.domain.text import fold
from integrations.errors import AnswerLost, NotFound, PortalError
from integrations.halo.people import PeopleClient
from integrations.lookup.person import ask_halo, read_person
from integrations.lookup.push import Pushed, claim, push_person, talk_to_quoter
from integrations.models import Integration, StartedQuote
from integrations.quoter.shared import Draft, DraftOrder, QuoterClient, Template

DRAFT_PATH = "/admin/quotes/draft_by_public_id/"
# A request that began earlier than this can no longer be under way.
_SETTLED = timedelta(seconds=75)


class NotStarted(PortalError):
    """The draft cannot be made, or not now."""

    code = "not_started"


@dataclass(frozen=True)
class Wish:
    """What somebody chose; `ref` is the form's own, so that sending it twice makes one draft."""

    user_id: int
    opportunity_id: int
    template_id: str
    ref: str
    by: AbstractBaseUser
    now: datetime


def read_templates(integration: Integration) -> tuple[Template, ...]:
    """Return the templates of an account. Raises PortalError in words."""
    with talk_to_quoter(integration) as quoter:
        return quoter.templates()


def start_quote(integration: Integration, wish: Wish) -> StartedQuote:
    """Make the draft, or return the one that this wish has made. Raises PortalError in words."""
    known = StartedQuote.objects.filter(ref=wish.ref).first()
    if known is not None and known.state == StartedQuote.State.MADE:
        return known
    with ask_halo(integration) as halo:
        person, site = read_person(halo, wish.user_id)
        opportunity = _read_opportunity(halo, person, wish.opportunity_id)
    with talk_to_quoter(integration) as quoter:
        pushed = push_person(quoter, integration, person, site, by=wish.by, now=wish.now)
        template = next((t for t in quoter.templates() if t.id == wish.template_id), None)
        if template is None:
            raise NotStarted("Quoter has no such template any more.", hint="Choose another one.")
        with claim(f"draft {wish.ref}", now=wish.now):
            return _make(quoter, integration, wish, pushed, opportunity, template)


def _read_opportunity(halo: PeopleClient, person: HaloPerson, opportunity_id: int) -> HaloOpportunity:
    try:
        found = halo.get_opportunity(opportunity_id)
    except NotFound as exc:
        raise NotStarted(exc.user_message, hint="Choose another opportunity.") from exc
    if found.deleted or found.closed or not found.is_opportunity:
        what = (
            "was deleted" if found.deleted else "is closed" if found.closed else "is a ticket, not an opportunity"
        )
        raise NotStarted(f"Halo's {found.label} {what}.", hint="Choose an open opportunity.")
    if None not in (found.client_id, person.client_id) and found.client_id != person.client_id:
        whose = found.client_name or found.client_id
        raise NotStarted(
            f"Opportunity {found.label} belongs to {whose}, not to {person.client_name}.",
            hint="Choose an opportunity of the person's client.",
        )
    return found


def _make(
    quoter: QuoterClient,
    integration: Integration,
    wish: Wish,
    pushed: Pushed,
    opportunity: HaloOpportunity,
    template: Template,
) -> StartedQuote:
    order = DraftOrder(pushed.contact, template.id, _notes(wish, pushed, opportunity), f"ref {wish.ref}")
    row, created = StartedQuote.objects.get_or_create(
        ref=wish.ref,
        defaults={
            "integration": integration,
            "email": fold(pushed.contact.email),
            "halo_user_id": pushed.person.id,
            "halo_user_name": pushed.person.name[:300],
            "halo_opportunity_id": opportunity.id,
            "opportunity_summary": opportunity.summary[:300],
            "template_title": template.title[:300],
            "marked": quoter.carries_notes,
            "created_by_id": wish.by.pk,
            "created_at": wish.now,
        },
    )
    if not created:
        return _look_again(quoter, row, order, now=wish.now)
    return _ask(quoter, row, order)


def _notes(wish: Wish, pushed: Pushed, opportunity: HaloOpportunity) -> str:
    """Return the internal notes: the marker that the sync reads, then words for people."""
    who = f"{pushed.person.name} (Halo user {pushed.person.id})"
    return (
        f"[Halo #{opportunity.id}]\nStarted in the portal for {who} by {wish.by.get_username()}, ref {wish.ref}."
    )


def _ask(quoter: QuoterClient, row: StartedQuote, order: DraftOrder) -> StartedQuote:
    try:
        draft = _create(quoter, order)
    except AnswerLost as exc:
        StartedQuote.objects.filter(pk=row.pk).update(state=StartedQuote.State.UNKNOWN)
        raise NotStarted(
            "Quoter gave no answer, so the draft may or may not be there.",
            hint="Press the button again: the portal looks first."
            if quoter.carries_notes
            else "Look in Quoter before you start it again.",
        ) from exc
    except PortalError:
        row.delete()  # refused, or never sent: there is nothing to look for
        raise
    return _keep(row, draft)


def _create(quoter: QuoterClient, order: DraftOrder) -> Draft:
    try:
        return quoter.create_draft(order)
    except AnswerLost:
        found = quoter.find_draft(order)
        if found is None:
            raise
        return found


def _look_again(quoter: QuoterClient, row: StartedQuote, order: DraftOrder, *, now: datetime) -> StartedQuote:
    """Go on with a wish whose end is not known: look first, ask again only when it can no longer land."""
    draft = quoter.find_draft(order)
    if draft is not None:
        return _keep(row, draft)
    if not quoter.carries_notes:
        raise NotStarted(
            "Whether Quoter made this draft cannot be told.", hint="Look in Quoter; then start a new one."
        )
    if row.created_at > now - _SETTLED:
        raise NotStarted("Quoter may still be at work on this draft.", hint="Press the button again in a minute.")
    row.created_at = now
    row.save(update_fields=["created_at"])
    return _ask(quoter, row, order)


def _keep(row: StartedQuote, draft: Draft) -> StartedQuote:
    row.state, row.quoter_id, row.quoter_uuid = StartedQuote.State.MADE, draft.id, draft.uuid
    web = row.integration.quoter_web()
    row.url = draft.url or (f"{web}{DRAFT_PATH}{draft.id}" if web else "")
    row.save(update_fields=["state", "quoter_id", "quoter_uuid", "url"])
    return row
