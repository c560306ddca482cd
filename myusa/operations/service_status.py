"""What the status page says: each service now and in the last 90 days, and incidents. A few hundred small rows are read."""

import datetime
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import structlog
from django.db import DatabaseError
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise, lazy
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Product
from myusa.operations.models import ServiceCount, ServiceDay, ServiceIncident
from myusa.operations.service_counts import EMAIL, OAUTH, PRODUCT, SANDBOX, SETTLED_AFTER, SIGN_IN, SITE, SMS

logger = structlog.get_logger(__name__)

DAYS = 90
# Shares of failures from which on a service counts as degraded or down.
DEGRADED_FROM, DOWN_FROM = 0.02, 0.5
# Fewer failed calls or messages say nothing; a failed check does.
FEW = 3
CACHED_SECONDS, RETRY_SECONDS = 30, 10
# Without a count for this long, the page does not say how a service is now.
STALE_AFTER = SETTLED_AFTER + datetime.timedelta(minutes=15)
# A service that no one used since then has no current status.
USED_WITHIN = datetime.timedelta(hours=1)

UP, NO_DATA, MAINTENANCE, DEGRADED, DOWN = "operational", "no_data", "maintenance", "degraded", "down"
LABELS: dict[str, str | Promise] = {
    UP: _("Operational"),
    NO_DATA: _("No data"),
    MAINTENANCE: _("Maintenance"),
    DEGRADED: _("Degraded"),
    DOWN: _("Down"),
}
KINDS = {UP: "good", NO_DATA: "", MAINTENANCE: "info", DEGRADED: "waiting", DOWN: "bad"}
_ORDER = [NO_DATA, UP, MAINTENANCE, DEGRADED, DOWN]
_FIXED: list[tuple[str, str | Promise]] = [
    (SITE, _("Website and accounts")),
    (SIGN_IN, _("Sign-in codes")),
    (OAUTH, _("Sign-in through apps")),
    (EMAIL, _("Email notifications")),
    (SMS, _("Text messages")),
    (SANDBOX, _("Developer sandbox")),
]


@dataclass(frozen=True)
class Day:
    date: datetime.date
    status: str
    share: float | None = None

    @property
    def label(self) -> str | Promise:
        return LABELS[self.status]


@dataclass(frozen=True)
class Service:
    id: str
    name: str | Promise
    status: str
    days: list[Day]

    @property
    def label(self) -> str | Promise:
        return LABELS[self.status]

    @property
    def kind(self) -> str:
        return KINDS[self.status]

    @property
    def is_product(self) -> bool:
        """Whether its name is that of an API product, which staff write in English."""
        return self.id.startswith(PRODUCT)

    @property
    def availability(self) -> float | None:
        """The share of observed days' checks, calls and messages that worked, in percent; None without any."""
        shares = [day.share for day in self.days if day.share is not None]
        return round(100 * sum(shares) / len(shares), 2) if shares else None

    @property
    def disturbed(self) -> list[Day]:
        return [day for day in reversed(self.days) if day.status not in (UP, NO_DATA)]

    @property
    def without_data(self) -> int:
        return sum(day.status == NO_DATA for day in self.days)


@dataclass(frozen=True)
class Incident:
    id: int
    title: str
    impact: str
    services: list[str]
    started_at: datetime.datetime
    ended_at: datetime.datetime | None
    updates: list[tuple[datetime.datetime, str]]

    @property
    def label(self) -> str | Promise:
        return LABELS[self.impact]

    @property
    def kind(self) -> str:
        return KINDS[self.impact]

    def concerns(self, service: str) -> bool:
        return not self.services or service in self.services

    def lasts_on(self, day: datetime.date) -> bool:
        end = self.ended_at.astimezone(datetime.UTC).date() if self.ended_at else datetime.date.max
        return self.started_at.astimezone(datetime.UTC).date() <= day <= end

    def is_open(self, now: datetime.datetime) -> bool:
        return self.started_at <= now and (self.ended_at is None or self.ended_at > now)


