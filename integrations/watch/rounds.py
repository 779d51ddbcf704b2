"""The rounds that the portal makes each minute: is anything wrong with itself, and is there anything to tell?"""

from django.utils import timezone

from integrations.connect.ledger import forget_spent
from integrations.notify.outbox import catch_up, forget_old, send_due
from integrations.watch.troubles import look


def make_rounds() -> str:
    """Look, catch up and send; called by the worker, and by the supervisor while the worker is away."""
    now = timezone.now()
    wrong = look(now=now)
    catch_up(now=now)
    sent = send_due(now=now)
    forget_old(now=now)
    forget_spent(now=now.timestamp())
    return f"{len(wrong)} wrong, {sent} sent"
