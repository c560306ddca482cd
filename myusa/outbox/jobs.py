"""The outbox's jobs: each is safe to run twice."""

from datetime import timedelta

from celery import shared_task
from django.utils import timezone

from myusa.outbox import delivery
from myusa.outbox.models import OutgoingEmail

# One job holds a worker no longer than this and a conversation with the mail server; the sweep begins the next.
TURN_SECONDS = 10.0
KEPT_FOR = timedelta(days=30)


@shared_task
def deliver() -> int:
    """Send the emails that are due."""
    return delivery.deliver(seconds=TURN_SECONDS)


@shared_task
def purge() -> int:
    """Delete emails that are done for 30 days; return how many."""
    return OutgoingEmail.objects.filter(due_at=None, created_at__lt=timezone.now() - KEPT_FOR).delete()[0]
