"""Send what is due, several emails side by side but one at a time to each domain."""

import time
from datetime import timedelta

import structlog
from django.conf import settings

from myusa.lib import side_by_side
from myusa.lib.database.encryption import UnreadableValue
from myusa.outbox.models import OutgoingEmail, State

# How many rows a worker looks at to find one that no other worker has taken.
LOOK_AHEAD = 20

# Emails that one process sends at a time, so a slow mail server delays no other domain's email.
SIDE_BY_SIDE = 8

logger = structlog.get_logger(__name__)


def deliver(*, seconds: float) -> int:
    """Send until nothing is due or `seconds` have passed; return how many emails were sent."""
    end = time.monotonic() + seconds
    return side_by_side.work(lambda: _take() if time.monotonic() < end else None, _send, most=SIDE_BY_SIDE)


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
