"""The page of a request: what to do, what staff wrote and who, a reply to a suspension, and the first production call."""

import re
import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from developer_apps.models import Environment, SupportRequest
from myusa.lib import history
from onboarding.states import State
from tests.accounts.authenticator import give_passkey
from tests.developer_apps.elsewhere import record
from tests.pages import form_of

pytestmark = pytest.mark.django_db


def page_of(browser, request):
    return browser.get(request.get_absolute_url()).content.decode()


def test_what_staff_wrote_is_quoted_with_its_author_and_time(reach, developer, sign_in):
    request = reach(State.SUSPENDED)
    page = page_of(sign_in(developer), request)
    quoted = re.search(r'<figure class="quoted">(.*?)</figure>', page, re.S)
    assert quoted
    assert "MyUSA staff" in quoted[1]
    assert "<time" in quoted[1]


def test_questions_are_a_list_of_tasks_with_tags(reach, developer, sign_in):
    page = page_of(sign_in(developer), reach(State.REQUESTED))
    tasks = page.split('<ul class="task-list">')[1].split("</ul>")[0]
    assert tasks.count("Done") == tasks.count("<li>")
    assert "– complete" not in page


def parts_of(page):
    """Return the parts of the page: title, tag, and whether it is unfolded."""
    found = re.findall(r'<details class="fold part"\s*(open)?\s*>(.*?)</summary>', page, re.S)
    return {
        re.search(r"<h2>([^<]+)</h2>", summary)[1]: (
            " ".join(re.sub(r"<[^>]+>", " ", summary.split("part-words")[1]).split(">", 1)[1].split()),
            bool(is_open),
        )
        for is_open, summary in found
    }


@pytest.mark.parametrize(
    ("state", "unfolded"),
    [
        (State.BUILDING, set()),
        (State.REQUESTED, set()),
        (State.AFFIDAVIT_SENT, {"Affidavit"}),
        (State.AFFIDAVIT_ACCEPTED, set()),
        (State.DEMO_FAILED, {"Demos"}),
        (State.GRANTED, set()),
    ],
)
def test_what_the_next_step_needs_is_unfolded_and_the_rest_says_how_far_it_is(
    state, unfolded, reach, developer, sign_in
):
    request = reach(state)
    parts = parts_of(page_of(sign_in(developer), request))
    assert {title for title, (_words, is_open) in parts.items() if is_open} == unfolded
    assert parts["Questions"][0].endswith("Done")
    assert "History" in parts
    if state != State.GRANTED:
        assert re.search(r"(\d) of \1 bars full", parts["Sandbox usage"][0])


def test_what_is_missing_is_unfolded_while_the_team_builds(reach, developer, sign_in):
    request = reach(State.BUILDING)
    request.app.calls.filter(status=404).delete()
    request.answers.pop("company_name")
    request.save()
    parts = parts_of(page_of(sign_in(developer), request))
    assert parts["Sandbox usage"][1]
    assert "bars full" in parts["Sandbox usage"][0]
    assert parts["Questions"] == (parts["Questions"][0], True)
    assert parts["Questions"][0].endswith("1 answer missing")


def test_the_page_is_among_the_pages_of_the_app(reach, developer, sign_in):
    page = page_of(sign_in(developer), reach(State.REQUESTED))
    current = re.search(r'<a href="([^"]+)" aria-current="page">\s*Production', page)
    assert current
    assert "<h1>Production request</h1>" in page


def test_the_history_folds_what_changed(reach, developer, sign_in):
    timeline = page_of(sign_in(developer), reach(State.REQUESTED)).split('<ol class="timeline"')[1].split("</ol>")[0]
    unfolded = re.sub(r"<details>.*?</details>", "", timeline, flags=re.S)
    assert "Request sent" in unfolded
    assert "→" not in unfolded


def test_a_suspended_team_replies_to_staff_on_the_page(reach, developer, sign_in):
    request = reach(State.SUSPENDED)
    browser = sign_in(developer)
    path = f"{request.get_absolute_url()}reply"
    data = form_of(browser.get(request.get_absolute_url()), having="text")
    assert browser.post(path, {**data, "text": ""}).status_code == 400
    assert not SupportRequest.objects.exists()
    assert browser.post(path, {**data, "text": "We rotated the key."}).status_code == 302
    asked = SupportRequest.objects.get()
    assert (asked.app, asked.user, asked.messages.get().text) == (request.app, developer, "We rotated the key.")
    newest = history.of(request).first()
    assert (newest.additional_data["verb"], newest.additional_data["note"]) == ("replied", "We rotated the key.")
    page = page_of(browser, request)
    assert "We rotated the key." in page
    assert 'figure class="quoted"' in page, "the reason of staff stays above the form"


def test_a_second_press_replies_once(reach, developer, sign_in):
    request = reach(State.SUSPENDED)
    browser = sign_in(developer)
    data = {**form_of(browser.get(request.get_absolute_url()), having="text"), "text": "We rotated the key."}
    for _press in range(2):
        assert browser.post(f"{request.get_absolute_url()}reply", data).status_code == 302
    assert SupportRequest.objects.count() == 1


@pytest.mark.parametrize("state", [State.GRANTED, State.REVOKED])
def test_no_one_replies_to_what_is_not_suspended(state, reach, developer, sign_in):
    request = reach(state)
    sign_in(developer).post(f"{request.get_absolute_url()}reply", {"text": "Hello"})
    assert not SupportRequest.objects.exists()


def test_the_page_of_a_granted_request_waits_for_the_first_production_call(reach, developer, sign_in):
    request = reach(State.GRANTED)
    browser = sign_in(developer)
    assert "is in production" in page_of(browser, request)
    part = f"{request.get_absolute_url()}production-call"
    record(request.app, trace_id=uuid.uuid4())
    assert "Waiting for your first production call" in browser.get(part).content.decode(), "a sandbox call is none"
    record(request.app, environment=Environment.PRODUCTION, status=403, at=timezone.now() - timedelta(minutes=2))
    assert "Waiting" in browser.get(part).content.decode(), "a rejected call is none"
    record(request.app, environment=Environment.PRODUCTION, status=200)
    page = browser.get(part).content.decode()
    assert "We received your first production call" in page
    assert "data-done" in page


def test_admins_without_a_second_factor_are_asked_to_add_one_before_production(reach, developer, teammate, sign_in):
    request = reach(State.BUILDING)
    assert "Turn on two-step sign-in" in page_of(sign_in(developer), request)
    assert "Turn on two-step sign-in" not in page_of(sign_in(teammate), request), "members never see the keys"
    give_passkey(developer)
    assert "Turn on two-step sign-in" not in page_of(sign_in(developer), request)
