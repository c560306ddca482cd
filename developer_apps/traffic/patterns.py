"""How an app's sandbox calls are spread, and signs that they come from a script and not from an app that is built and tried.

The signs are hints for staff. None of them stops a call from counting.
"""

import datetime
import enum
import statistics
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import NamedTuple

from developer_apps.models import App, Environment, Product
from developer_apps.models.traffic import Call
from developer_apps.traffic.evidence import Figures, counted

MIN_CALLS = 30  # fewer calls show no pattern
LOOKED_AT = 1_000  # the newest calls
EVEN = 0.2  # the standard deviation of even intervals is at most this share of their mean
BURST = datetime.timedelta(minutes=10)
BURST_DAYS = 2


class Pattern(enum.Enum):
    """What makes calls look fabricated."""

    SINGLE_RESOURCE = "single_resource"
    QUERIES_ONLY = "queries_only"
    ONE_NETWORK = "one_network"
    SUCCESSES_ONLY = "successes_only"
    EVEN_INTERVALS = "even_intervals"
    SHORT_BURSTS = "short_bursts"


@dataclass(frozen=True)
class Spread:
    """How the newest counted calls are spread over the hours of the day, resources and networks.

    `calls` is the number of calls looked at, `by_hour` has 24 numbers of calls by UTC hour, `top_resource` is the share in
    percent of the most frequent payload or resource. `networks` holds keyed digests (`recorder.network_digest`), and is
    empty unless the network of every call is known. `first_successes` is when each payload or resource first succeeded.
    """

    calls: int = 0
    by_hour: tuple[int, ...] = (0,) * 24
    top_resource: int = 0
    networks: frozenset[str] = frozenset()
    patterns: tuple[Pattern, ...] = ()
    first_successes: dict[str, datetime.datetime] = field(default_factory=dict)

    @property
    def hours(self) -> list[tuple[str, int]]:
        """The hours with calls, each with their number."""
        return [(f"{hour:02}:00", calls) for hour, calls in enumerate(self.by_hour) if calls]


class _Row(NamedTuple):
    at: datetime.datetime
    payload: str
    network: str
    status: int
    method: str
    path: str


def spread_of(app: App, product: Product, figures: Figures) -> Spread:
    """Return how the calls behind the `figures` of `app` for `product` are spread. It reads LOOKED_AT rows at most."""
    calls = Call.objects.filter(counted(), app=app, product=product, environment=Environment.SANDBOX)
    columns = ("at", "payload_digest", "network_digest", "status", "method", "path")
    rows = [_Row(*row) for row in calls.order_by("-at").values_list(*columns)[:LOOKED_AT]][::-1]
    if not rows:
        return Spread()
    times = [row.at.astimezone(datetime.UTC) for row in rows]
    hours = Counter(at.hour for at in times)
    networks = frozenset(row.network for row in rows)
    successes = [row for row in rows if 200 <= row.status < 300]
    needs_queries = _needs_queries(successes, product.min_distinct)
    return Spread(
        calls=len(rows),
        by_hour=tuple(hours[hour] for hour in range(24)),
        top_resource=_top_share(row.payload for row in rows),
        networks=networks if "" not in networks else frozenset(),
        patterns=_patterns(figures, times, networks, needs_queries) if figures.calls >= MIN_CALLS else (),
        first_successes={row.payload: row.at for row in reversed(successes)},
    )


def _top_share(payloads: Iterable[str]) -> int:
    counts = Counter(payloads)
    total = counts.total()
    del counts[""]  # nothing is known about these
    return round(100 * max(counts.values(), default=0) / total)


def _patterns(
    figures: Figures, times: list[datetime.datetime], networks: frozenset[str], needs_queries: bool
) -> tuple[Pattern, ...]:
    found = {
        Pattern.SINGLE_RESOURCE: figures.distinct <= 1,
        Pattern.QUERIES_ONLY: needs_queries,
        Pattern.ONE_NETWORK: len(networks) == 1 and "" not in networks,
        Pattern.SUCCESSES_ONLY: not figures.client_errors,
        Pattern.EVEN_INTERVALS: _is_even(times),
        Pattern.SHORT_BURSTS: _is_in_bursts(times),
    }
    return tuple(pattern for pattern, holds in found.items() if holds)


def _needs_queries(successes: list[_Row], wanted: int) -> bool:
    """Return whether `wanted` different resources are reached only because the queries of GET requests differ.

    Paths are kept without their query, which is soon made up. A body can differ at one path.
    """
    if any(not row.path for row in successes):
        return False
    different = {row.payload for row in successes}
    without = {row.path if row.method in ("GET", "HEAD") else row.payload for row in successes}
    return len(without) < min(len(different), wanted)


def _is_even(times: list[datetime.datetime]) -> bool:
    """Return whether the intervals between calls of the same day hardly differ."""
    pairs = pairwise(times)
    seconds = [(after - before).total_seconds() for before, after in pairs if after.date() == before.date()]
    if len(seconds) < MIN_CALLS // 2 or not any(seconds):
        return False
    return statistics.pstdev(seconds) <= EVEN * statistics.fmean(seconds)


def _is_in_bursts(times: list[datetime.datetime]) -> bool:
    """Return whether the calls of every one of several days came within a few minutes."""
    days: dict[datetime.date, list[datetime.datetime]] = defaultdict(list)
    for moment in times:
        days[moment.date()].append(moment)
    return len(days) >= BURST_DAYS and all(each[-1] - each[0] <= BURST for each in days.values())
