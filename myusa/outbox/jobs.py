"""The outbox's jobs: each is safe to run twice."""

from celery import shared_task

from myusa.outbox import delivery
from myusa.outbox.models import OutgoingEmail, wake_up

# One job holds a worker no longer than this and a conversation with the mail server; the sweep begins the next.
TURN_SECONDS = 10.0


@wake_up.runs
@shared_task
def deliver() -> int:
    """Send the emails that are due."""
    return delivery.deliver(seconds=TURN_SECONDS)


@shared_task
def purge() -> int:
    """Delete what is no longer needed of old emails; return how many rows."""
    return OutgoingEmail.objects.purge()
