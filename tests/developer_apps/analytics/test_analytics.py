"""Developers and staff look at an app's traffic: figures, charts with tables, the log, CSV."""

import csv
import datetime
import io
import uuid

import pytest
import time_machine

from developer_apps.analytics import charts
from developer_apps.traffic import roll_up
from tests.developer_apps.elsewhere import NOW, make_product, record, subscribe
from tests.factories import make_token


@pytest.fixture
def page(application):
    return f"/developer/apps/{application.app.pk}/analytics/"


@pytest.fixture
def busy(application, citizen):
    """Two days of traffic on two products."""
    letters, parcels = make_product("letters"), make_product("parcels")
    for product in (letters, parcels):
        subscribe(application.app, product)
    for days in (1, 2):
        for number in range(10):
            record(
                application.app,
                letters if number < 7 else parcels,
                at=NOW - datetime.timedelta(days=days),
                status=500 if number == 9 else 200,
                user_id=citizen.pk if number == 0 else None,
                latency_us=10_000,
            )
    return letters, parcels


@time_machine.travel(NOW)
def test_page_without_traffic_says_so(sign_in, teammate, page):
    response = sign_in(teammate).get(page)

    assert response.status_code == 200
    assert "No calls yet" in response.content.decode()


@time_machine.travel(NOW)
def test_members_see_figures_and_charts(sign_in, teammate, page, busy):
    content = sign_in(teammate).get(page).content.decode()

    assert '<span class="figure">20</span>' in content
    assert '<span class="figure">1</span>' in content
    assert content.count("chart-bar--") == 8  # on a wide chart and a narrow one
    assert content.count("<polyline") == 6
    assert "style=" not in content
    assert "By product" in content
    assert "Quota left today" in content
    assert "p50 latency (ms)" in content


@time_machine.travel(NOW)
def test_filters_narrow_the_figures(sign_in, teammate, page, busy):
    letters, _parcels = busy
    browser = sign_in(teammate)

    def calls(query):
        return browser.get(page + query).context["report"].total.calls

    assert calls(f"?product={letters.pk}") == 14
    assert calls("?status=500") == 2
    assert calls("?environment=production") == 0
    assert calls("?environment=sandbox&days=7") == 20
    roll_up.roll_up_recent()
    assert calls("?status=500") == 2


@pytest.mark.parametrize(
    "query", ["?product=abc", "?product=99999999999999999999", "?days=x", "?status=%00", "?endpoint='--"]
)
@time_machine.travel(NOW)
def test_invalid_filters_are_ignored(sign_in, teammate, page, busy, query):
    for address in (page, f"{page}log", f"{page}traffic.csv"):
        assert sign_in(teammate).get(address + query).status_code == 200


@time_machine.travel(NOW)
def test_csv_has_the_same_figures(sign_in, teammate, page, busy):
    response = sign_in(teammate).get(f"{page}traffic.csv?days=7")

    rows = list(csv.DictReader(io.StringIO(response.getvalue().decode())))
    assert response["Content-Disposition"].startswith("attachment")
    assert sum(int(row["calls"]) for row in rows) == 20
    assert {row["product"] for row in rows} == {"letters", "parcels"}
    assert {row["day"] for row in rows} == {"2026-03-16", "2026-03-17"}


@time_machine.travel(NOW)
def test_log_finds_a_call_by_its_trace_id(sign_in, teammate, application, page):
    traces = [uuid.uuid4() for _ in range(3)]
    for trace in traces:
        record(application.app, trace_id=trace)
    browser = sign_in(teammate)

    assert all(str(trace) in browser.get(f"{page}log").content.decode() for trace in traces)
    found = browser.get(f"{page}log?trace={traces[1]}")
    assert [entry.trace_id for entry in found.context["entries"]] == [traces[1]]
    assert "isn’t a trace ID" in browser.get(f"{page}log?trace=hello").content.decode()


@time_machine.travel(NOW)
def test_trace_id_of_a_response_finds_its_line(sign_in, developer, application, page, api):
    response = api(make_token(application, developer)).get("/api/v1/tokeninfo")

    log = sign_in(developer).get(f"{page}log?trace={response['X-Request-Id']}")

    assert [entry.request for entry in log.context["entries"]] == ["GET /api/v1/tokeninfo"]


@time_machine.travel(NOW)
def test_another_apps_calls_are_not_in_the_log(sign_in, teammate, make_app, page):
    trace = uuid.uuid4()
    record(make_app().app, trace_id=trace)

    assert not sign_in(teammate).get(f"{page}log?trace={trace}").context["entries"]


