"""Resource servers report what their API responded to the calls they checked; only that fills figures."""

import datetime
import json
import uuid

import pytest
from django.core.management import call_command
from django.utils import timezone

from developer_apps import jobs
from developer_apps.models import Call, EarlyOutcome, ResourceServer
from developer_apps.traffic import evidence_figures, recorder
from tests.developer_apps.elsewhere import OUTCOMES, VERIFY, Proxy, basic, make_product, make_server, outcome, post
from tests.factories import Api, make_token


def test_a_checked_call_is_no_success_until_its_outcome_is_reported(subscribed, product, check, report):
    trace_id = check()
    before = evidence_figures(subscribed.app, product)
    assert (before.calls, before.distinct, before.successes, before.unknown, before.days) == (0, 0, 0, 1, [])

    assert report(outcome(trace_id)) == ["recorded"]

    after = evidence_figures(subscribed.app, product)
    assert (after.calls, after.distinct, after.successes, after.unknown) == (1, 1, 1, 0)
    call = Call.objects.get()
    assert (call.status, call.endpoint, call.method, call.latency_us) == (200, "parcel", "GET", 12_500)
    assert ResourceServer.objects.get().last_report_at


def test_what_the_api_responds_decides_success_and_error(subscribed, product, check, report):
    statuses = [200, 404, 200, 400, 405]
    results = report(*(outcome(check(f"/parcels/{n}"), status=status) for n, status in enumerate(statuses)))

    figures = evidence_figures(subscribed.app, product)
    assert results == ["recorded"] * 5
    assert (figures.calls, figures.successes, figures.client_errors, figures.distinct) == (5, 2, 3, 2)


def test_refusals_by_myusa_are_final_and_fill_no_bar(subscribed, product, server, report):
    refused = Proxy(server, make_token(subscribed, scopes="profile.email")).get(VERIFY)

    assert refused.status_code == 403
    assert report(outcome(refused["X-Request-Id"])) == ["conflict"]
    figures = evidence_figures(subscribed.app, product)
    assert (figures.calls, figures.client_errors, figures.refused) == (0, 0, 1)


def test_the_same_batch_twice_counts_once(subscribed, product, check, report):
    batch = [outcome(check(f"/parcels/{number}"), endpoint=f"parcel-{number}") for number in range(3)]

    assert report(*batch) == ["recorded"] * 3
    before = evidence_figures(subscribed.app, product)
    assert report(*batch) == ["duplicate"] * 3
    assert evidence_figures(subscribed.app, product) == before


def test_another_content_than_before_is_a_conflict_and_the_first_stays(check, report):
    trace_id = check()

    assert report(outcome(trace_id, status=404), outcome(trace_id, status=200)) == ["recorded", "conflict"]
    assert Call.objects.get().status == 404


def test_checks_that_share_a_trace_id_are_settled_one_each_oldest_first(check, report):
    trace_id = str(uuid.uuid4())
    for number in range(2):
        assert check(f"/parcels/{number}", X_Request_Id=trace_id) == trace_id

    results = report(*(outcome(trace_id, status=status) for status in (200, 404, 500)))

    assert results == ["recorded", "recorded", "conflict"]
    assert list(Call.objects.order_by("pk").values_list("status", flat=True)) == [200, 404]


def test_only_the_server_of_the_product_can_report(check, report):
    foreign = make_server(make_product("letters"))
    trace_id = check()

    assert report(outcome(trace_id), credentials=foreign) == ["not_yours"]
    assert report(outcome(trace_id, product="letters"), credentials=foreign) == ["unknown"]
    assert Call.objects.get().outcome == "unknown"


def test_apps_cannot_report_on_their_own_behalf(subscribed, check):
    trace_id = check()

    for credentials in ((subscribed.client_id, subscribed.client_secret), ("", ""), ("nobody", "x")):
        response = post({"outcomes": [outcome(trace_id)]}, credentials)
        assert response.status_code == 401
        assert response.json()["errors"][0]["code"] == "RESOURCE_SERVER_UNKNOWN"
    bearer = Api(make_token(subscribed)).post(OUTCOMES, {"outcomes": [outcome(trace_id)]})
    assert bearer.status_code == 401
    assert Call.objects.get().outcome == "unknown"


def test_a_trace_id_without_a_check_is_unknown(report):
    assert report(outcome(str(uuid.uuid4()))) == ["unknown"]
    assert not Call.objects.exists()


def test_an_outcome_counts_for_a_day(check, report):
    early, late = check(), check()
    Call.objects.filter(trace_id=early).update(at=timezone.now() - datetime.timedelta(hours=23, minutes=59))
    Call.objects.filter(trace_id=late).update(at=timezone.now() - datetime.timedelta(hours=24, minutes=1))

    assert report(outcome(early), outcome(late)) == ["recorded", "too_late"]


