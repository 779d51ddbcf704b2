"""Statuses, triggers and stages, with the named sets that queries use."""

from django.db.models import TextChoices


class Kind(TextChoices):
    """What Quoter sent; the payload does not say it, so it is read off its keys (quoter.md 1.8)."""

    QUOTE = "quote", "Quote"
    PERSON = "person", "Person"
    PAYMENT = "payment", "Payment"
    UNKNOWN = "unknown", "Not understood"


class State(TextChoices):
    """Where a delivery stands.

    queued → running → succeeded | unchanged | superseded | ignored | shadowed | needs_attention | failed
                 └──→ retrying → running …   (a transient cause; comes back by itself)
    """

    QUEUED = "queued", "Queued"
    RUNNING = "running", "Running"
    RETRYING = "retrying", "Retrying"
    SUCCEEDED = "succeeded", "Succeeded"
    UNCHANGED = "unchanged", "Unchanged"
    SUPERSEDED = "superseded", "Superseded"
    IGNORED = "ignored", "Ignored"
    SHADOWED = "shadowed", "Compared only"
    NEEDS_ATTENTION = "needs_attention", "Needs attention"
    FAILED = "failed", "Failed"


class Outcome(TextChoices):
    """How an attempt ended: a delivery's states, `running` while it goes on, and `errored` for our own bug."""

    RUNNING = "running", "Running"
    SUCCEEDED = "succeeded", "Succeeded"
    UNCHANGED = "unchanged", "Unchanged"
    SUPERSEDED = "superseded", "Superseded"
    IGNORED = "ignored", "Ignored"
    SHADOWED = "shadowed", "Compared only"
    NEEDS_ATTENTION = "needs_attention", "Needs attention"
    FAILED = "failed", "Failed"
    RETRYING = "retrying", "Will retry"
    ERRORED = "errored", "Portal error"


class Trigger(TextChoices):
    """Who or what started an attempt."""

    WEBHOOK = "webhook", "Webhook"
    RETRY = "retry", "Automatic retry"
    OPERATOR = "operator", "Staff"
    DECISION = "decision", "Decision"
    RECOVERED = "recovered", "Recovered"
    REPLAY = "replay", "Replay"
    COMPARISON = "comparison", "Compared again"
    GO_LIVE = "go_live", "Went live"


class Stage(TextChoices):
    """The stages of an attempt, in order; apply and verify come twice when a sales order is due."""

    PARSE = "parse", "Read the quote"
    OBSERVE = "observe", "Look at Halo"
    PLAN = "plan", "Decide"
    APPLY = "apply", "Write to Halo"
    VERIFY = "verify", "Check Halo"


class IntentState(TextChoices):
    """A write to Halo, from before it is sent until its effect is known.

    open → done | refused
      └──→ unknown → done | refused    (the answer was lost; Halo is asked before anything is repeated)
    """

    OPEN = "open", "Sent, no answer yet"
    UNKNOWN = "unknown", "Answer lost"
    DONE = "done", "Done"
    REFUSED = "refused", "Refused"


class GuardDecision(TextChoices):
    """What becomes of changes that somebody made in Halo since the portal's last write."""

    KEEP_HALO = "keep_halo", "Keep Halo"
    USE_QUOTER = "use_quoter", "Use Quoter"


class PauseScope(TextChoices):
    """What a pause holds back."""

    ALL = "all", "Everything"
    WRITES = "writes", "Only writing to Halo"


class ShadowVerdict(TextChoices):
    """How what the portal would have made compares with what Halo has; see `domain.shadow`."""

    AGREES = "agrees", "Agrees"
    DIFFERS = "differs", "Differs"
    MISSING = "missing", "Not in Halo"
    WOULD_WAIT = "would_wait", "Would need a decision"
    UNCLEAR = "unclear", "Not certain"


class HaloAuth(TextChoices):
    """The two grants of a Halo API application (halo.md 1)."""

    PASSWORD = "password", "Username and password"  # noqa: S105  the grant's name, not a secret
    CLIENT_CREDENTIALS = "client_credentials", "Client ID and secret"


# Work that is waiting or under way; the sweep and the claim look only at these.
DUE = frozenset({State.QUEUED, State.RETRYING})
ACTIVE = DUE | {State.RUNNING}
# Nothing more happens by itself.
FINAL = frozenset(State) - ACTIVE
# What Halo is known to agree with.
AGREED = frozenset({State.SUCCEEDED, State.UNCHANGED})
# A person has to do something.
WAITING = frozenset({State.NEEDS_ATTENTION, State.FAILED})
