"""Send what is due, several emails side by side but one at a time to each domain."""

import time
from datetime import timedelta

import structlog
from django.conf import settings

from myusa.lib import side_by_side
from myusa.lib.messages.pacing import Pacer, Patience
from myusa.outbox.models import OutgoingEmail, State

# How many rows a worker looks at to find one that no other worker has taken.
LOOK_AHEAD = 20

# Emails that one process sends at a time, so a slow mail server delays no other domain's email.
SIDE_BY_SIDE = 8

# A domain that refuses three emails in a row for now is left alone: its other emails wait without an attempt.
PATIENCE = Patience(
    refusals=3,
    first_seconds=settings.OUTBOX_RETRY_FIRST,
    longest_seconds=min(900.0, settings.OUTBOX_RETRY_LONGEST),
)
pacer = Pacer(SIDE_BY_SIDE)

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
    sent = email.send()
    if sent:
        pacer.succeed(email.domain)
        return True
    email.refresh_from_db(fields=["state", "failure", "attempts"])
    logger.warning("email_not_sent", email=email.pk, kind=email.kind, state=email.state, failure=email.failure)
    if email.was_refused and email.state == State.QUEUED and (seconds := pacer.refuse(email.domain, PATIENCE)):
        moved = OutgoingEmail.objects.postpone_domain(email.domain, timedelta(seconds=seconds))
        logger.warning("domain_postponed", seconds=seconds, emails=moved)
    return False
