"""What started an attempt, in words."""

from integrations.choices import Trigger
from integrations.models import SettingsVersion, SyncAttempt


def day_of(version: SettingsVersion) -> str:
    """Return the day on which a version was first used, as one says it."""
    return f"{version.created_at.day} {version.created_at:%b %Y}"


def trigger_text(attempt: SyncAttempt) -> str:
    """Return who or what started an attempt; for a replay with which settings.

    Reads `requested_by` and `settings_version`: lists select them along.
    """
    who = attempt.requested_by.get_username() if attempt.requested_by else ""
    if attempt.trigger != Trigger.REPLAY and not attempt.chosen_version:
        label = str(attempt.get_trigger_display())
        return f"{label}, {who}" if who else label
    start = "Replayed" if attempt.trigger == Trigger.REPLAY else str(attempt.get_trigger_display())
    return " ".join(part for part in (start, f"by {who}" if who else "", f"with {settings_text(attempt)}") if part)


def settings_text(attempt: SyncAttempt) -> str:
    """Return which settings an attempt used, from the point of view of its day."""
    version = attempt.settings_version
    if not attempt.chosen_version or version is None:
        return "the settings of the day"
    return f"the settings of {day_of(version)} (version {version.number})"
