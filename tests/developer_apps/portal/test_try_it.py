"""Try it: an operation of the reference runs with sandbox keys as a test user, and its result is explained."""

import html
import json
import re
import shlex

import pytest
from django.urls import reverse

from developer_apps.docs import reference
from developer_apps.models import AccessToken, Call, Environment, TestUser
from tests.browser import NARROW, WIDE, assert_good_page
from tests.factories import Api, make_app, make_production_client, make_test_user
from tests.journeys.browsing import enter_address_and_code
from tests.pages import form_of
from tests.presses import both, send_twice

PROFILE = "/developer/try/read_profile"
PRE = re.compile(r'<pre class="response"[^>]*>(.*?)</pre>', re.S)
OPERATIONS = [operation.anchor for operation in reference.operations() if operation.can_try]


@pytest.fixture
def test_user(team):
    return make_test_user(team)


@pytest.fixture
def browser(sign_in, developer, application):
    return sign_in(developer)


def send(browser, path=PROFILE, **fields):
    data = {**form_of(browser.get(path), having="fault"), **fields}
    response = browser.post(path, data)
    assert response.status_code == 302, response.content.decode()
    return html.unescape(browser.get(response["Location"]).content.decode())


def test_a_call_shows_response_time_trace_id_and_the_log(browser, application, test_user):
    page = send(browser)
    assert "Response: 200 OK" in page
    assert json.loads(PRE.search(page)[1])["uid"] == str(test_user.user.uid)
    assert re.search(r"[0-9.]+ ms", page)
    assert "RateLimit-Remaining" in page
    call = Call.objects.get()
    assert (call.app, call.environment, call.user) == (application.app, Environment.SANDBOX, test_user.user)
    entry = reverse("developer_apps:analytics_log_entry", args=[application.app.pk, call.trace_id])
    assert f'href="{entry}"' in page
    assert browser.get(entry).status_code == 200
    assert "Response: 200 OK" not in browser.get(PROFILE).content.decode(), "it is shown once"


def test_the_printed_command_gets_the_same_response(browser, test_user):
    page = send(browser)
    printed = re.search(r'<pre id="try-request-curl"[^>]*>(.*?)</pre>', page, re.S)[1]
    words = shlex.split(printed.replace("\\\n", " "))
    headers = dict(words[index + 1].split(": ", 1) for index, word in enumerate(words) if word == "-H")
    token = headers.pop("Authorization").removeprefix("Bearer ")
    response = Api(token).get("/api/v1/profile", **{name.replace("-", "_"): value for name, value in headers.items()})
    assert response.json() == json.loads(PRE.search(page)[1])


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("rate_limited", "429 Too Many Requests", "RATE_LIMITED"),
        ("expired_token", "401 Unauthorized", "TOKEN_INVALID"),
        ("server_error", "500 Internal Server Error", "SANDBOX_FAULT"),
    ],
)
def test_a_forced_fault_is_explained(browser, test_user, fault, status, code):
    page = send(browser, fault=fault)
    assert f"Response: {status}" in page
    error = (
        next(each for each in reference.operation("read_profile").errors if each.code == code)
        if code != "SANDBOX_FAULT"
        else None
    )
    assert f"/developer/docs/errors/{code.lower().replace('_', '-')}" in page
    assert error is None or str(error.cause) in page


def test_a_scope_that_the_app_lacks_is_a_403_with_its_explanation(developer, team, test_user, sign_in):
    make_app(developer, team=team, scopes="profile.email")
    page = send(sign_in(developer), "/developer/try/list_tasks")
    assert "Response: 403 Forbidden" in page
    assert "Register the scope on the app’s page" in page


@pytest.mark.parametrize("anchor", OPERATIONS)
def test_every_operation_can_be_sent_as_its_form_comes(browser, test_user, api, make_token, application, anchor):
    path = f"/developer/try/{anchor}"
    created = json.loads(PRE.search(send(browser, "/developer/try/create_task"))[1])
    sent = json.loads(PRE.search(send(browser, "/developer/try/create_notification"))[1])
    ids = {
        "path_task_id": created["id"],
        "path_item_id": created["task_items"][0]["id"],
        "path_notification_id": sent["id"],
    }
    fields = form_of(browser.get(path), having="fault")
    page = send(browser, path, **{name: value for name, value in ids.items() if name in fields})
    assert "Response: 200 OK" in page, PRE.search(page)[1]


