"""An app's traffic as its developers look at it: totals, latency and parts, over up to 90 days."""

import datetime
import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from django.db.models import Count, Max, Min, QuerySet
from django.db.models.functions import TruncDate

from developer_apps.models import App
from developer_apps.models.traffic import Call
from developer_apps.models.traffic_sums import LATENCY_BOUNDS, CallSums, empty_histogram
from developer_apps.traffic import sketches
from developer_apps.traffic.evidence import ONE_DAY, first_day_in_detail, midnight
from developer_apps.traffic.roll_up import LATENCY_BUCKET, SUM_KEY
from developer_apps.traffic.summed import Summed

# Up to this many calls, figures are exact: they come from the calls themselves.
EXACT_UP_TO = 2_000
# Fewer calls than this have no percentiles when their latencies are known by bucket alone.
FEWEST = 20


@dataclass(frozen=True)
class Selection:
    """Which calls to look at: UTC days from `first` to `last`, both included; None leaves a part open."""

    first: datetime.date
    last: datetime.date
    product_id: int | None = None
    environment: str | None = None
    endpoint: str | None = None
    status: int | None = None

    def parts(self) -> dict[str, Any]:
        wanted = {
            "product_id": self.product_id,
            "environment": self.environment,
            "endpoint": self.endpoint,
            "status": self.status,
        }
        return {name: value for name, value in wanted.items() if value is not None}

    def days(self) -> list[datetime.date]:
        return [self.first + ONE_DAY * number for number in range((self.last - self.first).days + 1)]


@dataclass(frozen=True)
class DaySum:
    """The calls of one day that share everything but time and person.

    `lowest` and `highest` are in microseconds. `latencies` are those of all the calls, or None if only the histogram is known.
    """

    day: datetime.date
    product_id: int | None
    environment: str
    endpoint: str
    status: int
    outcome: str
    histogram: list[int]
    lowest: int
    highest: int
    latencies: list[int] | None = None

    def figure(self) -> "Figure":
        figure = Figure()
        figure.add(self)
        return figure


@dataclass
class Figure:
    """Calls, errors (4xx and 5xx) and latency of a group of calls. Percentiles are in milliseconds.

    `unknown` calls have no known outcome yet: they are neither successes nor errors, and have no latency.
    """

    calls: int = 0
    errors: int = 0
    unknown: int = 0
    histogram: list[int] = field(default_factory=empty_histogram)
    lowest: int | None = None
    highest: int | None = None
    latencies: list[int] | None = field(default_factory=list)

    def add(self, each: DaySum) -> None:
        count = sum(each.histogram)
        self.calls += count
        if not each.status:
            self.unknown += count
            return
        self.errors += count if each.status >= 400 else 0
        for bucket, number in enumerate(each.histogram):
            self.histogram[bucket] += number
        self.lowest = each.lowest if self.lowest is None else min(self.lowest, each.lowest)
        self.highest = each.highest if self.highest is None else max(self.highest, each.highest)
        if self.latencies is not None:
            self.latencies = None if each.latencies is None else self.latencies + each.latencies

    @property
    def successes(self) -> int:
        return self.calls - self.errors - self.unknown

    @property
    def p50(self) -> float | None:
        return self._percentile(0.50)

    @property
    def p95(self) -> float | None:
        return self._percentile(0.95)

    @property
    def p99(self) -> float | None:
        return self._percentile(0.99)

    def _percentile(self, share: float) -> float | None:
        """Return a latency that a call had, or one read from the histogram within the lowest and the highest."""
        if self.lowest is None or self.highest is None:
            return None
        if self.latencies is not None:
            return sorted(self.latencies)[math.ceil(share * len(self.latencies)) - 1] / 1000
        if sum(self.histogram) < FEWEST and self.lowest != self.highest:
            return None
        found = percentile(self.histogram, share)
        return None if found is None else min(max(found, self.lowest / 1000), self.highest / 1000)


