"""Signs that an app's sandbox calls come from a script and not from an app that is built and tried.

They are hints for staff. None of them stops a call from counting.
"""

import datetime
import enum
import statistics
from collections import defaultdict
from itertools import pairwise

from developer_apps.models import App, Environment, Product
from developer_apps.models.traffic import Call
from developer_apps.traffic.evidence import counted, evidence_figures

MIN_CALLS = 30  # fewer calls show no pattern
LOOKED_AT = 2_000  # the newest calls
EVEN = 0.2  # the standard deviation of even intervals is at most this share of their mean
BURST = datetime.timedelta(minutes=10)
BURST_DAYS = 2


class Pattern(enum.Enum):
    """What makes calls look fabricated."""

    SINGLE_RESOURCE = "single_resource"
    SUCCESSES_ONLY = "successes_only"
    EVEN_INTERVALS = "even_intervals"
    SHORT_BURSTS = "short_bursts"


def suspicious_patterns(app: App, product: Product) -> list[Pattern]:
    """Return the patterns in the sandbox calls of `app` to `product`."""
    figures = evidence_figures(app, product)
    if figures.calls < MIN_CALLS:
        return []
    calls = Call.objects.filter(counted(), app=app, product=product, environment=Environment.SANDBOX)
    times = sorted(calls.order_by("-at").values_list("at", flat=True)[:LOOKED_AT])
    found = {
        Pattern.SINGLE_RESOURCE: figures.distinct <= 1,
        Pattern.SUCCESSES_ONLY: not figures.client_errors,
        Pattern.EVEN_INTERVALS: _is_even(times),
        Pattern.SHORT_BURSTS: _is_in_bursts(times),
    }
    return [pattern for pattern, holds in found.items() if holds]


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
        days[moment.astimezone(datetime.UTC).date()].append(moment)
    return len(days) >= BURST_DAYS and all(each[-1] - each[0] <= BURST for each in days.values())
