"""Jobs of the operator."""

from celery import shared_task

from myusa.operations.models import ErrorPage


@shared_task
def purge() -> None:
    """Delete error pages that are older than 90 days."""
    ErrorPage.objects.purge()
