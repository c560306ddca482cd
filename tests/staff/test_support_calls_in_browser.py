"""Calls to support in a real browser: what a caller reads out, typed into the search, leads to what they ask for."""

import pytest
from django.core import mail
from django.utils import timezone

from accounts.models import Phone, Session
from accounts.models.phones import number_digest
from myusa.outbox.jobs import deliver
from onboarding.states import State
from tests.browser import assert_good_page, sign_in
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True, serialized_rollback=True)]


@pytest.fixture
def desk(new_page, superuser, base_url):
    """A member of staff at any page of the admin, with the search one key away."""
    page = new_page(bypass_csp=True)  # axe adds styles of its own
    page.expected_errors.append("404 (Not Found)")
    sign_in(page, superuser, base_url)
    page.goto(f"{base_url}/admin/developer_apps/app/")
    return page


def search(page, words):
    page.keyboard.press("Control+k")
    page.wait_for_url("**/admin/search")
    field = page.get_by_label("Search people, apps, requests and calls")
    field.fill(words)
    field.press("Enter")
    page.wait_for_url("**/admin/search?q=*")
    assert_good_page(page)


def test_a_call_about_what_an_app_read_by_its_trace_id(
    new_page, desk, base_url, citizen, public_application, api, make_token
):
    api(make_token(public_application, citizen)).get("/api/v1/profile")
    caller = new_page()
    sign_in(caller, citizen, base_url)
    caller.goto(f"{base_url}/settings/activity")
    caller.get_by_text("Details").first.click()
    trace_id = caller.locator("code").first.inner_text()

    search(desk, trace_id)
    desk.get_by_text("GET profile 200").wait_for()
    desk.get_by_role("link", name="Open Finder: GET profile 200").click()

    desk.get_by_role("heading", name="Open Finder", exact=True).wait_for()
    desk.get_by_role("link", name="Log", exact=True).click()
    assert trace_id in desk.content()


def test_a_call_about_a_lost_phone_by_its_number(new_page, desk, base_url, citizen):
    number = "+14155552671"
    Phone.objects.create(user=citizen, number=number, number_digest=number_digest(number), verified_at=timezone.now())
    thief = new_page()
    sign_in(thief, citizen, base_url)
    thief.goto(f"{base_url}/profile")

    search(desk, "(415) 555-2671")
    desk.get_by_role("link", name=citizen.email).click()
    desk.get_by_role("heading", name=citizen.email, exact=True).wait_for()
    assert_good_page(desk)
    desk.get_by_role("link", name="End all sessions").click()
    desk.get_by_label("Reason").fill("Called from her number at work. Lost phone.")
    desk.get_by_role("button", name="End all sessions").click()
    desk.get_by_text(f"We signed {citizen.email} out everywhere.").wait_for()

    assert not Session.objects.filter(user=citizen).exists()
    thief.goto(f"{base_url}/profile")
    assert "/users/sign_in" in thief.url
    deliver()
    assert mail.outbox[-1].to == [citizen.email]


def test_a_call_about_a_demo_by_the_number_of_the_request(new_page, desk, base_url, reach, developer):
    request = reach(State.DEMO_SCHEDULED)
    caller = new_page()
    sign_in(caller, developer, base_url)
    caller.goto(base_url + request.get_absolute_url())
    caller.get_by_text(f"request number {request.pk}").wait_for()

    search(desk, f"request number {request.pk}")
    desk.get_by_role("link", name=f"Benefit Finder #{request.pk}").first.click()
    assert_good_page(desk)
    desk.get_by_text("Set meeting and recording link").click()
    desk.get_by_label("Meeting link").fill("https://teams.microsoft.com/l/another-room")
    desk.get_by_role("button", name="Save the links").click()
    desk.get_by_text("Demo links saved. We emailed").wait_for()

    caller.reload()
    assert "https://teams.microsoft.com/l/another-room" in caller.content()
