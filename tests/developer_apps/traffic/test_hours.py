"""The hours of a day that has no sums yet are summed, so a busy app's pages do not read its single calls."""

import datetime
import uuid

import pytest
import time_machine

from developer_apps import jobs
from developer_apps.analytics.forms import TrafficFilter
from developer_apps.models import Call, DailyTraffic, HourlyReach, HourlyTraffic
from developer_apps.traffic import analytics, roll_up
from developer_apps.traffic.analytics import Selection, day_sums, report
from developer_apps.traffic.outcomes import Report, settle
from tests.developer_apps.elsewhere import NOW, make_product, record

TODAY = NOW.date()
SELECTION = Selection(TODAY - datetime.timedelta(days=6), TODAY)
pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("busy")]


@pytest.fixture
def busy(monkeypatch):
    """Every app counts as one with many calls, whose figures are read from sums."""
    monkeypatch.setattr(analytics, "EXACT_UP_TO", 0)


@pytest.fixture
def product(db):
    return make_product()


@pytest.fixture
def app(application):
    return application.app


def replay(app, product, *, hours=15, first=None):
    """Record calls of some hours of today: two successes and a 404 in each, of another person each hour."""
    first = first or datetime.datetime.combine(TODAY, datetime.time(), datetime.UTC)
    for hour in range(hours):
        for number, status in enumerate((200, 404, 200)):
            at = first + datetime.timedelta(hours=hour, minutes=10 * number)
            record(app, product, at=at, status=status, user_id=100 + hour, latency_us=1_000 * (hour + 1))


def figures(app, **parts):
    found = report(app, Selection(SELECTION.first, SELECTION.last, **parts))
    return found.total, found.users, found.by_day, found.by_status, found.by_outcome


@time_machine.travel(NOW, tick=False)
def test_a_report_is_the_same_from_calls_from_hours_and_from_days(app, product):
    replay(app, product)
    replay(app, product, first=NOW - datetime.timedelta(days=1, hours=14))
    record(app, product, at=NOW, status=500)
    filters = ({}, {"environment": "sandbox"}, {"status": 404}, {"product_id": product.pk})
    live = [figures(app, **each) for each in filters]

    jobs.roll_up_hours()
    hourly = [figures(app, **each) for each in filters]
    jobs.roll_up_traffic()
    daily = [figures(app, **each) for each in filters]

    assert live == hourly == daily
    assert live[0][0].calls == 91
    assert live[0][1] == 15


@time_machine.travel(NOW, tick=False)
def test_figures_of_summed_hours_read_no_single_call(app, product):
    replay(app, product)
    before = figures(app)

    jobs.roll_up_hours()
    Call.objects.filter(at__lt=NOW - datetime.timedelta(hours=1)).delete()

    assert figures(app) == before


@time_machine.travel(NOW, tick=False)
def test_each_group_of_a_day_is_one_row_of_the_csv(app, product):
    replay(app, product)
    record(app, product, at=NOW)
    jobs.roll_up_hours()

    sums = day_sums(app, SELECTION)

    assert sorted((each.status, sum(each.histogram), each.lowest, each.highest) for each in sums) == [
        (200, 31, 1_000, 15_000),
        (404, 15, 1_000, 15_000),
    ]


@pytest.mark.parametrize(("minute", "summed"), [(4, 14), (5, 15), (59, 15)])
def test_an_hour_is_summed_five_minutes_after_its_end(app, product, minute, summed):
    replay(app, product, hours=16)

    with time_machine.travel(NOW.replace(minute=minute), tick=False):
        jobs.roll_up_hours()

    assert HourlyTraffic.objects.values("hour").distinct().count() == summed


@time_machine.travel(NOW, tick=False)
def test_summing_hours_again_changes_nothing(app, product):
    replay(app, product)

    assert roll_up.roll_up_hours() == 14
    before = list(HourlyTraffic.objects.values()), list(HourlyReach.objects.values())
    assert roll_up.roll_up_hours() == 0

    assert (list(HourlyTraffic.objects.values()), list(HourlyReach.objects.values())) == before


def test_the_sums_of_a_day_replace_those_of_its_hours(app, product):
    replay(app, product)
    with time_machine.travel(NOW, tick=False):
        jobs.roll_up_hours()
    assert HourlyTraffic.objects.exists()

    with time_machine.travel(NOW + datetime.timedelta(days=1), tick=False):
        jobs.roll_up_traffic()
        jobs.roll_up_hours()

    assert not HourlyTraffic.objects.exists()
    assert not HourlyReach.objects.exists()
    assert sum(DailyTraffic.objects.values_list("calls", flat=True)) == 45


def test_until_the_day_is_summed_yesterdays_hours_count(app, product):
    replay(app, product)
    with time_machine.travel(NOW + datetime.timedelta(hours=9, minutes=10), tick=False):  # 00:10 of the next day
        jobs.roll_up_hours()
        assert report(app, Selection(TODAY, TODAY)).total.calls == 45
    assert HourlyTraffic.objects.values("hour").distinct().count() == 15


@time_machine.travel(NOW, tick=False)
def test_an_outcome_that_is_reported_after_its_hour_was_summed_shows_immediately(app, product, make_app):
    other = make_app().app
    trace_id, at = uuid.uuid4(), NOW - datetime.timedelta(hours=3)
    replay(app, product, hours=12)
    record(other, product, at=at)
    record(app, product, at=at, status=0, outcome="unknown", trace_id=trace_id)
    jobs.roll_up_hours()
    assert report(app, SELECTION).total.unknown == 1

    assert settle([Report(trace_id, product.pk, 503, "parcel", "GET", 5_000)], now=NOW) == ["recorded"]

    assert (report(app, SELECTION).total.unknown, report(app, SELECTION).by_status[503].calls) == (0, 1)
    assert HourlyTraffic.objects.filter(app=other, hour=at).exists(), "another app's sums stay"
    assert not HourlyTraffic.objects.filter(app=app, hour=at).exists()
    jobs.roll_up_hours()
    assert HourlyTraffic.objects.get(app=app, hour=at, status=503).calls == 1
    assert report(app, SELECTION).total.calls == 37


@time_machine.travel(NOW, tick=False)
def test_filters_offer_what_hours_and_the_newest_calls_have(app, product):
    record(app, product, at=NOW - datetime.timedelta(hours=3), endpoint="parcels", status=201)
    jobs.roll_up_hours()
    Call.objects.all().delete()
    record(app, product, at=NOW, endpoint="parcel", status=404)

    form = TrafficFilter(None, app=app)

    assert [value for value, _label in form.fields["endpoint"].choices] == ["", "parcel", "parcels"]
    assert [value for value, _label in form.fields["status"].choices] == ["", "201", "404"]


@time_machine.travel(NOW, tick=False)
def test_hours_of_calls_without_a_product_are_summed_once(application):
    record(application.app, at=NOW - datetime.timedelta(hours=2), endpoint="tokeninfo", user_id=7)

    jobs.roll_up_hours()
    jobs.roll_up_hours()

    assert HourlyTraffic.objects.get().calls == 1
    assert HourlyReach.objects.count() == 1
