"""Send what is due, one email at a time: several workers do it side by side."""

import time
from datetime import timedelta

import structlog
from django.conf import settings

from myusa.lib.database.encryption import UnreadableValue
from myusa.outbox.models import OutgoingEmail, State

# How many rows a worker looks at to find one that no other worker has taken.
LOOK_AHEAD = 20

logger = structlog.get_logger(__name__)


def deliver(*, seconds: float) -> int:
    """Send until nothing is due or `seconds` have passed; return how many emails were sent."""
    end = time.monotonic() + seconds
    sent = 0
    while time.monotonic() < end and (email := _take()):
        sent += _send(email)
    return sent


def _take() -> OutgoingEmail | None:
    lease = timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)
    for email in OutgoingEmail.objects.due()[:LOOK_AHEAD]:
        if email.take(lease, state=State.SENDING):
            return email
    return None


def _send(email: OutgoingEmail) -> bool:
    try:
        sent = email.send()
    except UnreadableValue:
        logger.error("email_unreadable", email=email.pk, kind=email.kind)
        email.finish(state=State.REFUSED, failure="no key decrypts it")
        return False
    if not sent:
        email.refresh_from_db(fields=["state", "failure", "attempts"])
        logger.warning("email_not_sent", email=email.pk, kind=email.kind, state=email.state, failure=email.failure)
    return sent
