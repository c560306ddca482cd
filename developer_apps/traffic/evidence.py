"""What an app's sandbox traffic proves about its use of a product."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from operator import itemgetter
from typing import Any

from django.conf import settings
from django.db.models import Count, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from developer_apps.models import App, Environment, Product
from developer_apps.models.traffic import Call, Outcome
from developer_apps.models.traffic_sums import DailyReach, DailyTraffic
from developer_apps.traffic import sketches

ONE_DAY = datetime.timedelta(days=1)
SUCCESS = Q(status__gte=200, status__lt=300)
CLIENT_ERROR = Q(status__gte=400, status__lt=500)
COUNTED = Q(outcome__in=(Outcome.SERVED, Outcome.REPORTED))
UNKNOWN = Q(outcome=Outcome.UNKNOWN)
REFUSED = Q(outcome=Outcome.REFUSED)


@dataclass(frozen=True)
class Figures:
    """Sums over an app's sandbox calls of one product.

    `by_day` has the UTC days with counted calls, in order, and their number of calls.

    Calls count once their outcome is known: served here, or reported by the API. `unknown` calls were checked and have
    no outcome yet; `refused` calls were rejected by MyUSA and never got to the API. Neither fills a bar.

    `distinct` counts different payloads or resources of successful calls: exact below `sketches.SIZE`, estimated above.
    """

    calls: int
    distinct: int
    successes: int
    client_errors: int
    by_day: dict[datetime.date, int]
    unknown: int = 0
    refused: int = 0

    @property
    def days(self) -> list[datetime.date]:
        """The UTC days with counted calls, in order."""
        return list(self.by_day)

    @property
    def longest_run(self) -> int:
        """The largest number of consecutive days with traffic."""
        return longest_run(self.days)


def evidence_figures(app: App, product: Product) -> Figures:
    """Return what `app` did with `product` in the sandbox, from the beginning until now.

    Days with sums cost a row each. Single calls are read of the last two days, whose outcomes may still arrive, and of days
    that have no sums.
    """
    mine = {"app_id": app.pk, "product_id": product.pk, "environment": Environment.SANDBOX}
    counts = counted()
    summed = DailyTraffic.objects.filter(**mine, day__lt=_today() - ONE_DAY)
    sums: list[Any] = list(
        summed.order_by("day")
        .values("day")
        .annotate(
            all=Sum("calls", filter=counts, default=0),
            successes=Sum("calls", filter=counts & SUCCESS, default=0),
            client_errors=Sum("calls", filter=counts & CLIENT_ERROR, default=0),
            unknown=Sum("calls", filter=UNKNOWN, default=0),
            refused=Sum("calls", filter=REFUSED, default=0),
        )
    )
    days = {row["day"] for row in sums}
    live = outside(midnight(first_day_in_detail()), midnight(_today() + ONE_DAY), map(whole_day, days))
    detail = Call.objects.filter(live, **mine).order_by()
    by_day = detail.values(day=TruncDate("at", tzinfo=datetime.UTC)).annotate(
        all=Count("pk", filter=counts),
        successes=Count("pk", filter=counts & SUCCESS),
        client_errors=Count("pk", filter=counts & CLIENT_ERROR),
        unknown=Count("pk", filter=UNKNOWN),
        refused=Count("pk", filter=REFUSED),
    )
    rows = [*sums, *by_day]
    stored = DailyReach.objects.filter(**mine, day__in=days).values_list("payload_sketch", flat=True)
    payloads = sketches.merged([*map(bytes, stored), sketches.of_payloads(detail.filter(counts & SUCCESS))])
    return Figures(
        calls=sum(row["all"] for row in rows),
        distinct=sketches.count(payloads),
        successes=sum(row["successes"] for row in rows),
        client_errors=sum(row["client_errors"] for row in rows),
        by_day={row["day"]: row["all"] for row in sorted(rows, key=itemgetter("day")) if row["all"]},
        unknown=sum(row["unknown"] for row in rows),
        refused=sum(row["refused"] for row in rows),
    )


def outside(
    begin: datetime.datetime, end: datetime.datetime, taken: Iterable[tuple[datetime.datetime, datetime.datetime]]
) -> Q:
    """Return the condition that a call is of the time from `begin` to before `end`, and of none of the taken spans."""
    spans = Q(pk__in=[])
    for start, stop in [*sorted(taken), (end, end)]:
        if begin < start:
            spans |= Q(at__gte=begin, at__lt=start)
        begin = max(begin, stop)
    return spans


def whole_day(day: datetime.date) -> tuple[datetime.datetime, datetime.datetime]:
    """Return the moments at which a UTC day begins and ends."""
    return midnight(day), midnight(day + ONE_DAY)


def counted() -> Q:
    """Calls that count as evidence. Simulated ones do in the demo alone."""
    return COUNTED | Q(outcome=Outcome.SIMULATED) if settings.DEMO else COUNTED


def first_day_in_detail() -> datetime.date:
    """Return the first UTC day whose single calls are all kept; of earlier days only the sums are."""
    return _today() - datetime.timedelta(days=settings.TRAFFIC_DETAIL_DAYS)


def _today() -> datetime.date:
    return timezone.now().astimezone(datetime.UTC).date()


def midnight(day: datetime.date) -> datetime.datetime:
    """Return the moment at which a UTC day begins."""
    return datetime.datetime.combine(day, datetime.time(), datetime.UTC)


def longest_run(days: Iterable[datetime.date]) -> int:
    """Return the length of the longest run of consecutive days."""
    ordered = sorted(set(days))
    longest = run = 1 if ordered else 0
    for before, after in pairwise(ordered):
        run = run + 1 if after - before == datetime.timedelta(days=1) else 1
        longest = max(longest, run)
    return longest
