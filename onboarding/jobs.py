"""The app's jobs: each is safe to run twice."""

from celery import shared_task

from onboarding import retention, send
from onboarding.models import Letter, Slot


@shared_task
def send_letters(ids: list[int] | None = None) -> int:
    """Send the given letters, or all that are due (the sweep); return how many were sent."""
    letters = Letter.objects.due().select_related("request__app", "demo__slot", "affidavit__text")
    return sum(send.send(letter) for letter in (letters if ids is None else letters.filter(pk__in=ids)))


@shared_task
def remind_of_demos() -> int:
    """Remind of the demos of the next 24 hours."""
    return send.remind_of_demos()


@shared_task
def make_demo_slots() -> int:
    """Offer the regular times of the coming weeks."""
    return Slot.objects.generate()


@shared_task
def purge() -> None:
    """Delete what is no longer needed."""
    retention.purge_letters()
    retention.purge_documents()