@dataclass(frozen=True)
class Report:
    """Everything that the page shows, as it was at `read_at`. `is_current` is false while the database can't be read."""

    read_at: datetime.datetime
    services: list[Service] = field(default_factory=list)
    incidents: list[Incident] = field(default_factory=list)
    is_current: bool = True

    @property
    def status(self) -> str:
        return _worst(service.status for service in self.services)

    @property
    def open_incidents(self) -> list[Incident]:
        return [each for each in self.incidents if each.is_open(self.read_at)]

    @property
    def earlier_incidents(self) -> list[Incident]:
        return [each for each in self.incidents if not each.is_open(self.read_at)]

    def as_json(self) -> dict[str, Any]:
        return {
            "status": self.status if self.is_current else NO_DATA,
            "updatedAt": self.read_at.isoformat(timespec="seconds"),
            "isCurrent": self.is_current,
            "services": [
                {
                    "id": each.id,
                    "name": str(each.name),
                    "status": each.status,
                    "availabilityPercent": each.availability,
                    "days": [{"date": day.date.isoformat(), "status": day.status} for day in each.days],
                }
                for each in self.services
            ],
            "incidents": [
                {
                    "id": each.id,
                    "title": each.title,
                    "impact": each.impact,
                    "services": each.services,
                    "startedAt": each.started_at.isoformat(timespec="seconds"),
                    "endedAt": each.ended_at.isoformat(timespec="seconds") if each.ended_at else None,
                    "updates": [{"at": at.isoformat(timespec="seconds"), "text": text} for at, text in each.updates],
                }
                for each in self.incidents
            ],
        }


# A name in the language of each page: a report is kept for readers of all languages.
_name_of = lazy(lambda product: str(product.translated_name), str)
_cached: tuple[float, Report] | None = None


def report() -> Report:
    """Return the report, at most CACHED_SECONDS old. Without a database it is the last one, marked as not current."""
    global _cached
    now = time.monotonic()
    if _cached and now < _cached[0]:
        return _cached[1]
    try:
        _cached = (now + CACHED_SECONDS, _read(timezone.now()))
    except DatabaseError as error:
        logger.warning("status_not_read", error=type(error).__name__)
        last = _cached[1] if _cached else Report(timezone.now())
        # The time of reading: how long the failure took is not part of the pause before the next try.
        old = Report(last.read_at, last.services, last.incidents, is_current=False)
        _cached = (time.monotonic() + RETRY_SECONDS, old)
    return _cached[1]


def forget() -> None:
    """Let the next report be read from the database."""
    global _cached
    _cached = None


def names() -> list[tuple[str, str | Promise]]:
    """Return ID and name of every service on the page."""
    return [*_FIXED, *((f"{PRODUCT}{each.slug}", _name_of(each)) for each in Product.objects.listed())]


def _read(now: datetime.datetime) -> Report:
    today = now.astimezone(datetime.UTC).date()
    dates = [today - datetime.timedelta(days=age) for age in reversed(range(DAYS))]
    rows = {(row.service, row.day): row for row in ServiceDay.objects.filter(day__gte=dates[0])}
    begin = now - datetime.timedelta(days=DAYS)
    shown = ServiceIncident.objects.filter(Q(ended_at=None) | Q(ended_at__gte=begin)).prefetch_related("updates")
    incidents = [
        Incident(
            each.pk,
            each.title,
            each.impact,
            each.services.split(),
            each.started_at,
            each.ended_at,
            [(update.at, update.text) for update in each.updates.all()],
        )
        for each in shown
    ]
    mark = ServiceCount.objects.first()
    is_fresh = mark is not None and now - mark.counted_until < STALE_AFTER
    services = []
    for slug, name in names():
        mine = [each for each in incidents if each.concerns(slug)]
        newest = [row for date in dates[-2:] if is_fresh and (row := rows.get((slug, date)))]
        used = [row for row in newest if row.seen_at and now - row.seen_at < USED_WITHIN]
        measured = _state(slug, used[-1].recent_good, used[-1].recent_bad) if used else NO_DATA
        current = _worst([measured, *(each.impact for each in mine if each.is_open(now))])
        services.append(Service(slug, name, current, [_day(date, rows.get((slug, date)), mine, now) for date in dates]))
    return Report(now, services, incidents)


def _day(date: datetime.date, row: ServiceDay | None, incidents: list[Incident], now: datetime.datetime) -> Day:
    measured = _state(row.service, row.good, row.bad) if row else NO_DATA
    impacts = [each.impact for each in incidents if each.started_at <= now and each.lasts_on(date)]
    share = row.good / (row.good + row.bad) if row and row.good + row.bad else None
    return Day(date, _worst([measured, *impacts]), share)


def _state(service: str, good: int, bad: int) -> str:
    if not good + bad:
        return NO_DATA
    if bad < (1 if service == SITE else FEW):
        return UP
    share = bad / (good + bad)
    if share >= DOWN_FROM:
        return DOWN
    return DEGRADED if share >= DEGRADED_FROM else UP


def _worst(states: Iterator[str] | list[str]) -> str:
    return max(states, key=_ORDER.index, default=NO_DATA)
