"""Which events show which steps. Properties hold for any events and steps."""

import datetime
import uuid
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from developer_apps.models import Outcome, RunStep, StepKind
from developer_apps.runs.matching import Event, match

BEGIN = datetime.datetime(2026, 3, 18, 15, 0, tzinfo=datetime.UTC)


def step(kind, **fields):
    return RunStep(kind=kind, **fields)


def call(seconds=0, status=200, **fields):
    known = {"method": "GET", "endpoint": "case", "outcome": Outcome.REPORTED, "payload": "p", "response": "r"}
    return Event(at=BEGIN + datetime.timedelta(seconds=seconds), kind="call", status=status, **{**known, **fields})


def refused(status, seconds=0):
    return call(seconds, status, outcome=Outcome.REFUSED, endpoint="gateway")


def token(kind, seconds=0):
    return Event(at=BEGIN + datetime.timedelta(seconds=seconds), kind=kind)


def results(steps, events):
    """Return the index of the event for each step, or what is missing."""
    return [each if isinstance(each, str) else events.index(each) for each in match(steps, events)]


@pytest.mark.parametrize(
    ("kind", "seen", "others"),
    [
        ("token", ["code", "client"], ["refresh", "revoked", "disconnect"]),
        ("code", ["code"], ["client", "refresh", "revoked"]),
        ("client", ["client"], ["code", "refresh", "revoked"]),
        ("refresh", ["refresh"], ["code", "client", "revoked"]),
        ("revoked", ["revoked"], ["code", "client", "refresh", "disconnect"]),
    ],
)
def test_a_token_step_needs_its_own_kind_of_request(kind, seen, others):
    for each in seen:
        assert results([step(kind)], [token(each)]) == [0]
    for each in others:
        assert results([step(kind)], [token(each), call()]) == ["Not seen yet."]


def test_a_call_needs_its_operation_method_and_status():
    wanted = step("call", method="POST", endpoint="submit", status="201")
    good = call(status=201, method="POST", endpoint="submit")

    assert results([wanted], [good]) == [0]
    for other in (replace(good, status=200), replace(good, method="PUT"), replace(good, endpoint="case")):
        assert isinstance(results([wanted], [other])[0], str)


@pytest.mark.parametrize(
    ("wanted", "status", "accepted"),
    [("", 200, True), ("", 204, True), ("", 404, False), ("4xx", 404, True), ("4xx", 500, False), ("404", 400, False)],
)
def test_a_status_is_a_number_or_a_class_and_a_success_without_one(wanted, status, accepted):
    assert (results([step("call", status=wanted)], [call(status=status)]) == [0]) is accepted


def test_a_call_that_is_not_reported_or_that_is_simulated_shows_nothing():
    waiting = results([step("call")], [call(status=0, outcome=Outcome.UNKNOWN)])
    assert waiting == ["A call arrived. The API has not reported its result yet."]
    assert isinstance(results([step("call")], [call(outcome=Outcome.SIMULATED)])[0], str)


def test_different_payloads_are_counted_once_each():
    wanted = step("call", times=3)
    same = [call(number, payload="a") for number in range(5)]

    assert results([wanted], same) == ["1 of 3 different payloads so far."]
    assert results([wanted], [*same, call(6, payload="b"), call(7, payload="c")]) == [6]


def test_steps_are_found_in_order():
    steps = [step("client"), step("call")]

    assert results(steps, [token("client"), call(1)]) == [0, 1]
    assert results(steps, [call(), token("client", 1)]) == [1, "No such call yet."]
    assert results([*steps, step("refresh")], [call()]) == ["Not seen yet.", "", ""]


def test_after_a_401_a_new_token_and_a_call_that_works_are_needed():
    wanted = [step("renewed")]

    assert results(wanted, [refused(401), token("refresh", 1), call(2)]) == [2]
    assert results(wanted, [token("refresh"), call(1)]) == ["No call got 401 yet."]
    assert "not requested a new token" in results(wanted, [refused(401), call(1)])[0]
    assert "Next, make a call that works" in results(wanted, [refused(401), token("client", 1), refused(401, 2)])[0]


