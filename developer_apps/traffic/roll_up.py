"""Sums the calls of a day and of the hours before it is complete, and deletes single calls when they are old.

A day's sums are replaced as a whole in one transaction, so running twice, or at the same time as itself, changes nothing. Those of
an hour are added for the apps that have none.
"""

import datetime
from collections import defaultdict
from collections.abc import Iterable
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, Count, Max, Min, PositiveSmallIntegerField, QuerySet, Value, When
from django.db.models.functions import NullIf
from django.utils import timezone

from developer_apps.models import App
from developer_apps.models.traffic import Call
from developer_apps.models.traffic_sums import (
    LATENCY_BOUNDS,
    DailyReach,
    DailyTraffic,
    HourlyReach,
    HourlyTraffic,
    empty_histogram,
)
from developer_apps.traffic import sketches
from developer_apps.traffic.evidence import ONE_DAY, SUCCESS, counted, first_day_in_detail, midnight
from developer_apps.traffic.summed import ONE_HOUR, hour_of

SUM_KEY = ("app_id", "product_id", "environment", "endpoint", "status", "outcome")
REACH_KEY = ("app_id", "product_id", "environment")
# How long after its end an hour is summed: calls are written from buffers.
HOUR_SETTLES = datetime.timedelta(minutes=5)
LOCK = 0x7472_6166  # one roll-up of a day at a time on PostgreSQL; SQLite has one writer anyway
LATENCY_BUCKET = Case(
    *(When(latency_us__lt=bound, then=Value(index)) for index, bound in enumerate(LATENCY_BOUNDS)),
    default=Value(len(LATENCY_BOUNDS)),
    output_field=PositiveSmallIntegerField(),
)


def calls_of(day: datetime.date) -> QuerySet[Call]:
    """Return the calls of a UTC day, in no order."""
    return Call.objects.filter(at__gte=midnight(day), at__lt=midnight(day + ONE_DAY)).order_by()


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
    sums = _sums(calls)
    if not sums:
        return 0
    DailyTraffic.objects.filter(day=day).delete()
    DailyReach.objects.filter(day=day).delete()
    HourlyTraffic.objects.filter(hour__lt=midnight(day + ONE_DAY)).delete()
    HourlyReach.objects.filter(hour__lt=midnight(day + ONE_DAY)).delete()
    DailyTraffic.objects.bulk_create((DailyTraffic(day=day, **each) for each in sums), batch_size=500)
    reach = calls.values(*REACH_KEY).annotate(
        users=Count("user_id", distinct=True),
        payloads=Count(NullIf("payload_digest", Value("")), distinct=True, filter=counted() & SUCCESS),
    )
    DailyReach.objects.bulk_create((_reach(day, calls, row) for row in reach.iterator()), batch_size=500)
    return sum(each["calls"] for each in sums)


def roll_up_hours(*, now: datetime.datetime | None = None) -> int:
    """Sum up the complete hours of the days that are not summed yet, for apps without sums; return how many there were."""
    end = (now or timezone.now()).astimezone(datetime.UTC) - HOUR_SETTLES
    days = [end.date() - ONE_DAY, end.date()]
    days = [day for day in days if not DailyTraffic.objects.filter(day=day).exists()]
    hours = [midnight(day) + ONE_HOUR * number for day in days for number in range(24)]
    return sum(_roll_up_hour(hour) for hour in hours if hour + ONE_HOUR <= end)


def forget_hours(calls: Iterable[Call]) -> None:
    """Delete the sums of the hours and apps of calls that have changed. They are summed again with the next hour."""
    apps: dict[datetime.datetime, set[int]] = defaultdict(set)
    for call in calls:
        apps[hour_of(call.at)].add(call.app_id)
    for hour, changed in apps.items():
        HourlyTraffic.objects.filter(hour=hour, app__in=changed).delete()
        HourlyReach.objects.filter(hour=hour, app__in=changed).delete()


@transaction.atomic
def _roll_up_hour(hour: datetime.datetime) -> bool:
    """Add the sums of an hour for apps that have none; return whether there were such apps."""
    _take_turn()
    done = HourlyTraffic.objects.filter(hour=hour).values_list("app_id", flat=True).distinct()
    calls = Call.objects.filter(at__gte=hour, at__lt=hour + ONE_HOUR).exclude(app__in=list(done)).order_by()
    sums = _sums(calls)
    if not sums:
        return False
    HourlyTraffic.objects.bulk_create((HourlyTraffic(hour=hour, **each) for each in sums), batch_size=500)
    reach = calls.filter(user__isnull=False).values(*REACH_KEY).distinct()
    HourlyReach.objects.bulk_create(
        (HourlyReach(hour=hour, **row, user_sketch=sketches.of_users(calls.filter(**row))) for row in reach.iterator()),
        batch_size=500,
    )
    return True


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


def _sums(calls: QuerySet[Call]) -> list[dict[str, Any]]:
    """Return the columns of sums for each group of calls that share SUM_KEY."""
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
    return [
        {
            "calls": sum(histogram),
            "latency_histogram": histogram,
            "latency_min_us": min(bounds[key]),
            "latency_max_us": max(bounds[key]),
            **dict(zip(SUM_KEY, key, strict=True)),
        }
        for key, histogram in histograms.items()
    ]


def _take_turn() -> None:
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_advisory_xact_lock(%s)", [LOCK])
