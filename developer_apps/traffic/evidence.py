"""What an app's sandbox traffic proves about its use of a product."""

import datetime
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

from django.conf import settings
from django.db.models import Count, Max, Q, Sum
from django.db.models.functions import TruncDate
from django.utils import timezone

from developer_apps.models import App, Environment, Product
from developer_apps.models.traffic import Call, DailyReach, DailyTraffic, Outcome

SUCCESS = Q(status__gte=200, status__lt=300)
CLIENT_ERROR = Q(status__gte=400, status__lt=500)
COUNTED = Q(outcome__in=(Outcome.SERVED, Outcome.REPORTED))
UNKNOWN = Q(outcome=Outcome.UNKNOWN)
REFUSED = Q(outcome=Outcome.REFUSED)


@dataclass(frozen=True)
class Figures:
    """Sums over an app's sandbox calls of one product. Days are UTC days with at least one counted call, in order.

    Calls count once their outcome is known: served here, or reported by the API. `unknown` calls were checked and have
    no outcome yet; `refused` calls were refused by MyUSA and never got to the API. Neither fills a bar.

    `distinct` counts different payloads or resources of successful calls. It is exact while the single calls are kept
    (TRAFFIC_DETAIL_DAYS). Of older days only each day's own count is known, so the largest of them is used: the figure
    can be too low, never too high.
    """

    calls: int
    distinct: int
    successes: int
    client_errors: int
    days: list[datetime.date]
    unknown: int = 0
    refused: int = 0

    @property
    def longest_run(self) -> int:
        """The largest number of consecutive days with traffic."""
        return longest_run(self.days)


def evidence_figures(app: App, product: Product) -> Figures:
    """Return what `app` did with `product` in the sandbox, from the beginning until now."""
    mine = {"app_id": app.pk, "product_id": product.pk, "environment": Environment.SANDBOX}
    counts = counted()
    first = first_day_in_detail()
    detail = Call.objects.filter(**mine, at__gte=midnight(first)).order_by()
    by_day = detail.values(day=TruncDate("at", tzinfo=datetime.UTC)).annotate(
        calls=Count("pk", filter=counts),
        successes=Count("pk", filter=counts & SUCCESS),
        client_errors=Count("pk", filter=counts & CLIENT_ERROR),
        unknown=Count("pk", filter=UNKNOWN),
        refused=Count("pk", filter=REFUSED),
    )
    recent: list[Any] = list(by_day.order_by("day"))
    succeeded = detail.filter(counts & SUCCESS).exclude(payload_digest="")
    distinct = succeeded.aggregate(count=Count("payload_digest", distinct=True))["count"]
    old_days = DailyTraffic.objects.filter(**mine, day__lt=first).order_by("day")
    old = old_days.aggregate(
        all=Sum("calls", filter=counts, default=0),
        successes=Sum("calls", filter=counts & SUCCESS, default=0),
        client_errors=Sum("calls", filter=counts & CLIENT_ERROR, default=0),
        unknown=Sum("calls", filter=UNKNOWN, default=0),
        refused=Sum("calls", filter=REFUSED, default=0),
    )
    old_distinct = DailyReach.objects.filter(**mine, day__lt=first).aggregate(most=Max("payloads"))["most"] or 0
    names = ("successes", "client_errors", "unknown", "refused")
    sums = {name: old[name] + sum(row[name] for row in recent) for name in names}
    days = old_days.filter(counts).values_list("day", flat=True).distinct()
    return Figures(
        calls=old["all"] + sum(row["calls"] for row in recent),
        **sums,
        distinct=max(distinct, old_distinct),
        days=[*days, *(row["day"] for row in recent if row["calls"])],
    )


def counted() -> Q:
    """Calls that count as evidence. Simulated ones do in the demo alone."""
    return COUNTED | Q(outcome=Outcome.SIMULATED) if settings.DEMO else COUNTED


def first_day_in_detail() -> datetime.date:
    """Return the first UTC day whose single calls are all kept; of earlier days only the sums are."""
    return timezone.now().astimezone(datetime.UTC).date() - datetime.timedelta(days=settings.TRAFFIC_DETAIL_DAYS)


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
