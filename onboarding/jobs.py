"""The jobs of the app. Each is safe to run twice."""

from celery import shared_task

from onboarding import retention, send
from onboarding.models import OutboxEmail, Slot


@shared_task
def send_emails(ids: list[int] | None = None) -> int:
    """Send the given emails, or all that are due (the sweep); return how many were sent."""
    emails = OutboxEmail.objects.due().select_related("request__app", "demo__slot", "affidavit__text")
    return sum(send.send(email) for email in (emails if ids is None else emails.filter(pk__in=ids)))


@shared_task
def remind_of_demos() -> int:
    """Send reminders of the demos of the next 24 hours."""
    return send.remind_of_demos()


@shared_task
def make_demo_slots() -> int:
    """Create the regular times of the coming weeks."""
    return Slot.objects.generate()


@shared_task
def purge() -> None:
    """Delete what is no longer needed."""
    retention.purge_emails()
    retention.purge_documents()
