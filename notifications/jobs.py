"""The Celery jobs. Each calls one function and is safe to run twice, in parallel or never."""

from celery import shared_task

from notifications import announcing, retention
from notifications.delivery import bounces, claims, drain, reconcile, wake_up
from notifications.models import InboundText

# A job ends after about this long and requests another one, so that other jobs run in between.
TURN_SECONDS = 2.0


@wake_up.wake_up.runs
@shared_task
def deliver() -> None:
    """Send what is due."""
    if drain.drain(seconds=TURN_SECONDS):
        wake_up.wake()


@shared_task
def sweep() -> None:
    """Find what dead workers, lost wake-ups and silent providers left behind."""
    claims.take_back()
    claims.give_up()
    deliver()
    reconcile.reconcile()


@shared_task
def announce() -> None:
    """Create the notifications of announcements that staff started."""
    announcing.send_started()


@shared_task
def read_bounces() -> None:
    """Read the bounces that came back to the mailbox, if there is one."""
    bounces.read_mailbox()


@shared_task
def retain() -> None:
    """Erase texts and attempts that are older than the settings allow, and forget replies of more than a year ago."""
    retention.apply()
    InboundText.objects.purge()
