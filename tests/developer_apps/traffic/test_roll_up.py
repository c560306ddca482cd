"""Days are summed so that figures and percentiles survive the single calls, however often the job runs."""

import datetime
import threading

import pytest
import time_machine
from django.db import connection

from developer_apps import jobs
from developer_apps.models import Call, DailyReach, DailyTraffic, TokenKind
from developer_apps.traffic import evidence_figures, roll_up
from developer_apps.traffic.analytics import Selection, percentile, report
from tests.developer_apps.elsewhere import NOW, make_product, record

YESTERDAY = NOW - datetime.timedelta(days=1)


@pytest.fixture
def product(db):
    return make_product()


def replay(app, product, *, days=5, calls=20, first=NOW - datetime.timedelta(days=5)):
    """Record `calls` calls on each of some days: every fifth one a 404, ten different payloads a day."""
    for day in range(days):
        for number in range(calls):
            record(
                app,
                product,
                at=first + datetime.timedelta(days=day, minutes=number),
                status=404 if number % 5 == 4 else 200,
                payload=f"{day}-{number % 10}",
                latency_us=1_000 * (number + 1),
            )


@time_machine.travel(NOW)
def test_five_days_replayed_give_the_exact_figures(application, product):
    replay(application.app, product)

    figures = evidence_figures(application.app, product)

    assert (figures.calls, figures.distinct, figures.successes, figures.client_errors) == (100, 40, 80, 20)
    assert figures.days == [(NOW - datetime.timedelta(days=number)).date() for number in (5, 4, 3, 2, 1)]
    assert figures.longest_run == 5


@time_machine.travel(NOW)
def test_evidence_counts_neither_production_nor_other_products_nor_other_apps(application, make_app, product):
    record(application.app, product, environment="production")
    record(application.app, make_product("other"))
    record(make_app().app, product)

    assert evidence_figures(application.app, product).calls == 0


@time_machine.travel(NOW)
def test_a_missing_day_breaks_the_run(application, product):
    for days in (1, 2, 4, 5, 6):
        record(application.app, product, at=NOW - datetime.timedelta(days=days))

    assert evidence_figures(application.app, product).longest_run == 3


def test_days_are_those_of_utc(application, product):
    record(application.app, product, at=datetime.datetime(2026, 3, 17, 23, 59, 59, tzinfo=datetime.UTC))
    record(application.app, product, at=datetime.datetime(2026, 3, 18, 0, 0, 0, tzinfo=datetime.UTC))

    with time_machine.travel(NOW):
        assert len(evidence_figures(application.app, product).days) == 2


@time_machine.travel(NOW)
def test_roll_up_sums_what_shares_app_product_environment_endpoint_and_status(application, product):
    replay(application.app, product, days=1, first=YESTERDAY)
    record(application.app, at=YESTERDAY, endpoint="tokeninfo", user_id=7, token_kind=TokenKind.USER)

    jobs.roll_up_traffic()

    sums = {(row.endpoint, row.status): row.calls for row in DailyTraffic.objects.all()}
    assert sums == {("gateway", 200): 16, ("gateway", 404): 4, ("tokeninfo", 200): 1}
    assert sum(sum(row.latency_histogram) for row in DailyTraffic.objects.all()) == 21
    reach = {(row.product_id, row.users, row.payloads) for row in DailyReach.objects.all()}
    assert reach == {(product.pk, 0, 8), (None, 1, 0)}


@time_machine.travel(NOW)
def test_roll_up_again_changes_nothing_and_takes_late_calls_in(application, product):
    replay(application.app, product, days=1, first=YESTERDAY)
    jobs.roll_up_traffic()
    jobs.roll_up_traffic()
    assert sum(DailyTraffic.objects.values_list("calls", flat=True)) == 20

    record(application.app, product, at=YESTERDAY)
    jobs.roll_up_traffic()

    assert sum(DailyTraffic.objects.values_list("calls", flat=True)) == 21


@time_machine.travel(NOW)
def test_day_in_hand_is_not_summed_yet(application, product):
    record(application.app, product, at=NOW)

    jobs.roll_up_traffic()

    assert not DailyTraffic.objects.exists()