@dataclass(frozen=True)
class Report:
    """What an analytics page shows."""

    total: Figure
    users: int | None
    users_are_estimated: bool
    by_day: dict[datetime.date, Figure]
    by_product: dict[int | None, Figure]
    by_environment: dict[str, Figure]
    by_endpoint: dict[str, Figure]
    by_status: dict[int, Figure]
    by_outcome: dict[str, Figure]


def report(app: App, selection: Selection) -> Report:
    """Return the figures of an app's selected calls."""
    summed = Summed.of(app, selection.first, selection.last)
    sums = day_sums(app, selection, summed)
    people = _people(selection, summed)
    by_day = {day: Figure() for day in selection.days()}
    total = Figure()
    for each in sums:
        by_day[each.day].add(each)
        total.add(each)
    return Report(
        total=total,
        users=None if people is None else sketches.count(people),
        users_are_estimated=people is not None and not sketches.is_exact(people),
        by_day=by_day,
        by_product=_grouped(sums, lambda each: each.product_id),
        by_environment=_grouped(sums, lambda each: each.environment),
        by_endpoint=_grouped(sums, lambda each: each.endpoint),
        by_status=_grouped(sums, lambda each: each.status),
        by_outcome=_grouped(sums, lambda each: each.outcome),
    )


def day_sums(app: App, selection: Selection, summed: Summed | None = None) -> list[DaySum]:
    """Return the selected sums by day: of few calls from the calls themselves, of many from the roll-ups where they exist.

    A day that has no sums yet is put together from its hours and its single calls.
    """
    summed = summed or Summed.of(app, selection.first, selection.last)
    few = _exact_sums(app, selection) if summed.calls <= EXACT_UP_TO else None
    if few is not None:
        return sorted(few, key=lambda each: each.day)
    parts = selection.parts()
    sums = [
        *(_stored_sum(row.day, row) for row in summed.daily().filter(**parts)),
        *(_stored_sum(row.hour.astimezone(datetime.UTC).date(), row) for row in summed.hourly().filter(**parts)),
        *_live_sums(summed.live().filter(**parts)),
    ]
    return sorted(_merged(sums), key=lambda each: each.day)


def _merged(sums: Iterable[DaySum]) -> Iterator[DaySum]:
    """Add up the sums of one day that share everything."""
    groups: dict[tuple[Any, ...], list[DaySum]] = defaultdict(list)
    for each in sums:
        groups[each.day, each.product_id, each.environment, each.endpoint, each.status, each.outcome].append(each)
    for first, *others in groups.values():
        alike = [first, *others]
        histogram = [sum(counts) for counts in zip(*(each.histogram for each in alike), strict=True)]
        lowest, highest = min(each.lowest for each in alike), max(each.highest for each in alike)
        yield replace(first, histogram=histogram, lowest=lowest, highest=highest) if others else first


def _stored_sum(day: datetime.date, row: CallSums) -> DaySum:
    return DaySum(
        day,
        row.product_id,
        row.environment,
        row.endpoint,
        row.status,
        row.outcome,
        row.latency_histogram,
        row.latency_min_us,
        row.latency_max_us,
    )


def seen(app: App) -> tuple[list[str], list[int]]:
    """Return the endpoints and the statuses of an app's calls, in order: of all sums, and of the last two days."""
    columns = ("endpoint", "status")
    today = datetime.datetime.now(datetime.UTC).date()
    live = Summed.of(app, today - 2 * ONE_DAY, today).live()
    found = {
        pair
        for rows in (app.dailytraffic.order_by(), app.hourlytraffic.order_by(), live)
        for pair in rows.values_list(*columns).distinct()
    }
    return sorted({endpoint for endpoint, _status in found}), sorted({status for _endpoint, status in found})


def calls_of(app: App, selection: Selection) -> QuerySet[Call]:
    """Return the single calls that are selected, in no order."""
    calls = Call.objects.filter(app=app, at__gte=midnight(selection.first), at__lt=midnight(selection.last + ONE_DAY))
    return calls.filter(**selection.parts()).order_by()


