"""The states of a delivery, their transitions, and the reasons that people read."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class Channel(TextChoices):
    EMAIL = "email", _("Email")
    SMS = "sms", _("Text message")


class State(TextChoices):
    QUEUED = "queued", _("Waiting to be sent")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    DELIVERED = "delivered", _("Delivered")
    FAILED = "failed", _("Failed")
    UNKNOWN = "unknown", _("Unknown, we’re checking")
    SKIPPED = "skipped", _("Not sent")
    RECORDED = "recorded", _("Recorded in the sandbox")


class Reason(TextChoices):
    """Why a delivery failed, was skipped, or has to wait."""

    ADDRESS_REFUSED = "address_refused", _("The mail server says this address doesn’t exist.")
    MESSAGE_REFUSED = "message_refused", _("The message was rejected.")
    NUMBER_UNREACHABLE = "number_unreachable", _("This number doesn’t accept text messages.")
    UNDELIVERED = "undelivered", _("The phone network couldn’t deliver it.")
    GAVE_UP = "gave_up", _("We tried for too long and couldn’t send it.")
    ERROR = "error", _("Something went wrong on our side.")
    OPTED_OUT = "opted_out", _("This was turned off in the notification settings.")
    NUMBER_OPTED_OUT = "number_opted_out", _("The number replied STOP.")
    NO_NUMBER = "no_number", _("There is no verified mobile number.")
    DISCONNECTED = "disconnected", _("The app was disconnected.")
    APP_BLOCKED = "app_blocked", _("The app is blocked.")
    APP_PRIVATE = "app_private", _("The app is private now.")
    ACCOUNT_CLOSED = "account_closed", _("The account is closed.")
    DELETED = "deleted", _("The notification was deleted first.")
    TEST_USER = "test_user", _("A test user’s messages are shown in the sandbox outbox only.")
    NOT_NOW = "not_now", _("We couldn’t send it yet. We’ll try again.")
    UNCERTAIN = "uncertain", _("The connection broke while it was being sent.")


# The states that may follow a state. Every change is an UPDATE that filters by the states it may come from.
FOLLOWING: dict[str, frozenset[str]] = {
    State.QUEUED: frozenset({State.SENDING, State.SKIPPED, State.FAILED}),
    State.SENDING: frozenset({State.QUEUED, State.SENT, State.DELIVERED, State.FAILED, State.UNKNOWN, State.SKIPPED}),
    State.UNKNOWN: frozenset({State.QUEUED, State.SENT, State.DELIVERED, State.FAILED}),
    State.SENT: frozenset({State.DELIVERED, State.FAILED}),
    State.DELIVERED: frozenset(),
    State.FAILED: frozenset({State.QUEUED}),
    State.SKIPPED: frozenset({State.QUEUED}),
    State.RECORDED: frozenset(),
}
UNSENT = (State.QUEUED, State.SENDING, State.UNKNOWN)


def may_become(state: str) -> list[str]:
    """Return the states from which `state` may be entered."""
    return [str(before) for before, after in FOLLOWING.items() if state in after]


class Outcome(TextChoices):
    """The result of one attempt."""

    SENT = "sent", _("Accepted by the provider")
    DELIVERED = "delivered", _("Delivered")
    LATER = "later", _("Not now")
    REFUSED = "refused", _("Rejected")
    UNCERTAIN = "uncertain", _("Uncertain")
    ABANDONED = "abandoned", _("The worker stopped before it knew the result")
    NOT_FOUND = "not_found", _("The provider doesn’t have this message")
    ERROR = "error", _("Error")
