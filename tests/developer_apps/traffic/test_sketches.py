"""Counting different people and payloads over days whose single calls are not read."""

import datetime
import random

import pytest
import time_machine
from hypothesis import given
from hypothesis import strategies as st

from developer_apps import jobs
from developer_apps.models import Call
from developer_apps.traffic import analytics, evidence_figures, sketches
from tests.developer_apps.elsewhere import NOW, make_product, record
from tests.factories import make_user
from tests.statements import statements

hashes = st.integers(0, 2**64 - 1).map(lambda number: f"{number:016x}")
DAY = datetime.timedelta(days=1)


@given(st.lists(st.lists(hashes, max_size=30), max_size=5))
def test_a_merged_sketch_is_that_of_everything_and_exact_for_few(days):
    everything = {each for day in days for each in day}

    assert sketches.merged(map(sketches.of, days)) == sketches.of(everything)
    assert sketches.count(sketches.of(everything)) == len(everything)
    assert sketches.is_exact(sketches.of(everything))


@pytest.mark.parametrize("number", [5_000, 60_000])
def test_many_are_estimated_within_four_standard_errors(number):
    chance = random.Random(number)
    days = [[f"{chance.getrandbits(64):016x}" for _number in range(number // 5)] for _day in range(5)]

    sketch = sketches.merged([*map(sketches.of, days), sketches.of(days[0])])

    assert not sketches.is_exact(sketch)
    assert len(sketch) == sketches.SIZE * sketches.HASH_BYTES
    assert sketches.count(sketch) == pytest.approx(number, rel=0.064)


@pytest.fixture
def weeks(application, db):
    """Calls of three people and six payloads on each of ten days, and more of the other environment and product."""
    product, other = make_product(), make_product("letters")
    people = [make_user() for _number in range(3)]
    for back in range(10):
        for number in range(6):
            at, person = NOW - DAY * back, people[number % 3].pk
            record(application.app, product, at=at, payload=f"{number}", user_id=person)
            record(application.app, other, at=at, payload=f"x{number}", user_id=person)
            record(application.app, product, at=at, payload=f"y{number}", environment="production")
    return application.app, product


@time_machine.travel(NOW)
def test_figures_are_the_same_before_and_after_the_roll_up(weeks):
    app, product = weeks
    before = evidence_figures(app, product)
    selection = analytics.Selection(NOW.date() - 20 * DAY, NOW.date())
    people = analytics.report(app, selection).users

    jobs.roll_up_traffic()

    assert evidence_figures(app, product) == before
    assert (before.calls, before.distinct, before.longest_run) == (60, 6, 10)
    assert analytics.report(app, selection).users == people == 3
    Call.objects.filter(at__lt=NOW - 1.5 * DAY).delete()
    assert evidence_figures(app, product) == before
    assert analytics.report(app, selection).users == 3


@time_machine.travel(NOW)
def test_an_outcome_of_yesterday_counts_at_once_after_the_roll_up(weeks):
    app, product = weeks
    yesterday = Call.objects.filter(at=NOW - DAY, product=product, environment="sandbox").first()
    Call.objects.filter(pk=yesterday.pk).update(status=0, outcome="unknown")
    jobs.roll_up_traffic()
    assert (evidence_figures(app, product).calls, evidence_figures(app, product).unknown) == (59, 1)

    Call.objects.filter(pk=yesterday.pk).update(status=200, outcome="reported")

    assert (evidence_figures(app, product).calls, evidence_figures(app, product).unknown) == (60, 0)


@time_machine.travel(NOW)
def test_people_are_not_counted_by_status_or_endpoint(weeks):
    app, product = weeks
    for part in ({"status": 200}, {"endpoint": "gateway"}):
        assert analytics.report(app, analytics.Selection(NOW.date(), NOW.date(), **part)).users is None
    selection = analytics.Selection(NOW.date() - 5 * DAY, NOW.date(), product_id=product.pk, environment="sandbox")
    assert analytics.report(app, selection).users == 3


@time_machine.travel(NOW)
def test_evidence_takes_a_fixed_number_of_statements(weeks):
    app, product = weeks
    jobs.roll_up_traffic()

    with statements() as ran:
        evidence_figures(app, product)

    assert len(ran) == 2, "two of sums, and those of the calls, which `statements` leaves out"
