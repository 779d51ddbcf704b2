"""Which state of a quote is the newest: the sync asks it, and so does the preview."""

from integrations.models import WebhookDelivery


def newer_state(mine: WebhookDelivery) -> str:
    """Name the newer state of this quote that has arrived, or that Halo already shows; else ""."""
    link = mine.link
    others = WebhookDelivery.objects.filter(link=mine.link_id).exclude(pk=mine.pk).defer("data")
    newer = [other for other in others if (other.position, other.pk) > (mine.position, mine.pk)]
    if newer:
        newest = max(newer, key=lambda other: (other.position, other.pk))
        return f"{newest.quote_status}, received {newest.received_at:%Y-%m-%d %H:%M} UTC (delivery {newest.pk})"
    if link is not None and link.applied_position > mine.position:
        return f"{link.applied_status}, which Halo already shows"
    return ""
