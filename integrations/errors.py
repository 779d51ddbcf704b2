"""The error tree. Every error says what happened, to which object, and what to do about it.

`code` is stable and names the cause in issues, exports and the troubleshooting table; `user_message` is one
sentence for a person; `hint` is the way out; `retryable` says whether waiting alone can help.
"""

from typing import ClassVar


class PortalError(Exception):
    """Base of every error that the portal raises on purpose."""

    code: ClassVar[str] = "portal"
    hint: ClassVar[str] = ""
    retryable: ClassVar[bool] = False

    def __init__(self, user_message: str, *, hint: str = "", subject: str = "", wait: float | None = None) -> None:
        """`subject` names the object at fault, for grouping; `wait` is the least time to wait, in seconds."""
        super().__init__(user_message)
        self.user_message = user_message
        self.way_out = hint or self.hint
        self.subject = subject
        self.wait = wait


# Reading what Quoter sent


class NotVerified(PortalError):
    """A webhook whose signature, time stamp or form is wrong: answered 400 or 403 and not stored."""

    code = "not_verified"

    def __init__(self, user_message: str, *, status: int, reason: str) -> None:
        super().__init__(user_message, subject=reason)
        self.status = status
        self.reason = reason


class NotUnderstood(PortalError):
    """A verified webhook whose content the portal cannot read."""

    code = "not_understood"
    hint = "Check in Quoter that the webhook's format is JSON, then re-send it from Integration Requests Status."


# Settings


class SettingsError(PortalError):
    """Something in the integration's settings is missing or wrong: a person must change it."""

    code = "settings"
    hint = "Open the integration's settings, correct the field, then press Sync again."


class SecretUnreadable(SettingsError):
    """A stored secret does not open with any of the keys in FIELD_ENCRYPTION_KEYS."""

    code = "secret_unreadable"
    hint = "Put the key that encrypted it back into FIELD_ENCRYPTION_KEYS, or enter the secret again."


class AddressRefused(SettingsError):
    """A remote address that the portal will not call: not https, private, or not the one in the settings."""

    code = "address_refused"
    hint = "Enter the Halo domain as https://NAME.halopsa.com."


# Talking to a remote system


class RemoteError(PortalError):
    """A remote call did not give what was asked for."""

    code = "remote"


class Unreachable(RemoteError):
    """No connection was made, so nothing was sent: safe to try again."""

    code = "unreachable"
    hint = "Nothing to do: the portal tries again by itself."
    retryable = True


class AnswerLost(RemoteError):
    """The request left and no usable answer came back: a write may have happened."""

    code = "answer_lost"
    hint = "Nothing to do: the portal looks in Halo first, then goes on."
    retryable = True

    def __init__(self, user_message: str, *, subject: str = "", ended: bool = False) -> None:
        """`ended`: an answer did come, so the remote side is no longer at work on the request."""
        super().__init__(user_message, subject=subject)
        self.ended = ended


class RemoteBroken(RemoteError):
    """The remote side answered with a server error or with something that is not its API."""

    code = "remote_broken"
    hint = "Nothing to do: the portal tries again by itself."
    retryable = True


class RateLimited(RemoteError):
    """The remote side asks for fewer requests."""

    code = "rate_limited"
    hint = "Nothing to do: the portal waits and goes on."
    retryable = True


class BudgetSpent(RateLimited):
    """Our own budget of requests is used up for the moment."""

    code = "budget_spent"


class OutOfTime(RemoteError):
    """This attempt used up its time; the next one continues where Halo now stands."""

    code = "out_of_time"
    hint = "Nothing to do: the portal continues by itself."
    retryable = True


class CredentialsRejected(RemoteError):
    """The remote side does not accept the stored credentials."""

    code = "credentials_rejected"
    hint = "Enter the credentials again in the integration's settings: they are tried at once."


class PermissionMissing(RemoteError):
    """The API application or its agent may not do this."""

    code = "permission_missing"
    hint = "In Halo, give the API application and its agent this permission, then press Sync again."


class NotFound(RemoteError):
    """The remote side has no such object, or hides it from this agent."""

    code = "not_found"


class DoctorFound(PortalError):
    """The doctor, which looks by itself every six hours, found something that stops quotes."""

    code = "doctor"
    hint = "Open the doctor's page: each red row says what to do. It closes when the doctor finds it repaired."


class NotCarried(PortalError):
    """A notification was not taken by its channel; it is sent again later."""

    code = "not_carried"
    retryable = True


class HaloAway(RemoteError):
    """Halo did not answer several quotes in a row, so the portal holds all of them back."""

    code = "halo_away"
    hint = (
        "Nothing to do: the portal tries by itself, and goes on when Halo answers. An operator may press Try now."
    )
    retryable = True


class Refused(RemoteError):
    """The remote side read the request and said no: waiting will not help."""

    code = "refused"
    hint = "Correct what the message names, then press Sync again."


# Working


class LeaseLost(PortalError):
    """Another worker took this work over: stop at once and write nothing."""

    code = "lease_lost"
    retryable = True


class DatabaseAway(PortalError):
    """The portal's own database did not answer in the middle of an attempt: restarted, locked or full."""

    code = "database_away"
    hint = "Nothing to do: the portal looks in Halo first, then goes on."
    retryable = True


class Settling(PortalError):
    """A write without an answer may still be under way: wait until it cannot land any more, then look."""

    code = "settling"
    hint = "Nothing to do: the portal looks in Halo once the write can no longer land."
    retryable = True


class SalesOrderAwaited(PortalError):
    """Halo makes the sales order itself and has not yet."""

    code = "sales_order_awaited"
    hint = (
        "Turn on “Automatically create Sales Order when Quotation is approved” in Halo, or let the portal make it."
    )
    retryable = True


class WritesPaused(PortalError):
    """A person has paused the writing to Halo; everything up to it was done."""

    code = "writes_paused"
    hint = "Nothing to do: the portal goes on when the pause ends, or when an operator resumes it."
    retryable = True


class ReadOnly(PortalError):
    """A write where nothing may be written: the integration is in shadow mode, or only a plan was asked for."""

    code = "read_only"
    hint = "Press Go live on the integration's page when the portal shall write."
    retryable = True


class SameWriteUnderWay(PortalError):
    """Another quote is creating the very same object at this moment."""

    code = "same_write_under_way"
    hint = "Nothing to do: the portal continues when the other quote is through."
    retryable = True


class NeedsAttention(PortalError):
    """A person must decide or repair something; raised where no plan can carry the problem."""

    code = "needs_attention"


# Looking at Quoter without being told


class WebhookMissed(PortalError):
    """A quote changed in Quoter, no webhook told of it, and Quoter's API cannot stand in for the webhook."""

    code = "webhook_missed"
    hint = "In Quoter, open Integration Requests Status and send the webhook of each named quote again."


class WebhooksSilent(PortalError):
    """Quotes change in Quoter, and no webhook at all has come for the business hours named in the settings."""

    code = "webhooks_silent"
    hint = (
        "In Quoter, open Settings, Integrations, Webhook: it must be enabled, apply to Quotes and have the "
        "address shown on the integration's page. Integration Requests Status shows what Quoter got as an answer."
    )


class LookFailed(PortalError):
    """Quoter's API cannot be asked for missed webhooks until a person repairs the cause."""

    code = "look_failed"
    hint = "Open the integration's settings and enter the key for Quoter's API again."
