"""Calls that look as if a script made them are pointed out to staff."""

import datetime
import random

import pytest
import time_machine

from developer_apps.traffic import Pattern, suspicious_patterns
from tests.developer_apps.elsewhere import NOW, make_product, record


@pytest.fixture(autouse=True)
def now():
    with time_machine.travel(NOW, tick=False):
        yield


@pytest.fixture
def product(db):
    return make_product()


def fill(app, product, *, days=3, calls=20, gap=None, statuses=(200, 200, 404), payloads=7, seed=1):
    """Record calls on some days: at random times of eight hours, or `gap` apart."""
    chance = random.Random(seed)
    for day in range(days):
        begin = NOW - datetime.timedelta(days=day, hours=8)
        for number in range(calls):
            after = gap * number if gap else datetime.timedelta(seconds=chance.uniform(0, 8 * 3600))
            record(
                app,
                product,
                at=begin + after,
                status=statuses[number % len(statuses)],
                payload=f"{day}-{number % payloads}" if payloads > 1 else "one",
            )


def test_calls_at_irregular_times_with_errors_are_not_suspicious(application, product):
    fill(application.app, product)

    assert suspicious_patterns(application.app, product) == []


@pytest.mark.parametrize(
    ("how", "pattern"),
    [
        ({"payloads": 1}, Pattern.SINGLE_RESOURCE),
        ({"statuses": (200,)}, Pattern.SUCCESSES_ONLY),
        ({"gap": datetime.timedelta(minutes=5)}, Pattern.EVEN_INTERVALS),
    ],
)
def test_each_pattern_is_found(application, product, how, pattern):
    fill(application.app, product, **how)

    assert suspicious_patterns(application.app, product) == [pattern]


def test_calls_within_minutes_of_each_day_are_a_burst(application, product):
    fill(application.app, product, gap=datetime.timedelta(seconds=10))

    assert suspicious_patterns(application.app, product) == [Pattern.EVEN_INTERVALS, Pattern.SHORT_BURSTS]


def test_few_calls_and_uncounted_calls_show_no_pattern(application, product):
    fill(application.app, product, days=1, statuses=(200,))
    for _number in range(40):
        record(application.app, product, at=NOW, status=0, outcome="unknown", payload="one")

    assert suspicious_patterns(application.app, product) == []
