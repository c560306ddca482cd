"""The jobs of the app. Each is safe to run twice."""

from celery import shared_task

from onboarding import reminders, retention, samples
from onboarding.models import Slot


@shared_task
def remind_of_demos() -> int:
    """Send reminders of the demos of the next 24 hours."""
    return reminders.remind_of_demos()


@shared_task
def watch_affidavits() -> int:
    """Remind officers, and email the team about links that expired and emails that could not be delivered."""
    return reminders.watch_affidavits()


@shared_task
def make_demo_slots() -> int:
    """Create the regular times of the coming weeks."""
    return Slot.objects.generate()


@shared_task
def purge() -> None:
    """Delete what is no longer needed."""
    retention.purge_documents()
    samples.delete_old_paths()
    Slot.objects.purge()
