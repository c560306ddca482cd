"""Reports that are forged, replayed, late, foreign or broken count for nothing, and do not stop the good ones."""

import datetime
import json
import uuid

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from developer_apps import jobs
from developer_apps.models import Call, EarlyOutcome
from developer_apps.traffic import evidence_figures
from developer_apps.traffic.analytics import Selection
from developer_apps.traffic.analytics import report as report_of
from developer_apps.traffic.outcomes import settle_early
from tests.developer_apps.elsewhere import NOW, Proxy, basic, make_product, make_server, outcome, post, record
from tests.factories import Api, make_token

DAY = datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("endpoint", "par\x00cel"),
        ("endpoint", "\ud800"),
        ("endpoint", " \u2003 "),
        ("method", "GE\x00T"),
        ("payload_digest", "\udfff"),
        ("response_digest", "\x00"),
        ("product", "par\x00cels"),
        ("trace_id", "\x00" * 36),
        ("trace_id", {"nested": True}),
        ("status", None),
        ("status", 10**30),
        ("latency_ms", 10**30),
        ("latency_ms", [1]),
    ],
)
def test_one_broken_entry_of_a_batch_is_invalid_and_the_others_are_taken(field, value, server, check):
    first, last = outcome(check()), outcome(check(), status=404)

    response = post({"outcomes": [first, {**outcome(str(uuid.uuid4())), field: value}, last]}, server)

    assert response.status_code == 200, response.content
    assert response.json()["results"] == [
        {"result": "recorded"},
        {"result": "invalid", "field": field},
        {"result": "recorded"},
    ]
    assert sorted(Call.objects.values_list("status", flat=True)) == [200, 404]


def test_names_that_no_entry_has_are_ignored_whatever_they_hold(server, check):
    response = post({"outcomes": [{**outcome(check()), "no\x00te": "\x00"}]}, server)

    assert response.json()["results"] == [{"result": "recorded"}]


@pytest.mark.parametrize("endpoint", ["消息", "read_parcel ", "Ünï-codé", "🙂"])
def test_names_in_any_script_are_recorded(endpoint, check, report):
    assert report(outcome(check(), endpoint=endpoint)) == ["recorded"]
    assert Call.objects.get().endpoint == endpoint.strip()


def test_a_trace_id_twice_in_a_batch_settles_its_check_once(check, report, subscribed, product):
    trace_id = check()

    results = report(outcome(trace_id), outcome(trace_id), outcome(trace_id, status=500))

    assert results == ["recorded", "duplicate", "conflict"]
    assert evidence_figures(subscribed.app, product).calls == 1


@pytest.mark.parametrize("write", [str.upper, "{{{}}}".format, lambda text: text.replace("-", "")])
def test_a_trace_id_in_another_spelling_is_the_same(write, check, report):
    trace_id = check()

    assert report(outcome(trace_id), outcome(write(trace_id))) == ["recorded", "duplicate"]


def test_of_two_servers_of_a_product_the_first_to_report_counts(product, check, report):
    second = make_server(product)
    trace_id = check()

    assert report(outcome(trace_id)) == ["recorded"]
    assert report(outcome(trace_id), credentials=second) == ["duplicate"]
    assert report(outcome(trace_id, latency_ms=13), credentials=second) == ["conflict"]
    assert Call.objects.get().latency_us == 12_500


def test_a_server_that_no_longer_serves_the_product_cannot_report(product, check, report):
    trace_id = check()
    product.resource_servers.get().products.clear()

    assert report(outcome(trace_id)) == ["not_yours"]


def test_a_server_that_is_switched_off_cannot_report(product, server, check):
    trace_id = check()
    product.resource_servers.update(is_active=False)

    response = post(outcome(trace_id), server)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (401, "RESOURCE_SERVER_UNKNOWN")
    assert Call.objects.get().outcome == "unknown"


def test_a_built_in_product_takes_no_reports(product, check, report):
    """Its calls are recorded where they are served."""
    trace_id = check()
    product.is_built_in = True
    product.save()

    assert report(outcome(trace_id)) == ["not_yours"]


@pytest.mark.parametrize("minutes", [-5, 5])
def test_servers_whose_clock_is_wrong_report_as_others_do(minutes, check, report):
    """A report has no time. That of the check counts."""
    trace_id = check()
    at = Call.objects.get().at

    with time_machine.travel(timezone.now() + datetime.timedelta(minutes=minutes), tick=False):
        assert report(outcome(trace_id)) == ["recorded"]
    assert Call.objects.get().at == at


