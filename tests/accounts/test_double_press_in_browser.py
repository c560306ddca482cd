"""A button that is pressed twice on a slow line ends on the page and in the state of one press, in a real Chromium."""

import pytest
from allauth.mfa.models import Authenticator

from accounts.models import Session
from developer_apps.models import Authorization
from tests.accounts.codes import app_code
from tests.browser import press_twice, sign_in
from tests.developer_apps.flows import authorize_url
from tests.factories import make_app
from tests.journeys.browsing import OtherApp, code_mailed_to

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]


def press_named(page, name, *, leads_to):
    button = page.get_by_role("button", name=name, exact=True)
    press_twice(page, button, until=page.get_by_role("heading", name=leads_to))


def assert_signed_in(page, base_url):
    page.goto(f"{base_url}/settings/security")
    assert page.url == f"{base_url}/settings/security"


def test_the_code_of_a_sign_in(page, base_url, citizen):
    page.goto(f"{base_url}/users/sign_in?next=/profile")
    page.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_label("Code").fill(code_mailed_to(citizen.email))
    press_named(page, "Sign in", leads_to="Profile")
    assert page.url == f"{base_url}/profile"
    assert_signed_in(page, base_url)
    assert Session.objects.of(citizen).count() == 1


def test_setting_up_the_authenticator_app(page, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/security/app")
    page.get_by_label("Code").fill(app_code(page.locator("#totp-key").inner_text()))
    press_named(page, "Turn on", leads_to="Recovery codes")
    assert Authenticator.objects.filter(user=citizen, type=Authenticator.Type.TOTP).count() == 1
    assert_signed_in(page, base_url)


def test_the_code_of_an_email_change(page, base_url, citizen):
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/account/email")
    page.locator("main").get_by_role("textbox").fill("new@example.gov")
    page.locator("main form button[type=submit]").click()
    page.get_by_label("Code").fill(code_mailed_to("new@example.gov"))
    press_named(page, "Change email address", leads_to="Account")
    page.get_by_text("Your email address has changed").wait_for()
    assert page.url == f"{base_url}/settings/account"
    citizen.refresh_from_db()
    assert citizen.email == "new@example.gov"
    assert_signed_in(page, base_url)


def test_consent(page, base_url, citizen, other_app):
    application = make_app(public=True, redirect_uris=[other_app.redirect_uri])
    other_app.client_id, other_app.client_secret = application.client_id, application.client_secret
    sign_in(page, citizen, base_url)
    page.goto(base_url + authorize_url(application, redirect_uri=None))
    press_named(page, "Share and continue to 127.0.0.1", leads_to="Welcome")
    assert Authorization.objects.live().filter(user=citizen, app=application.app).count() == 1
    assert other_app.token()["token_type"] == "bearer", "the code that the browser brought works"
    assert_signed_in(page, base_url)


@pytest.fixture
def other_app(base_url):
    app = OtherApp(base_url)
    yield app
    app.close()