def test_an_outcome_that_comes_before_its_check_is_stored_is_applied(settings, monkeypatch, check, report):
    buffer = recorder.Recorder(with_thread=False)
    monkeypatch.setattr(recorder, "current", buffer)
    settings.TRAFFIC_SYNCHRONOUS = False

    assert report(outcome(check())) == ["recorded"]
    assert Call.objects.get().status == 200


def test_an_outcome_that_comes_long_before_its_check_is_kept_and_applied(check, report):
    trace_id = str(uuid.uuid4())
    assert report(outcome(trace_id)) == ["unknown"]
    assert EarlyOutcome.objects.count() == 1

    assert check(X_Request_Id=trace_id) == trace_id
    jobs.settle_early_outcomes()

    assert Call.objects.get().status == 200
    assert not EarlyOutcome.objects.exists()
    assert report(outcome(trace_id)) == ["duplicate"]


def test_early_outcomes_without_a_check_are_deleted_after_a_day(report):
    report(outcome(str(uuid.uuid4())))
    EarlyOutcome.objects.update(received_at=timezone.now() - datetime.timedelta(hours=25))

    jobs.settle_early_outcomes()

    assert not EarlyOutcome.objects.exists()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("trace_id", "nonsense"),
        ("trace_id", None),
        ("product", ""),
        ("product", 7),
        ("status", 99),
        ("status", 600),
        ("status", "200"),
        ("status", True),
        ("status", 200.5),
        ("endpoint", "/parcels/1"),
        ("endpoint", "x" * 61),
        ("endpoint", None),
        ("method", ""),
        ("latency_ms", -1),
        ("latency_ms", "12"),
        ("payload_digest", "x" * 129),
        ("payload_digest", 5),
    ],
)
def test_an_invalid_entry_names_its_field_and_the_others_are_taken(server, check, field, value):
    good = outcome(check())
    response = post({"outcomes": [{**outcome(str(uuid.uuid4())), field: value}, good, "no object"]}, server)

    assert response.json()["results"] == [
        {"result": "invalid", "field": field},
        {"result": "recorded"},
        {"result": "invalid", "field": "outcome"},
    ]


def test_one_outcome_can_be_sent_by_itself(server, check):
    response = post(outcome(check()), server)

    assert response.json() == {"results": [{"result": "recorded"}]}


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        (b"{", 400, "MALFORMED_BODY"),
        (b"[]", 400, "MALFORMED_BODY"),
        (b'{"outcomes": 5}', 400, "INVALID_VALUE"),
        (json.dumps({"outcomes": [{}] * 1001}).encode(), 400, "TOO_MANY_OUTCOMES"),
        (b'{"outcomes": []}' + b" " * 1024 * 1024, 413, "BODY_TOO_LARGE"),
    ],
)
def test_an_unreadable_batch_is_refused_as_a_whole(server, body, status, code):
    response = post(body, server, content_type="application/json")

    assert (response.status_code, response.json()["errors"][0]["code"]) == (status, code)


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_outcomes_are_posted(server, method):
    response = Api().request(method, OUTCOMES, Authorization=basic(*server))

    assert (response.status_code, response["Allow"]) == (405, "POST")


def test_payload_digests_tell_calls_apart_and_are_keyed_again(subscribed, product, check, report):
    first, second, third = check("/parcels"), check("/parcels"), check("/parcels")

    report(
        outcome(first, payload_digest="aa"), outcome(second, payload_digest="bb"), outcome(third, payload_digest="aa")
    )

    assert evidence_figures(subscribed.app, product).distinct == 2
    assert not {"aa", "bb"} & set(Call.objects.values_list("payload_digest", flat=True))


@pytest.mark.usefixtures("still_clock")
def test_outcomes_change_neither_access_nor_quota(subscribed, server, check, report):
    before = Proxy(server, make_token(subscribed)).get(VERIFY)
    report(outcome(before["X-Trace-Id"], status=500))
    after = Proxy(server, make_token(subscribed)).get(VERIFY)

    assert after.status_code == 200
    assert int(after["RateLimit-Remaining"]) == int(before["RateLimit-Remaining"]) - 1


def test_introspection_names_the_trace_id_too(subscribed, server, report):
    described = Api().post(
        "/oauth/introspect", f"token={make_token(subscribed)}&method=GET&uri=/p/1", Authorization=basic(*server)
    )

    assert report(outcome(described.json()["trace_id"])) == ["recorded"]
    assert Call.objects.get().endpoint == "parcel"


def test_simulated_calls_are_made_in_the_demo_alone(subscribed, settings):
    with pytest.raises(Exception, match="only in the demo"):
        call_command("replay_traffic", subscribed.app.pk)
    settings.DEMO = True
    call_command("replay_traffic", subscribed.app.pk, days=1)
    assert set(Call.objects.values_list("outcome", flat=True)) == {"simulated"}


def test_simulated_calls_count_in_the_demo_alone(subscribed, product, settings):
    settings.DEMO = True
    call_command("replay_traffic", subscribed.app.pk, days=1)
    assert evidence_figures(subscribed.app, product).calls == 30

    settings.DEMO = False
    assert evidence_figures(subscribed.app, product).calls == 0
