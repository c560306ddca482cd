"""A button that is pressed twice on a slow line ends on the page and in the state of one press, in a real Chromium."""

import pytest
from allauth.mfa.models import Authenticator

from accounts.models import Session
from developer_apps.models import Authorization
from tests.accounts.codes import app_code
from tests.browser import sign_in
from tests.developer_apps.flows import authorize_url
from tests.factories import make_app
from tests.journeys.browsing import OtherApp, code_mailed_to

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
DELAY_MS, PAUSE_MS = 1_200, 500
_PRESS_TWICE = "(button, pause) => { button.click(); setTimeout(() => button.click(), pause); }"


def press_twice(page, name, *, leads_to):
    """Press the button twice, the second time before the first response has arrived; wait for the heading `leads_to`.

    Chromium drops the first response, so its second request carries the cookies from before it.
    """
    network, sent = page.context.new_cdp_session(page), []
    network.send("Network.enable")
    slow = {"offline": False, "latency": DELAY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", slow)
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    page.get_by_role("button", name=name, exact=True).evaluate(_PRESS_TWICE, PAUSE_MS)
    page.get_by_role("heading", name=leads_to).first.wait_for()
    page.wait_for_load_state()
    assert len(sent) == 2, "both presses reached the site"
    network.send("Network.emulateNetworkConditions", {**slow, "latency": 0})


def assert_signed_in(page, base_url):
    page.goto(f"{base_url}/settings/security")
    assert page.url == f"{base_url}/settings/security"


def test_the_code_of_a_sign_in(page, base_url, citizen):
    page.goto(f"{base_url}/users/sign_in?next=/profile")
    page.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(code_mailed_to(citizen.email))
    press_twice(page, "Sign in", leads_to="Profile")
    assert page.url == f"{base_url}/profile"
    assert_signed_in(page, base_url)
    assert Session.objects.of(citizen).count() == 1


def test_setting_up_the_authenticator_app(page, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/security/app")
    page.get_by_label("Code").fill(app_code(page.locator("#totp-key").inner_text()))
    press_twice(page, "Turn on", leads_to="Recovery codes")
    assert Authenticator.objects.filter(user=citizen, type=Authenticator.Type.TOTP).count() == 1
    assert_signed_in(page, base_url)


def test_the_code_of_an_email_change(page, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/account/email")
    page.locator("main").get_by_role("textbox").fill("new@example.gov")
    page.locator("main form button[type=submit]").click()
    page.get_by_label("Code").fill(code_mailed_to("new@example.gov"))
    press_twice(page, "Change email address", leads_to="Account")
    page.get_by_text("Your email address is changed").wait_for()
    assert page.url == f"{base_url}/settings/account"
    citizen.refresh_from_db()
    assert citizen.email == "new@example.gov"
    assert_signed_in(page, base_url)


def test_consent(page, base_url, citizen, other_app):
    application = make_app(public=True, redirect_uris=[other_app.redirect_uri])
    other_app.client_id, other_app.client_secret = application.client_id, application.client_secret
    sign_in(page, citizen, base_url)
    page.goto(base_url + authorize_url(application, redirect_uri=None))
    press_twice(page, "Share and continue to 127.0.0.1", leads_to="Welcome")
    assert Authorization.objects.live().filter(user=citizen, app=application.app).count() == 1
    assert other_app.token()["token_type"] == "bearer", "the code that the browser brought works"
    assert_signed_in(page, base_url)


@pytest.fixture
def other_app(base_url):
    app = OtherApp(base_url)
    yield app
    app.close()
