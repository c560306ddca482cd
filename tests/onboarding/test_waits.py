"""How long a request usually waits, from the last 90 days, on pages and in emails."""

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib import waiting
from onboarding import waits
from onboarding.models import Affidavit, ProductionRequest
from onboarding.sample_requests import sign
from onboarding.states import State
from onboarding.steps import affidavit as affidavit_steps
from onboarding.steps import request as requests
from tests.onboarding.conftest import forget_emails

HOUR, DAY = datetime.timedelta(hours=1), datetime.timedelta(days=1)


@pytest.mark.parametrize(
    ("wait", "words"),
    [
        (datetime.timedelta(), "1 hour"),
        (HOUR, "1 hour"),
        (HOUR + datetime.timedelta(seconds=1), "2 hours"),
        (47 * HOUR, "47 hours"),
        (48 * HOUR, "2 days"),
        (2 * DAY + HOUR, "3 days"),
    ],
)
def test_waits_are_rounded_up(wait, words):
    assert waiting.in_words(wait) == words


def test_too_few_waits_say_nothing():
    assert waiting.usual([]) is None
    assert waiting.usual([DAY, DAY]) is None
    assert str(waiting.usual([DAY, DAY, DAY])) == "Usually 24 hours, from the last 90 days."


@given(st.lists(st.timedeltas(min_value=datetime.timedelta(), max_value=90 * DAY), min_size=3))
def test_nine_of_ten_wait_at_most_the_longer_time(given_waits):
    found = waiting.usual(given_waits)
    assert found is not None
    assert min(given_waits) <= found.usual <= max(given_waits)
    assert sum(wait <= found.long for wait in given_waits) >= 0.9 * len(given_waits)


@pytest.fixture
def reviewed(reach, staff, developer, clock):
    """`reviewed(hours, …)`: the same request is sent and returned, each time after so many hours."""

    def run(*hours: int) -> ProductionRequest:
        request = reach(State.REQUESTED)
        for number, each in enumerate(hours):
            clock.shift(each * HOUR)
            requests.request_changes(request, by=staff, note=f"Again {number}")
            requests.submit(request, by=developer)
        return request

    return run


def test_the_usual_wait_is_computed_from_the_history(reviewed):
    reviewed(4, 5, 72)
    found = waits.usual(State.REQUESTED)
    assert found == waiting.Wait(5 * HOUR, 72 * HOUR, 3)
    assert str(found) == "Usually 5 hours, and 9 times out of 10 at most 3 days, from the last 90 days."
    assert waits.usual(State.AFFIDAVIT_SIGNED) is None


def test_waits_that_ended_before_90_days_do_not_count(reviewed, clock):
    reviewed(4, 5, 6)
    clock.shift(91 * DAY)
    assert waits.usual(State.REQUESTED) is None


def test_a_step_that_keeps_the_state_ends_no_wait(reach, staff, clock):
    request = reach(State.AFFIDAVIT_SENT)
    officer = {"officer_name": "Nora New", "officer_title": "CEO", "officer_email": "nora@benefits.example"}
    for _number in range(3):
        clock.shift(DAY)
        affidavit_steps.resend(request, by=staff, **officer)
    assert waits.usual(State.AFFIDAVIT_SENT) is None
    sign(Affidavit.objects.latest_of(request))
    assert list(waits.stays(State.AFFIDAVIT_SENT)) == [3 * DAY]


def test_states_in_which_the_team_acts_have_no_usual_wait(reviewed):
    reviewed(4, 5, 6)
    assert waits.usual(State.CHANGES_REQUESTED) is None
    assert waits.usual(State.BUILDING) is None


def test_the_result_of_a_demo_is_waited_for_from_its_beginning(reach, clock):
    reach(State.DEMO_PASSED)
    assert list(waits.results()) == [50 * datetime.timedelta(minutes=1)]


def test_pages_and_emails_name_the_usual_wait(
    reviewed,
    developer,
    staff,
    sign_in,
    mailoutbox,
    django_capture_on_commit_callbacks,
):
    words = "How long this takes: Usually 5 hours, and 9 times out of 10 at most 6 hours, from the last 90 days."
    request = reviewed(4, 5, 6)
    page = sign_in(developer).get(request.get_absolute_url()).content.decode()
    assert words in " ".join(page.split())
    requests.request_changes(request, by=staff, note="Once more")
    assert "How long this takes" not in sign_in(developer).get(request.get_absolute_url()).content.decode()
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        requests.submit(request, by=developer)
    mail = next(mail for mail in mailoutbox if mail.to == [developer.email])
    assert "How long this takes: Usually" in mail.body


@pytest.mark.parametrize("state", sorted(waits.WAITING))
def test_every_state_that_waits_for_others_is_measured(state, reach, monkeypatch, developer, sign_in):
    request = reach(state)
    found = waiting.Wait(HOUR, HOUR, 3)
    monkeypatch.setattr(waits, "stays", lambda asked: [HOUR] * 3 if asked == state else [])
    assert waits.usual(state) == found
    assert str(found) in sign_in(developer).get(request.get_absolute_url()).content.decode()
