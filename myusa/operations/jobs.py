"""Jobs of the operator."""

from datetime import UTC, timedelta

from auditlog.models import LogEntry
from celery import shared_task
from django.conf import settings
from django.utils import timezone

from myusa.lib.database.deletion import delete_oldest
from myusa.operations import service_counts
from myusa.operations.models import ErrorPage


@shared_task
def purge() -> None:
    """Delete error pages older than 90 days, days of services older than 120, and history older than HISTORY_DAYS."""
    ErrorPage.objects.purge()
    service_counts.purge()
    delete_oldest(LogEntry.objects.all(), "timestamp", timezone.now() - timedelta(days=settings.HISTORY_DAYS))


@shared_task
def count_services() -> int:
    """Count what worked and failed since the last count, for the status page; return the number of services."""
    return service_counts.count()


@shared_task
def settle_services() -> None:
    """Correct the last two complete days of the APIs by their sums: results arrive for up to a day."""
    today = timezone.now().astimezone(UTC).date()
    for age in (1, 2):
        service_counts.settle(today - timedelta(days=age))