def test_a_report_after_the_roll_up_of_its_day_is_in_the_figures_after_the_next_one(subscribed, product, check, report):
    app = subscribed.app
    with time_machine.travel(NOW, tick=False) as clock:
        trace_id, never = check("/parcels/1"), check("/parcels/2")
        clock.move_to(NOW.replace(hour=0, minute=20) + DAY)
        jobs.roll_up_traffic()
        assert report(outcome(trace_id, status=404)) == ["recorded"]
        assert evidence_figures(app, product).client_errors == 1

        clock.move_to(NOW.replace(hour=0, minute=20) + 2 * DAY)
        assert report(outcome(never)) == ["too_late"]
        jobs.roll_up_traffic()
        clock.move_to(NOW + 5 * DAY)
        found = evidence_figures(app, product)
        shown = report_of(app, Selection(NOW.date(), NOW.date())).total

    assert (found.calls, found.client_errors, found.unknown) == (1, 1, 1)
    assert (shown.calls, shown.errors, shown.unknown) == (2, 1, 1)


def test_an_app_that_sends_one_request_id_with_all_calls_is_not_stuck_with_an_old_one(check, report):
    """A check that was never reported stays open, and must not take the reports of the following days."""
    trace_id = str(uuid.uuid4())
    check("/parcels/1", X_Request_Id=trace_id)
    Call.objects.update(at=timezone.now() - 2 * DAY)
    assert report(outcome(trace_id)) == ["too_late"]

    check("/parcels/2", X_Request_Id=trace_id)
    assert report(outcome(trace_id)) == ["recorded"]

    assert list(Call.objects.order_by("at").values_list("outcome", flat=True)) == ["unknown", "reported"]
    assert report(outcome(trace_id), outcome(trace_id, status=500)) == ["duplicate", "too_late"]


def test_a_report_reads_few_of_the_many_calls_with_one_request_id(subscribed, product, report):
    trace_id = uuid.uuid4()
    for number in range(200):
        fields = {"outcome": "reported", "status": 200, "latency_us": 1_000 + number, "trace_id": trace_id}
        record(subscribed.app, product, **fields)
    record(subscribed.app, product, outcome="unknown", status=0, trace_id=trace_id)

    with CaptureQueriesContext(connection) as statements:
        assert report(outcome(str(trace_id))) == ["recorded"]

    reading = next(each["sql"] for each in statements if "trace_id" in each["sql"] and "SELECT" in each["sql"])
    with connection.cursor() as cursor:
        cursor.execute(reading.replace(" FOR UPDATE", ""))
        assert len(cursor.fetchall()) <= 1


def test_early_reports_that_never_get_a_check_do_not_delay_the_others(check, report):
    report(*(outcome(str(uuid.uuid4())) for _number in range(20)))
    trace_id = str(uuid.uuid4())
    report(outcome(trace_id))
    check(X_Request_Id=trace_id)

    assert settle_early(limit=10) == 1

    assert Call.objects.get().status == 200
    assert EarlyOutcome.objects.count() == 20


def test_an_early_report_that_is_sent_again_is_kept_once(report):
    first, second = outcome(str(uuid.uuid4())), outcome(str(uuid.uuid4()))

    for _number in range(3):
        assert report(first, first, second) == ["unknown"] * 3

    assert EarlyOutcome.objects.count() == 2
    report({**first, "status": 500})
    assert EarlyOutcome.objects.count() == 3, "another content is another report"


def test_an_app_that_reports_reads_whose_word_counts(subscribed, check):
    trace_id = check()
    header = basic(subscribed.client_id, subscribed.client_secret)

    response = Api(make_token(subscribed)).post(
        "/gateway/outcomes", json.dumps(outcome(trace_id)), Authorization=header, X_Resource_Server=header
    )

    error = response.json()["errors"][0]
    assert (response.status_code, error["code"]) == (401, "RESOURCE_SERVER_UNKNOWN")
    assert "resource server" in error["message"]
    assert Call.objects.get().outcome == "unknown"


def test_another_product_of_the_same_server_is_not_settled(product, subscribed, server, check, report):
    letters = make_product("letters")
    product.resource_servers.get().products.add(letters)
    trace_id = check()

    assert report(outcome(trace_id, product="letters")) == ["unknown"]
    assert Call.objects.get().outcome == "unknown"
    assert Proxy(server, make_token(subscribed)).get("/gateway/verify?product=letters").status_code == 403