def test_after_a_429_the_next_call_waits():
    wanted = [step("pause", seconds=5)]

    assert results(wanted, [refused(429), call(5)]) == [1]
    early = results(wanted, [refused(429), call(1.2), call(9)])
    assert early == ["The next call came 1.2 seconds after the 429. Wait at least 5 seconds."]
    assert results(wanted, [refused(429), call(1), refused(429, 10), call(16)]) == [3]
    assert results(wanted, [refused(429)]) == ["A call got 429. Wait 5 seconds, then call again."]
    assert results(wanted, [call()]) == ["No call got 429 yet."]


def test_a_429_of_the_api_itself_counts_too():
    assert results([step("pause", seconds=5)], [call(0, 429), call(5)]) == [1]


def test_a_response_changes_for_the_same_payload_only():
    wanted = [step("changed")]

    assert results(wanted, [call(0, response="a"), call(1, response="b")]) == [1]
    assert "not changed" in results(wanted, [call(0, response="a"), call(1, payload="q", response="b")])[0]
    assert "doesn’t report digests" in results(wanted, [call(0, response=""), call(1, response="")])[0]


def test_a_new_consent_follows_a_disconnection_or_a_401():
    wanted = [step("consent")]

    assert results(wanted, [token("disconnect"), token("code", 1)]) == [1]
    assert results(wanted, [refused(401), token("code", 1)]) == [1]
    assert "still connected" in results(wanted, [token("code")])[0]
    assert "sign in again" in results(wanted, [token("disconnect"), token("refresh", 1)])[0]


def test_a_refused_call_is_one_that_myusa_refused():
    assert results([step("refused", status="403")], [refused(403)]) == [0]
    assert results([step("refused", status="403")], [call(status=403)]) == ["No call was rejected with 403 yet."]


def test_what_is_missing_names_the_last_result():
    wanted = [step("call", endpoint="case", status="200")]

    assert results(wanted, [call(status=404)]) == ["The last call got 404 instead of 200."]
    assert results(wanted, [refused(403)]) == ["MyUSA rejected the last call with 403."]
    assert results(wanted, [call(endpoint="cases")]) == ["Your app called cases, but not case."]
    assert results(wanted, []) == ["No such call yet."]


kinds = st.sampled_from(StepKind.values)
steps_of = st.lists(st.builds(step, kinds, status=st.sampled_from(["", "404"]), times=st.integers(1, 2)), max_size=5)
events_of = st.lists(
    st.one_of(
        st.builds(
            call,
            status=st.sampled_from([200, 401, 404, 429]),
            outcome=st.sampled_from([Outcome.REPORTED, Outcome.REFUSED, Outcome.UNKNOWN]),
            payload=st.sampled_from("pq"),
            response=st.sampled_from("rs"),
        ),
        st.builds(token, st.sampled_from(["code", "client", "refresh", "revoked", "disconnect"])),
    ),
    max_size=14,
).map(
    lambda events: [
        replace(event, at=BEGIN + datetime.timedelta(seconds=number), trace_id=uuid.UUID(int=number))
        for number, event in enumerate(events)
    ]
)


@given(steps_of, events_of)
def test_each_step_is_found_after_the_one_before_it_and_none_after_a_missing_one(steps, events):
    found = match(steps, events)

    assert len(found) == len(steps)
    seen = [each for each in found if isinstance(each, Event)]
    assert found[: len(seen)] == seen
    assert [each.at for each in seen] == sorted({each.at for each in seen})
    assert all(isinstance(each, str) for each in found[len(seen) :])
    assert found[len(seen) :] == [] or found[len(seen)] != ""


@given(steps_of, events_of, events_of)
def test_more_events_never_undo_a_step(steps, events, later):
    after = datetime.timedelta(minutes=1)
    before = match(steps, events)
    now = match(steps, [*events, *(replace(event, at=event.at + after) for event in later)])

    assert all(new == old for old, new in zip(before, now, strict=True) if isinstance(old, Event))


@given(steps_of, events_of, st.data())
def test_a_late_report_never_undoes_a_step(steps, events, data):
    reported = [
        replace(event, outcome=Outcome.REPORTED, status=data.draw(st.sampled_from([200, 404])))
        if event.outcome == Outcome.UNKNOWN
        else event
        for event in events
    ]
    before, now = match(steps, events), match(steps, reported)

    for old, new in zip(before, now, strict=True):
        if isinstance(old, Event):
            assert isinstance(new, Event)
            assert new.at <= old.at
