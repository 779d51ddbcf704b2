"""What an attempt leaves on the link and on its own row: who and what was chosen, and what Halo now shows."""

from integrations.domain.choice import Match
from integrations.domain.plan import Plan
from integrations.domain.quote import Quote
from integrations.domain.snapshot import HaloQuote, HaloUser, Snapshot
from integrations.domain.text import fold
from integrations.models import PersonLink
from integrations.sync.claim import Lease
from integrations.sync.record import as_json
from integrations.sync.started import settle_started


def remember_choices(lease: Lease, plan: Plan, snapshot: Snapshot) -> None:
    """Keep who and what was chosen on the quote's link, for people to read."""
    values: dict[str, object] = {}
    users = [user for user in (snapshot.linked_user, *snapshot.users) if user]
    if isinstance(plan.person, Match):
        user = next(user for user in users if user.id == plan.person.id)
        values |= {"halo_user_id": user.id, "halo_user_name": user.label[:300]}
        if plan.person.rule == "link" and user.client_id is not None:
            _remember_client(lease, user)
    if isinstance(plan.opportunity, Match):
        values["opportunity_source"] = plan.opportunity.why[:300]
        if plan.opportunity.rule == "lead":
            values["halo_opportunity_id"] = plan.opportunity.id  # found again after a lost answer
        settle_started(lease, opportunity_id=plan.opportunity.id)
    if values:
        lease.update_link(**values)


def _remember_client(lease: Lease, user: HaloUser) -> None:
    """Keep with a new link where its user was, so that a change of client is noticed later."""
    delivery = lease.delivery
    links = PersonLink.objects.filter(
        integration=delivery.integration_id, halo_user_id=user.id, halo_client_id=None
    )
    links.filter(email=fold(delivery.contact_email)).update(
        halo_client_id=user.client_id, halo_client_name=user.client_name[:300]
    )


def remember_applied(lease: Lease, quote: Quote, halo_quote: HaloQuote, *, order_id: int | None) -> None:
    """Keep on the link what Halo now shows: the newest state, and the quote as it read."""
    sequence, rank, timestamp = lease.delivery.position
    if order_id is not None:
        lease.update_link(halo_sales_order_id=order_id)
    lease.update_link(
        halo_quote_id=halo_quote.id,
        halo_quote_reference=halo_quote.reference,
        halo_opportunity_id=halo_quote.ticket_id,
        applied_quote_id=quote.id,
        applied_status=quote.status.value,
        applied_sequence=sequence,
        applied_rank=rank,
        applied_timestamp=timestamp,
        last_written=as_json(halo_quote),
    )


def order_id_of(snapshot: Snapshot) -> int | None:
    """Return the sales order that Halo already has of the quote."""
    if snapshot.sales_orders:
        return snapshot.sales_orders[0].id
    return snapshot.quote.sales_order_id if snapshot.quote else None


def halo_ids_of(plan: Plan, snapshot: Snapshot, quote_id: int | None = None, order_id: int | None = None) -> str:
    """Return the Halo ids that an attempt dealt with, so that it is found by any of them."""
    ids = [quote_id or (snapshot.quote.id if snapshot.quote else None), order_id or order_id_of(snapshot)]
    ids += [choice.id for choice in (plan.person, plan.opportunity) if isinstance(choice, Match)]
    ids += [line.item.id for line in plan.lines if line.item]
    return " ".join(dict.fromkeys(str(id_) for id_ in ids if id_ is not None))[:500]
