"""The demo's status page: 90 days with a few bad ones, an incident that is over, and today."""

import datetime
import random
from typing import Any

from django.utils import timezone

from myusa.lib.demo import Cast
from myusa.operations import service_counts, service_status
from myusa.operations.models import Impact, ServiceCount, ServiceDay, ServiceIncident
from myusa.operations.service_counts import SMS

AGE_OF_INCIDENT = 12
# Days before the demo began to measure.
UNKNOWN_DAYS = 6


def seed(cast: Cast) -> dict[str, Any]:
    """Write the days before today, and an incident; keep what is there. Give every service a current status."""
    cast.tell("Anyone", "/status", "see each service, 90 days back, and an incident")
    now = timezone.now()
    today = now.astimezone(datetime.UTC)
    _count(now)
    chance = random.Random("status")  # noqa: S311 (the same picture in every demo)
    is_first = not ServiceIncident.objects.exists()
    for service, _name in service_status.names():
        _write_today(service, today, chance)
        if is_first:
            _write_days_before(service, today, chance)
    if is_first:
        _write_incident(today)
    return {}


def _count(now: datetime.datetime) -> None:
    """Check the site, and count what the demo itself did in the last hours."""
    ServiceCount.objects.get_or_create(pk=1, defaults={"counted_until": now - service_counts.LONGEST})
    service_counts.count()


def _write_today(service: str, today: datetime.datetime, chance: random.Random) -> None:
    """Write some use of a service that no one has used in the last hour."""
    row, _created = ServiceDay.objects.get_or_create(service=service, day=today.date())
    if row.seen_at is None or today - row.seen_at > service_status.USED_WITHIN:
        good = chance.randint(20, 90)
        row.good, row.recent_good, row.recent_bad, row.seen_at = row.good + good, good, 0, today
        row.save()


def _write_days_before(service: str, today: datetime.datetime, chance: random.Random) -> None:
    rows = []
    for age in range(1, service_status.DAYS - UNKNOWN_DAYS):
        total = chance.randint(200, 900)
        bad = total // 8 if service == SMS and age == AGE_OF_INCIDENT else chance.randint(0, total // 200)
        day = (today - datetime.timedelta(days=age)).date()
        rows.append(ServiceDay(service=service, day=day, good=total - bad, bad=bad))
    ServiceDay.objects.bulk_create(rows, ignore_conflicts=True)


def _write_incident(today: datetime.datetime) -> None:
    began = today.replace(hour=13, minute=5) - datetime.timedelta(days=AGE_OF_INCIDENT)
    incident = ServiceIncident.objects.create(
        title="Text messages are delayed",
        impact=Impact.DEGRADED,
        services=SMS,
        started_at=began,
        ended_at=began + datetime.timedelta(hours=3),
    )
    for minutes, text in (
        (0, "Some text messages arrive up to an hour late. Email and the inbox aren’t affected."),
        (40, "Our provider found the cause. We’ll send the queued messages as soon as it is fixed."),
        (180, "All queued messages were sent. Nothing was lost."),
    ):
        incident.updates.create(at=began + datetime.timedelta(minutes=minutes), text=text)