def test_a_new_team_gets_its_first_test_user(browser):
    assert not TestUser.objects.exists()
    assert "Response: 200 OK" in send(browser)
    assert TestUser.objects.count() == 1


def test_public_clients_act_as_the_test_user_too(developer, team, test_user, sign_in):
    make_app(developer, team=team, client_type="public")
    assert json.loads(PRE.search(send(sign_in(developer)))[1])["uid"] == str(test_user.user.uid)


def test_production_keys_and_real_people_are_never_used(browser, application, developer, test_user):
    make_production_client(application, by=developer)
    send(browser, test_user=str(test_user.pk))
    token = AccessToken.objects.get()
    assert token.application.environment == Environment.SANDBOX
    assert Call.objects.get().user == test_user.user
    application.client.suspend(by=developer, reason="Test")
    data = form_of(browser.get(PROFILE), having="fault")
    page = browser.post(PROFILE, data, follow=True).content.decode()
    assert "This app’s sandbox keys don’t work." in page
    assert AccessToken.objects.count() == 1


def test_test_users_and_apps_of_others_are_refused(browser, rival, test_user, sign_in):
    other = make_app(rival)
    stranger = make_test_user(other.app.team)
    assert browser.get(f"{PROFILE}?app={other.app.pk}").status_code == 404
    data = {**form_of(browser.get(PROFILE), having="fault"), "test_user": stranger.pk}
    response = browser.post(PROFILE, data)
    assert response.status_code == 400
    assert "Choose a test user of this team." in response.content.decode()


def test_a_wrong_id_is_refused_and_nothing_is_sent(browser, test_user):
    path = "/developer/try/read_task"
    for value, message in (("../profile", "Enter digits only."), ("", "Enter a value for task_id.")):
        response = browser.post(path, {**form_of(browser.get(path), having="fault"), "path_task_id": value})
        assert response.status_code == 400
        assert message in response.content.decode()
    assert not Call.objects.exists()


def test_a_body_that_is_no_json_gets_the_apis_own_refusal(browser, test_user):
    page = send(browser, "/developer/try/create_task", body='{"task": ')
    assert "Response: 400 Bad Request" in page
    assert "MALFORMED_BODY" in page
    assert '{"task":' in page, "what was typed is still there"


@both
def test_sending_twice_creates_once(browser, test_user, cookies):
    send_twice(browser, "/developer/try/create_task", cookies, having="fault")
    assert Call.objects.filter(method="POST").count() == 1


def test_oauth_operations_and_unknown_ones_are_not_found(browser):
    assert browser.get("/developer/try/token").status_code == 404
    assert browser.get("/developer/try/nothing").status_code == 404


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_from_a_developer_without_an_app_to_200_429_and_403(new_page, base_url, width):
    page = new_page(width)
    page.goto(f"{base_url}/developer/docs/reference#read_profile")
    page.get_by_role("link", name="Try it Read what the person shares of the profile").click()
    enter_address_and_code(page, "newcomer@example.gov")
    page.get_by_role("link", name="Register an app").last.click()
    page.get_by_label("Name", exact=False).first.fill("Permit Desk")
    page.locator('label[for="scope-profile.email"]').click()
    page.get_by_role("button", name="Register").click()
    page.goto(f"{base_url}{PROFILE}")
    assert_good_page(page)
    page.get_by_role("button", name="Send request").focus()
    page.keyboard.press("Enter")
    page.get_by_role("heading", name="Response: 200 OK").wait_for()
    assert_good_page(page)
    page.get_by_label("Force a fault").select_option("rate_limited")
    page.get_by_role("button", name="Send request").click()
    page.get_by_role("heading", name="Response: 429 Too Many Requests").wait_for()
    assert page.get_by_text("Wait for the number of seconds in Retry-After").first.is_visible()
    assert_good_page(page)
    page.goto(f"{base_url}/developer/try/list_tasks")
    page.get_by_role("button", name="Send request").click()
    page.get_by_role("heading", name="Response: 403 Forbidden").wait_for()
    assert page.get_by_text("Register the scope on the app’s page").is_visible()
    page.get_by_role("link", name="Open in the log").click()
    assert page.get_by_text("SCOPE_MISSING").first.is_visible()
