"""The doctor's own rounds: every six hours, and after settings changed; what is red becomes a cause."""

from collections.abc import Sequence
from dataclasses import asdict
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import F, Q

from integrations.connect.budget import Lane, wait_for_room
from integrations.errors import DoctorFound
from integrations.lookup.doctor import Report, examine
from integrations.lookup.finding import Finding, Grade
from integrations.models import Checkup, Integration, Issue
from integrations.models.pausing import at_work
from integrations.sync.surroundings import Surroundings

EVERY = timedelta(hours=6)
# What was red is looked at again sooner: its cause should close soon after it is repaired.
RED_EVERY = timedelta(minutes=30)
# A look costs about so many requests, from what copies and checks may spend.
REQUESTS_A_LOOK = 15
_CLAIM = timedelta(minutes=5)
_SUBJECT = "doctor"


def look_where_due() -> str:
    """Look at the integrations whose time has come; return what was found for the task log."""
    surroundings = Surroundings()
    said = [_look(integration, surroundings) for integration in due(now=surroundings.now())]
    return "; ".join(text for text in said if text) or "none due"


def due(*, now: datetime) -> list[Integration]:
    """Return the integrations to look at: at work, and not looked at since their settings were saved."""
    old = Q(checkup__examined_at__lt=now - EVERY) | Q(
        checkup__grade=Grade.BAD.value, checkup__examined_at__lt=now - RED_EVERY
    )
    never = Q(checkup=None) | Q(checkup__examined_at=None)
    changed = Q(checkup__examined_at__lt=F("updated_at"))
    free = Q(checkup=None) | Q(checkup__claimed_until=None) | Q(checkup__claimed_until__lt=now)
    rows = Integration.objects.filter(at_work(now), old | never | changed, free).exclude(halo_client_id="")
    return list(rows.order_by("pk"))


def _look(integration: Integration, surroundings: Surroundings) -> str:
    now = surroundings.now()
    if wait_for_room(integration, Lane.RECONCILIATION, requests=REQUESTS_A_LOOK, now=now.timestamp()):
        return ""
    Checkup.objects.get_or_create(integration=integration)
    free = Checkup.objects.filter(Q(claimed_until=None) | Q(claimed_until__lt=now), integration=integration)
    if not free.update(claimed_until=now + _CLAIM):
        return ""
    report = checkup(integration, surroundings=surroundings, lane=Lane.RECONCILIATION)
    return f"{integration}: {report.grade}"


def checkup(integration: Integration, *, surroundings: Surroundings, lane: Lane = Lane.PERSON) -> Report:
    """Have the doctor look, keep what was found, and open or close its cause."""
    report = examine(integration, surroundings=surroundings, lane=lane)
    with transaction.atomic():
        before = Checkup.objects.filter(integration=integration).first()
        Checkup.objects.update_or_create(
            integration=integration,
            defaults={
                "examined_at": report.at,
                "grade": report.grade.value,
                "findings": [asdict(finding) for finding in report.findings],
                "claimed_until": None,
            },
        )
        fresh = Integration.objects.get(pk=integration.pk)
        # Off, paused or held back: that is said elsewhere, and nothing of it is new to anybody.
        if Integration.objects.filter(at_work(report.at), pk=fresh.pk).exists():
            _report(fresh, report, red_before=before is not None and before.grade == Grade.BAD)
    return report


def last_checkup(integration: Integration) -> Checkup | None:
    """Return what the doctor found last; None where it has not looked."""
    return Checkup.objects.filter(integration=integration, examined_at__isnull=False).first()


def _report(integration: Integration, report: Report, *, red_before: bool) -> None:
    red = [finding for finding in report.findings if finding.grade is Grade.BAD]
    if not red:
        for issue in Issue.objects.filter(
            integration=integration, code=DoctorFound.code, subject=_SUBJECT, closed_at=None
        ):
            issue.stand_down(at=report.at)
    # What may pass by itself, such as one lost answer, has to be there at the second look.
    elif red_before or not all(finding.passing for finding in red):
        Issue.report(
            integration,
            code=DoctorFound.code,
            subject=_SUBJECT,
            message=_sentence(red),
            hint=DoctorFound.hint,
            at=report.at,
            stands_alone=True,
        )


def _sentence(red: Sequence[Finding]) -> str:
    first = red[0]
    more = f" {len(red) - 1} more on the doctor's page." if len(red) > 1 else ""
    return f"The doctor found: {first.title}: {first.sentence}{more}"
