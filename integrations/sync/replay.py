"""Syncing again on purpose: with which settings, from where, and what is there already and is not made again."""

from dataclasses import dataclass

from integrations.choices import IntentState, Stage, Trigger
from integrations.models import QuoteLink, SettingsVersion, SyncStep, WebhookDelivery, WriteIntent
from integrations.sync.claim import Lease
from integrations.sync.record import StepNotes

_SHOWN = 30
_KINDS = {"item": "Product", "quote": "Halo quote", "sales order": "Sales order", "pdf": "PDF", "note": "Note"}


@dataclass(frozen=True)
class Made:
    """One object that the portal has made in Halo for this quote."""

    what: str
    halo_id: int | None

    @property
    def label(self) -> str:
        """Kind, name and id."""
        return self.what + (f", id {self.halo_id}" if self.halo_id is not None else "")


def already_made(link: QuoteLink | None) -> list[Made]:
    """Return what earlier attempts made in Halo: a replay finds it by its link or marker and makes no other."""
    if link is None:
        return []
    rows = WriteIntent.objects.filter(link=link, state=IntentState.DONE).order_by("pk")
    found: dict[str, Made] = {}
    for key, halo_id in rows.values_list("key", "halo_id"):
        found[key] = Made(name_of(key), halo_id)
    return list(found.values())[:_SHOWN]


def name_of(key: str) -> str:
    """Return the key of a write in words; see `sync.intents` and `domain.lines.new_item_key` for its form."""
    kind, _, rest = key.partition(":")
    what = _KINDS.get(kind, kind.capitalize())
    if kind != "item":
        return what
    _, by, name = rest.split(":", 2)
    return f"{what} with SKU {name}" if by == "sku" else f"{what} “{name}”"


def stopped_at(delivery: WebhookDelivery) -> str:
    """Return the stage at which the newest attempt did not get through; "" where all went well."""
    attempt = delivery.attempts.order_by("-number").first()
    if attempt is None:
        return ""
    stuck = attempt.steps.exclude(result=SyncStep.Result.OK).order_by("number").first()
    return str(Stage(stuck.stage).label) if stuck else ""


def then_version(delivery: WebhookDelivery) -> SettingsVersion | None:
    """Return the settings that were in force when this delivery was first worked on."""
    first = delivery.attempts.filter(settings_version__isnull=False).order_by("number").first()
    return first.settings_version if first else None


def tell_replay(lease: Lease, notes: StepNotes) -> None:
    """Write into the attempt's record which settings a person chose and what is there already."""
    attempt = lease.attempt
    if attempt.chosen_version and attempt.settings_version is not None:
        version = attempt.settings_version
        day = f"{version.created_at.day} {version.created_at:%B %Y}"
        notes.fact("Settings", f"version {version.number}, first used on {day}, as chosen")
    if attempt.trigger == Trigger.REPLAY:
        for made in already_made(lease.delivery.link):
            notes.fact("There already", f"{made.label}: found again, not made again")