def percentile(histogram: list[int], share: float) -> float | None:
    """Return the latency in milliseconds that `share` of the calls did not exceed, interpolated within its bucket."""
    total = sum(histogram)
    if not total:
        return None
    wanted, seen = share * total, 0
    for bucket, count in enumerate(histogram):
        if count and seen + count >= wanted:
            low = LATENCY_BOUNDS[bucket - 1] if bucket else 0
            high = LATENCY_BOUNDS[bucket] if bucket < len(LATENCY_BOUNDS) else low
            return (low + (high - low) * (wanted - seen) / count) / 1000
        seen += count
    return None


def _exact_sums(app: App, selection: Selection) -> list[DaySum] | None:
    """Return sums with every latency; None if the period has more than EXACT_UP_TO calls, or no single calls.

    The database is asked for the period alone, so a filter that few of many calls pass costs no more.
    """
    if selection.first < first_day_in_detail():
        return None
    period = Selection(selection.first, selection.last)
    rows = (
        calls_of(app, period)
        .annotate(day=TruncDate("at", tzinfo=datetime.UTC), bucket=LATENCY_BUCKET)
        .values_list("day", *SUM_KEY[1:], "bucket", "latency_us")[: EXACT_UP_TO + 1]
    )
    found: dict[tuple[Any, ...], list[tuple[int, int]]] = defaultdict(list)
    for *key, bucket, latency in rows:
        found[tuple(key)].append((bucket, latency))
    if not 0 < sum(map(len, found.values())) <= EXACT_UP_TO:
        return None
    sums = [_exact_sum(key, pairs) for key, pairs in found.items()]
    parts = selection.parts().items()
    return [each for each in sums if all(getattr(each, name) == value for name, value in parts)]


def _exact_sum(key: tuple[Any, ...], pairs: list[tuple[int, int]]) -> DaySum:
    histogram = empty_histogram()
    for bucket, _latency in pairs:
        histogram[bucket] += 1
    latencies = [latency for _bucket, latency in pairs]
    return DaySum(*key, histogram, min(latencies), max(latencies), latencies)  # type: ignore[call-arg]


def _live_sums(calls: QuerySet[Call]) -> Iterator[DaySum]:
    rows = (
        calls.annotate(day=TruncDate("at", tzinfo=datetime.UTC), bucket=LATENCY_BUCKET)
        .values_list("day", *SUM_KEY[1:], "bucket")
        .annotate(count=Count("pk"), lowest=Min("latency_us"), highest=Max("latency_us"))
    )
    histograms: dict[tuple[Any, ...], list[int]] = defaultdict(empty_histogram)
    bounds: dict[tuple[Any, ...], list[int]] = defaultdict(list)
    for *key, bucket, count, lowest, highest in rows:
        histograms[tuple(key)][bucket] += count
        bounds[tuple(key)] += [lowest, highest]
    for key, histogram in histograms.items():
        yield DaySum(*key, histogram, min(bounds[key]), max(bounds[key]))  # type: ignore[call-arg]


def _people(selection: Selection, summed: Summed) -> bytes | None:
    """Return the sketch of the people of the selected calls; None for a selection that sketches cannot answer.

    They are kept by product and environment.
    """
    if selection.endpoint is not None or selection.status is not None:
        return None
    parts = selection.parts()
    stored = [
        *summed.daily_reach().filter(**parts).values_list("user_sketch", flat=True),
        *summed.hourly_reach().filter(**parts).values_list("user_sketch", flat=True),
    ]
    return sketches.merged([*map(bytes, stored), sketches.of_users(summed.live().filter(**parts))])


def _grouped(sums: Iterable[DaySum], key: Callable[[DaySum], Any]) -> dict[Any, Figure]:
    groups: dict[Any, Figure] = defaultdict(Figure)
    for each in sums:
        groups[key(each)].add(each)
    return dict(sorted(groups.items(), key=lambda item: -item[1].calls))
