"""What search results and a person's page show."""

from dataclasses import dataclass
from typing import Any

from django.urls import reverse
from django.utils import timezone
from django.utils.safestring import SafeString

from integrations.admin import show
from integrations.admin.base import change_url
from integrations.admin.person_notes import notes_on
from integrations.admin.quote_links import halo_opportunity_url, halo_user_url, links_of
from integrations.admin.rows import delivery_rows
from integrations.connect.quoter import quoter_is_connected
from integrations.domain.opportunities import RankedOpportunity
from integrations.domain.postal import lines_of, map_address, refusal
from integrations.domain.quote import Address
from integrations.domain.text import fold
from integrations.lookup.person import PersonDetails
from integrations.lookup.search import ASK_HALO_FROM, Found
from integrations.models import Integration, QuoteLink, StartedQuote, WebhookDelivery


@dataclass(frozen=True)
class HitView:
    """One result."""

    url: str
    name: str
    place: str
    reach: str
    inactive: bool
    where: str


@dataclass(frozen=True)
class OpportunityView:
    """One open opportunity."""

    id: int
    url: str
    summary: str
    whose: str
    value: str
    stage: str
    age: str

    @property
    def text(self) -> str:
        """What it is found by."""
        return fold(f"#{self.id} {self.summary} {self.whose} {self.stage} {self.value}")


@dataclass(frozen=True)
class QuoteView:
    """One of the person's quotes."""

    url: str
    name: str
    title: str
    status: str
    opportunity: str
    halo_quote: str
    when: SafeString | str


def view_hits(query: str, found: Found) -> dict[str, Any]:
    """Return the context of `integrations/people_results.html`."""
    several = Integration.objects.filter(enabled=True).count() > 1
    hits = [
        HitView(
            url=reverse("people:person", args=[hit.integration.pk, hit.person.id]),
            name=hit.person.name or hit.person.email or f"User {hit.person.id}",
            place=_join(hit.person.client_name, hit.person.site_name if _says_more(hit.person.site_name) else ""),
            reach=_join(hit.person.email, hit.person.phones[0].number if hit.person.phones else ""),
            inactive=hit.person.inactive,
            where=hit.integration.name if several else "",
        )
        for hit in found.hits
    ]
    return {
        "query": query.strip(),
        "hits": hits,
        "more": found.more,
        "asked_halo": found.asked_halo,
        "trouble": found.trouble,
        "too_short": len(fold(query)) < ASK_HALO_FROM,
    }


def person_page(details: PersonDetails, *, find: str = "") -> dict[str, Any]:
    """Return the context of `integrations/person.html`."""
    person, integration = details.person, details.integration
    return {
        "person": person,
        "integration": integration,
        "trouble": details.trouble,
        "from_copy": details.from_copy,
        "halo_url": halo_user_url(integration, person.id),
        "facts": _facts(details),
        "opportunities": view_opportunities(details, find=find),
        "find": find,
        **_for_quoter(details),
        "quotes": [_view_quote(link, integration) for link in details.quotes],
        "waiting": delivery_rows(details.waiting),
        "link": details.link,
        "link_url": change_url(details.link) if details.link else "",
        "notes": notes_on(details),
        "link_elsewhere": details.link is not None and details.link.halo_user_id != person.id,
    }


def view_opportunities(details: PersonDetails, *, find: str = "") -> list[OpportunityView]:
    """Return the open opportunities as rows; `find` keeps those with all of its words."""
    rows = [_view_opportunity(one, details) for one in details.opportunities]
    words = fold(find).split()
    return [row for row in rows if all(word in row.text for word in words)]


def _for_quoter(details: PersonDetails) -> dict[str, Any]:
    """Return what the buttons need: whether they can work, and the address that would be sent."""
    person, site = details.person, details.site
    mapped = map_address(lines_of(person, site), site, details.integration.address_rules())
    started = StartedQuote.objects.filter(
        integration=details.integration, halo_user_id=person.id, link=None, state=StartedQuote.State.MADE
    )
    return {
        "address": show_address(mapped.address),
        "address_completed": " and ".join(mapped.completed),
        "address_refusal": refusal(person, mapped),
        "address_doubts": mapped.doubts,
        "connected": quoter_is_connected(details.integration),
        "integration_url": change_url(details.integration),
        "started": list(started.select_related("created_by")[:5]),
    }


def show_address(address: Address) -> str:
    """Return an address in one line."""
    parts = (address.line1, address.line2, address.line3, address.city, address.region_code, address.postal_code)
    return ", ".join(part for part in (*parts, address.country_code) if part)


def _facts(details: PersonDetails) -> list[tuple[str, str]]:
    person, site = details.person, details.site
    own = person.address if person.address.filled else site.address if site else person.address
    country = (site.country or site.country_code) if site else ""
    lines = [own.line1, own.line2, own.line3, own.line4, own.postcode, site.region if site else "", country]
    pairs = [
        ("Client", person.client_name),
        ("Site", person.site_name),
        ("Title", person.title),
        *(("E-mail" if not index else "Further e-mail", email) for index, email in enumerate(person.emails)),
        *((f"{phone.kind} phone", phone.number) for phone in person.phones),
        ("Address in Halo", ", ".join(line for line in lines if line)),
    ]
    return [(label, text) for label, text in pairs if text]


def _view_opportunity(one: RankedOpportunity, details: PersonDetails) -> OpportunityView:
    opportunity, person = one.opportunity, details.person
    if one.mine:
        whose = "Their own"
    elif opportunity.site_id is not None and opportunity.site_id == person.site_id:
        whose = "Their site’s"
    else:
        whose = "Their client’s"
    by = opportunity.user_name
    started = opportunity.created
    days = (timezone.localdate() - started).days if started else None
    return OpportunityView(
        id=opportunity.id,
        url=halo_opportunity_url(details.integration, opportunity.id),
        summary=opportunity.summary or f"Opportunity {opportunity.id}",
        whose=whose if one.mine or not by else f"{whose}, {by}",
        value=f"{opportunity.value:,.2f}" if opportunity.value else "",
        stage=opportunity.stage or opportunity.status_name,
        age="" if days is None else "today" if days < 1 else "1 day" if days == 1 else f"{days} days",
    )


def _view_quote(link: QuoteLink, integration: Integration) -> QuoteView:
    newest = WebhookDelivery.objects.filter(link=link).only("pk", "quote_status").first()
    outside = links_of(link, integration)
    return QuoteView(
        url=change_url(newest) if newest else change_url(link),
        name=str(link),
        title=link.name,
        status=(newest.quote_status if newest else link.applied_status).capitalize(),
        opportunity=f"#{link.halo_opportunity_id}" if link.halo_opportunity_id else "",
        halo_quote=next((found.label for found in outside if found.label.startswith("Halo quote")), ""),
        when=show.moment(link.updated_at),
    )


def _join(*parts: str) -> str:
    return " · ".join(part for part in parts if part)


def _says_more(site_name: str) -> bool:
    """Most clients have one site, called Main: that tells nobody anything."""
    return fold(site_name) not in ("", "main")