@pytest.mark.parametrize("suffix", ["", "log", "traffic.csv"])
def test_strangers_find_nothing_and_staff_may_look(sign_in, rival, anonymous, superuser, page, suffix):
    assert sign_in(rival).get(page + suffix).status_code == 404
    assert anonymous.get(page + suffix).status_code == 302
    assert sign_in(superuser).get(page + suffix).status_code == 200
    assert sign_in(superuser, second_factor=False).get(page + suffix).status_code == 404


@time_machine.travel(NOW)
def test_statements_do_not_grow_with_the_calls(
    sign_in, teammate, application, page, busy, django_assert_max_num_queries
):
    browser = sign_in(teammate)
    browser.get(page)
    for number in range(30):
        record(application.app, at=NOW - datetime.timedelta(days=number), status=200 + number)

    with django_assert_max_num_queries(25):
        browser.get(page)


def test_bars_fill_the_chart_to_a_round_number():
    chart = charts.stacked_bars(["a", "b"], [("good", [30, 0]), ("bad", [10, 0])])

    assert [tick.label for tick in chart.y_ticks] == ["0", "20", "40"]
    good, bad = chart.rectangles
    assert good.height == pytest.approx(3 * bad.height, abs=0.2)
    assert good.y + good.height == pytest.approx(chart.base, abs=0.2)
    assert bad.y + bad.height == pytest.approx(good.y, abs=0.2)


def test_axis_labels_match_their_positions():
    labels = [[tick.label for tick in charts.stacked_bars(["a"], [("good", [top])]).y_ticks] for top in (15, 3000)]

    assert labels == [["0", "7.5", "15"], ["0", "1,500", "3,000"]]


def test_gap_in_a_line_is_not_bridged():
    chart = charts.lines(list("abcde"), [("p50", [1.0, 2.0, None, 3.0, 4.0])])

    assert len(chart.lines[0].parts) == 2
    assert len(chart.lines[0].dots) == 4


@pytest.mark.parametrize(("value", "top"), [(0, 1), (1, 1), (3, 3), (7, 8), (101, 150), (230, 250), (1000, 1000)])
def test_tops_are_round(value, top):
    assert charts.nice_top(value) == top


def test_a_phone_gets_the_newest_days_on_a_chart_of_its_width():
    labels = [str(day) for day in range(30)]
    wide, narrow = charts.wide_and_narrow(charts.stacked_bars, labels, [("good", [1] * 30)])

    assert (len(wide.rectangles), len(narrow.rectangles)) == (30, 7)
    assert narrow.x_ticks[0].label == "23"
    assert max(each.x + each.width for each in narrow.rectangles) <= charts.NARROW


@time_machine.travel(NOW)
def test_few_calls_show_latencies_that_a_call_had(sign_in, teammate, application, page):
    record(application.app, latency_us=28_700)
    total = sign_in(teammate).get(page).context["report"].total
    assert (total.p50, total.p95, total.p99) == (28.7, 28.7, 28.7)

    record(application.app, latency_us=3_400)
    total = sign_in(teammate).get(page).context["report"].total
    assert (total.p50, total.p95, total.p99) == (3.4, 28.7, 28.7)


@time_machine.travel(NOW)
def test_percentiles_of_many_calls_are_within_the_data(sign_in, teammate, application, page, monkeypatch):
    monkeypatch.setattr("developer_apps.traffic.analytics.EXACT_UP_TO", 20)
    for _number in range(30):
        record(application.app, at=NOW - datetime.timedelta(days=1), latency_us=28_700)
    record(application.app, endpoint="rare", at=NOW - datetime.timedelta(days=1), latency_us=24_100)
    record(application.app, endpoint="rare", at=NOW - datetime.timedelta(days=1), latency_us=24_200)
    for summed in (False, True):
        if summed:
            roll_up.roll_up_recent()
        found = sign_in(teammate).get(page).context["report"]
        assert 24.1 <= found.total.p50 <= found.total.p99 <= 28.7
        assert found.by_endpoint["gateway"].p50 == 28.7
        assert found.by_endpoint["rare"].p99 is None, "two of many calls have no percentile"


def test_admin_links_to_the_traffic(sign_in, superuser, application, page):
    content = sign_in(superuser).get(f"/admin/developer_apps/app/{application.app.pk}/change/").content.decode()

    assert f'href="{page}"' in content