@time_machine.travel(NOW)
def test_old_calls_go_and_their_figures_stay(application, product, settings):
    settings.TRAFFIC_DETAIL_DAYS = 30
    replay(application.app, product, first=NOW - datetime.timedelta(days=60))
    record(application.app, product, at=YESTERDAY, payload="new")
    before = evidence_figures(application.app, product)

    jobs.roll_up_traffic()
    jobs.roll_up_traffic()

    assert Call.objects.count() == 1
    after = evidence_figures(application.app, product)
    assert after.calls == 101
    assert (after.successes, after.client_errors, after.longest_run) == (81, 20, 5)
    assert after.distinct == 41, "different payloads are counted over days whose calls are gone"
    assert before.calls == 1, "calls past their time count once they are summed"


@time_machine.travel(NOW)
def test_old_calls_of_a_day_without_sums_are_not_deleted(application, product):
    record(application.app, product, at=NOW - datetime.timedelta(days=200))

    assert roll_up.delete_old_detail() == 0
    assert Call.objects.count() == 1


@time_machine.travel(NOW)
def test_deletion_goes_in_chunks(application, product):
    replay(application.app, product, days=1, first=NOW - datetime.timedelta(days=200))
    roll_up.roll_up_recent()

    assert roll_up.delete_old_detail(chunk=3) == 20


@time_machine.travel(NOW)
def test_nothing_stays_of_a_deleted_app(application, product, developer):
    replay(application.app, product, days=1, first=YESTERDAY)
    jobs.roll_up_traffic()
    application.app.remove(by=developer)

    jobs.roll_up_traffic()

    assert not Call.objects.exists()
    assert not DailyTraffic.objects.exists()
    assert not DailyReach.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_parallel_roll_ups_of_a_day_leave_one_set_of_sums(application):
    product = make_product()
    replay(application.app, product, days=1, first=YESTERDAY)
    failures = []

    def run():
        try:
            roll_up.roll_up(YESTERDAY.date())
        except Exception as error:  # the thread's own
            failures.append(error)
        finally:
            connection.close()

    threads = [threading.Thread(target=run) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert not failures
    assert sum(DailyTraffic.objects.values_list("calls", flat=True)) == 20


@time_machine.travel(NOW)
def test_report_is_the_same_before_and_after_the_roll_up(application, product):
    replay(application.app, product)
    selection = Selection(NOW.date() - datetime.timedelta(days=29), NOW.date())

    live = report(application.app, selection)
    jobs.roll_up_traffic()
    record(application.app, product, at=NOW)
    summed = report(application.app, selection)

    assert (live.total.calls, live.total.errors) == (100, 20)
    assert (summed.total.calls, summed.total.errors) == (101, 20)
    assert live.by_day[YESTERDAY.date()] == summed.by_day[YESTERDAY.date()]
    assert live.total.p95 == pytest.approx(summed.total.p95, rel=0.05)
    assert set(live.by_status) == {200, 404}


@time_machine.travel(NOW)
def test_report_counts_only_what_is_selected(application, product):
    replay(application.app, product, days=1, first=YESTERDAY)
    record(application.app, make_product("other"), at=YESTERDAY, environment="production", user_id=5)
    day = YESTERDAY.date()

    assert report(application.app, Selection(day, day, product_id=product.pk)).total.calls == 20
    assert report(application.app, Selection(day, day, environment="production")).total.calls == 1
    assert report(application.app, Selection(day, day, status=404)).total.calls == 4
    assert report(application.app, Selection(NOW.date(), NOW.date())).total.calls == 0
    assert report(application.app, Selection(day, day)).users == 1


def test_percentiles_lie_within_their_bucket():
    histogram = [0] * 31
    histogram[6] = 100  # 2 to 3 milliseconds

    assert percentile(histogram, 0.5) == 2.5
    assert percentile(histogram, 0.99) == pytest.approx(2.99)
    assert percentile([0] * 31, 0.5) is None
