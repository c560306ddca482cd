"""Jobs of the operator."""

from datetime import timedelta

from auditlog.models import LogEntry
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from myusa.lib.database.deletion import delete_oldest
from myusa.operations.models import ErrorPage


@shared_task
def purge() -> None:
    """Delete error pages that are older than 90 days, and history that is older than HISTORY_DAYS."""
    ErrorPage.objects.purge()
    delete_oldest(LogEntry.objects.all(), "timestamp", timezone.now() - timedelta(days=settings.HISTORY_DAYS))
