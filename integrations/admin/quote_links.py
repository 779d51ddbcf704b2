"""Addresses of a quote's objects in Halo and Quoter, for people to open."""

from dataclasses import dataclass

from integrations.errors import AddressRefused
from integrations.halo.address import read_address
from integrations.models import Integration, QuoteLink, QuoteRevision
from integrations.models.integration import QUOTE_PATH


@dataclass(frozen=True)
class OutsideLink:
    """One object; without an address where the settings do not give one."""

    label: str
    url: str = ""


def links_of(link: QuoteLink | None, integration: Integration, *, quote_id: str = "") -> list[OutsideLink]:
    """Return what there is of this quote in both systems."""
    if link is None:
        return []
    found = []
    quoter = _quoter_url(integration, link, quote_id)
    if quoter:
        found.append(OutsideLink("Quote in Quoter", quoter))
    if link.halo_quote_id is not None:
        name = link.halo_quote_reference or link.halo_quote_id
        found.append(OutsideLink(f"Halo quote {name}", halo_quote_url(integration, link.halo_quote_id)))
    if link.halo_opportunity_id is not None:
        url = halo_opportunity_url(integration, link.halo_opportunity_id)
        found.append(OutsideLink(f"Opportunity #{link.halo_opportunity_id}", url))
    if link.halo_sales_order_id is not None:
        url = halo_sales_order_url(integration, link.halo_sales_order_id)
        found.append(OutsideLink(f"Sales order {link.halo_sales_order_id}", url))
    return found


def halo_quote_url(integration: Integration, quote_id: int) -> str:
    """Return a Halo quote's page (halo.md 3.4) [V]."""
    return _halo_url(integration, f"orders?mainview=quotes&quoteid={quote_id}")


def halo_opportunity_url(integration: Integration, opportunity_id: int) -> str:
    """Return an opportunity's page: it opens as any ticket does [R]."""
    return _halo_url(integration, f"ticket?id={opportunity_id}")


def halo_sales_order_url(integration: Integration, order_id: int) -> str:
    """Return a sales order's page, which is built as a quote's [R]."""
    return _halo_url(integration, f"orders?mainview=salesorders&salesorderid={order_id}")


def halo_user_url(integration: Integration, user_id: int) -> str:
    """Return a user's page; the form of the address follows the others [U]."""
    return _halo_url(integration, f"customers?mainview=user&userid={user_id}")


def _halo_url(integration: Integration, page: str) -> str:
    try:
        return read_address(integration.halo_url).link(page)
    except AddressRefused:
        return ""


def _quoter_url(integration: Integration, link: QuoteLink, quote_id: str) -> str:
    web = integration.quoter_web()
    if not web:
        return ""
    revisions = QuoteRevision.objects.filter(link=link, quote_id=quote_id or link.applied_quote_id)
    uuid = revisions.values_list("uuid", flat=True).first()
    return f"{web}{QUOTE_PATH}".replace("{uuid}", uuid) if uuid else ""
