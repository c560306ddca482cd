"""Sums the calls of a day, and deletes single calls when they are old.

A day's sums are replaced as a whole in one transaction, so that running twice, or beside itself, changes nothing.
"""

import datetime
from collections import defaultdict
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, Max, Min, PositiveSmallIntegerField, QuerySet, Value, When
from django.db.models.functions import NullIf
from django.utils import timezone

from developer_apps.models import App
from developer_apps.models.traffic import (
    LATENCY_BOUNDS,
    Call,
    DailyReach,
    DailyTraffic,
    empty_histogram,
)
from developer_apps.traffic import sketches
from developer_apps.traffic.evidence import SUCCESS, counted, first_day_in_detail, midnight

SUM_KEY = ("app_id", "product_id", "environment", "endpoint", "status", "outcome")
REACH_KEY = ("app_id", "product_id", "environment")
LOCK = 0x7472_6166  # one roll-up of a day at a time on PostgreSQL; SQLite has one writer anyway
LATENCY_BUCKET = Case(
    *(When(latency_us__lt=bound, then=Value(index)) for index, bound in enumerate(LATENCY_BOUNDS)),
    default=Value(len(LATENCY_BOUNDS)),
    output_field=PositiveSmallIntegerField(),
)


def calls_of(day: datetime.date) -> QuerySet[Call]:
    """Return the calls of a UTC day, in no order."""
    return Call.objects.filter(at__gte=midnight(day), at__lt=midnight(day + datetime.timedelta(days=1))).order_by()


def roll_up_recent() -> int:
    """Sum up every complete day that has calls and may lack sums; return how many days were summed.

    The last two complete days always, because outcomes arrive for up to a day; earlier ones only if they have no sums.
    """
    today = timezone.now().astimezone(datetime.UTC).date()
    bounds = Call.objects.aggregate(first=Min("at"), last=Max("at"))
    if bounds["first"] is None:
        return 0
    first = bounds["first"].astimezone(datetime.UTC).date()
    summed = set(DailyTraffic.objects.filter(day__gte=first).values_list("day", flat=True).distinct())
    days = [first + datetime.timedelta(days=number) for number in range((today - first).days)]
    due = [day for day in days if day not in summed or (today - day).days <= 2]
    for day in due:
        roll_up(day)
    return len(due)


@transaction.atomic
def roll_up(day: datetime.date) -> int:
    """Replace the sums of a UTC day by those of its calls; return the number of calls.

    A day without calls keeps its sums: its calls may have been deleted already.
    """
    _take_turn()
    calls = calls_of(day)
    histograms, bounds = _histograms(calls)
    if not histograms:
        return 0
    DailyTraffic.objects.filter(day=day).delete()
    DailyReach.objects.filter(day=day).delete()
    sums = [
        DailyTraffic(
            day=day,
            calls=sum(histogram),
            latency_histogram=histogram,
            latency_min_us=min(bounds[key]),
            latency_max_us=max(bounds[key]),
            **dict(zip(SUM_KEY, key, strict=True)),
        )
        for key, histogram in histograms.items()
    ]
    DailyTraffic.objects.bulk_create(sums, batch_size=500)
    reach = calls.values(*REACH_KEY).annotate(
        users=Count("user_id", distinct=True),
        payloads=Count(NullIf("payload_digest", Value("")), distinct=True, filter=counted() & SUCCESS),
    )
    DailyReach.objects.bulk_create((_reach(day, calls, row) for row in reach.iterator()), batch_size=500)
    return sum(each.calls for each in sums)


def _reach(day: datetime.date, calls: QuerySet[Call], row: dict[str, Any]) -> DailyReach:
    """Return the row for the calls of an app, product and environment, with sketches of their people and payloads."""
    mine = calls.filter(**{name: row[name] for name in REACH_KEY})
    return DailyReach(
        day=day,
        **row,
        user_sketch=sketches.of_users(mine) if row["users"] else b"",
        payload_sketch=sketches.of_payloads(mine.filter(counted() & SUCCESS)) if row["payloads"] else b"",
    )


def delete_old_detail(*, chunk: int = 5_000) -> int:
    """Delete single calls older than TRAFFIC_DETAIL_DAYS whose day has sums, a chunk at a time; return how many."""
    before = first_day_in_detail()
    summed = DailyTraffic.objects.filter(day__lt=before).values_list("day", flat=True).distinct().order_by("day")
    deleted = 0
    for day in list(summed):
        while pks := list(calls_of(day).values_list("pk", flat=True)[:chunk]):
            deleted += Call.objects.filter(pk__in=pks).delete()[0]
    return deleted


def delete_traces_of_deleted_apps() -> int:
    """Delete what is kept about apps that are gone; return how many rows. They are found by their sums."""
    known = set(DailyTraffic.objects.values_list("app_id", flat=True).order_by("app_id").distinct())
    gone = known - set(App.objects.filter(pk__in=known).values_list("pk", flat=True))
    if not gone:
        return 0
    return sum(model.objects.filter(app_id__in=gone).delete()[0] for model in (Call, DailyTraffic, DailyReach))


def _histograms(calls: QuerySet[Call]) -> tuple[dict[tuple[Any, ...], list[int]], dict[tuple[Any, ...], list[int]]]:
    """Return the histogram of each key, and the lowest and highest latencies of its buckets."""
    rows = (
        calls.annotate(bucket=LATENCY_BUCKET)
        .values_list(*SUM_KEY, "bucket")
        .annotate(count=Count("pk"), lowest=Min("latency_us"), highest=Max("latency_us"))
    )
    histograms: dict[tuple[Any, ...], list[int]] = defaultdict(empty_histogram)
    bounds: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for *key, bucket, count, lowest, highest in rows.iterator():
        histograms[tuple(key)][bucket] += count
        bounds[tuple(key)] += [lowest, highest]
    return histograms, bounds


def _take_turn() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
