"""Two tabs of one browser on the way in: each ends where it was going, with CSRF checks on.

A sign-in in one tab changes the CSRF token, so the forms of the other are old.
"""

import pytest
from django.contrib.auth import SESSION_KEY
from django.core import mail
from django.test import Client

from accounts.models import CodeGuard, FailedAttempt, OneTimeCode, Session
from accounts.models.attempts import FAILURES_ALLOWED
from accounts.models.codes import recipient_digest
from developer_apps.models import Authorization
from tests.accounts.authenticator import give_passkey, options
from tests.accounts.codes import CODE, SIGN_IN, add_second_factor, app_code, is_signed_in, last_code
from tests.developer_apps.flows import authorize_url, query_of
from tests.factories import make_app
from tests.pages import form_of

pytestmark = pytest.mark.django_db
FACTOR, SIGN_OUT = "/users/second_factor", "/users/sign_out"
FIRST, SECOND = "/profile", "/tasks/"


@pytest.fixture
def browser():
    return Client(enforce_csrf_checks=True)


class Tab:
    """A tab: the page that is open in it, as it was when it was opened."""

    def __init__(self, browser, path, *, having="email"):
        self.browser, self.having = browser, having
        self.open(path)

    def open(self, path):
        page = self.browser.get(path, follow=True)
        self.path = page.request["PATH_INFO"] + (f"?{query}" if (query := page.request["QUERY_STRING"]) else "")
        self.form = form_of(page, having=self.having)

    def send(self, *, to="", **typed):
        return self.browser.post(to or self.path, {**self.form, **typed})

    def ask_for_code(self, email):
        self.having = "code"
        self.open(self.send(email=email)["Location"])

    def enter(self, code):
        """Enter a code and open what it leads to, if that is another step."""
        response = self.send(code=code)
        if response["Location"].startswith(FACTOR):
            self.open(response["Location"])
        return response


def two_tabs(browser, email, *, first=FIRST, second=SECOND):
    tabs = [Tab(browser, f"{SIGN_IN}?next={path}") for path in (first, second)]
    for tab in tabs:
        tab.ask_for_code(email)
    return tabs


def test_both_tabs_that_wait_for_one_code_go_on(browser, citizen):
    first, second = two_tabs(browser, citizen.email)
    code = last_code()
    assert second.enter(code)["Location"] == SECOND
    assert first.enter(code)["Location"] == FIRST
    assert is_signed_in(browser)
    assert Session.objects.of(citizen).count() == 1


def test_a_wrong_code_in_the_later_tab_is_not_even_tried(browser, citizen):
    first, second = two_tabs(browser, citizen.email)
    second.enter(last_code())
    assert first.enter("000000")["Location"] == FIRST
    assert not FailedAttempt.objects.exists()


def test_both_tabs_go_on_through_the_second_factor(browser, citizen):
    add_second_factor(citizen)
    first, second = two_tabs(browser, citizen.email)
    code = last_code()
    first.enter(code)
    second.enter(code)
    assert (first.path, second.path) == (f"{FACTOR}?next=%2Fprofile", f"{FACTOR}?next=%2Ftasks%2F")
    assert second.enter(app_code())["Location"] == SECOND
    assert first.enter(app_code())["Location"] == FIRST


def test_a_tab_that_waits_for_the_code_goes_on_after_the_second_factor_of_the_other(browser, citizen):
    add_second_factor(citizen)
    first, second = two_tabs(browser, citizen.email)
    code = last_code()
    first.enter(code)
    first.enter(app_code())
    assert second.enter(code)["Location"] == SECOND


def test_a_tab_that_is_reloaded_during_the_second_factor_of_the_other_takes_that_step(browser, citizen):
    add_second_factor(citizen)
    first, second = two_tabs(browser, citizen.email)
    first.enter(last_code())
    second.open(second.path)
    assert second.enter(app_code())["Location"] == SECOND


def test_opening_the_second_factor_when_it_is_passed_leads_on(sign_in, citizen):
    assert sign_in(citizen).get(f"{FACTOR}?next=/profile")["Location"] == "/profile"


def test_a_tab_on_the_address_page_sends_no_code_after_the_sign_in_of_the_other(browser, citizen):
    late = Tab(browser, f"{SIGN_IN}?next={SECOND}")
    tab = Tab(browser, f"{SIGN_IN}?next={FIRST}")
    tab.ask_for_code(citizen.email)
    tab.enter(last_code())
    assert late.send(email="outsider@example.gov")["Location"] == SECOND
    assert len(mail.outbox) == 1
    assert browser.session[SESSION_KEY] == str(citizen.pk)


def test_a_tab_that_asks_for_a_new_code_goes_on_and_none_is_sent(browser, citizen):
    first, second = two_tabs(browser, citizen.email)
    second.enter(last_code())
    first.form = {**first.form, "next": FIRST}
    assert first.send(to=f"{SIGN_IN}/resend")["Location"] == FIRST
    assert len(mail.outbox) == 1


def test_a_passkey_in_one_tab_lets_the_other_go_on(browser, citizen, settings):
    settings.BASE_URL = "https://testserver"
    device = give_passkey(citizen)
    first, second = (Tab(browser, f"{SIGN_IN}?next={path}") for path in (FIRST, SECOND))
    signed = [device.use(options(browser, "sign_in")) for _ in range(2)]
    assert first.send(credential=signed[0])["Location"] == FIRST
    assert second.send(credential=signed[1])["Location"] == SECOND
    assert Session.objects.of(citizen).count() == 1


def test_each_tab_goes_on_to_its_own_app(browser, citizen):
    apps = [make_app(public=True) for _ in range(2)]
    for each in apps:
        Authorization.objects.grant(citizen, each.app, allowed=each.app.scope_list)
    urls = [authorize_url(each, state=f"state {each.app.pk}") for each in apps]
    first, second = (Tab(browser, url) for url in urls)
    for tab in (first, second):
        tab.ask_for_code(citizen.email)
    code = last_code()
    for tab, url, application in ((second, urls[1], apps[1]), (first, urls[0], apps[0])):
        response = tab.enter(code)
        assert response["Location"] == url
        back = browser.get(url)
        assert back["Location"].startswith(application.redirect_uri)
        assert query_of(back)["state"] == f"state {application.app.pk}"


def test_each_tab_goes_on_to_its_own_app_when_the_request_is_long(browser, citizen):
    urls = [authorize_url(make_app(public=True), state=letter * 4000) for letter in "ab"]
    first, second = (Tab(browser, url) for url in urls)
    for tab in (first, second):
        tab.ask_for_code(citizen.email)
    code = last_code()
    for tab, url in ((second, urls[1]), (first, urls[0])):
        assert browser.get(tab.enter(code)["Location"])["Location"] == url


def test_the_link_in_place_of_a_code_leads_on_after_the_sign_in_of_the_other_tab(browser, citizen):
    CodeGuard.objects.update_or_create(digest=recipient_digest(citizen.email), defaults={"failures": FAILURES_ALLOWED})
    tab = Tab(browser, SIGN_IN)
    tab.having = "csrfmiddlewaretoken"
    link = tab.send(email=citizen.email) and _link(mail.outbox[-1].body)
    tabs = [Tab(browser, link, having="csrfmiddlewaretoken") for _ in range(2)]
    assert [each.send()["Location"] for each in tabs] == ["/", "/"]
    assert is_signed_in(browser)


def _link(body):
    return next(word for word in body.split() if "/users/sign_in/link/" in word).removeprefix("http://testserver")


@pytest.fixture
def signed_in_again(browser, citizen):
    """A page of a session that ended, as an open tab has it; the same person has signed in again in another tab."""

    def prepare(path, having="csrfmiddlewaretoken"):
        two_tabs(browser, citizen.email)[0].enter(last_code())
        old = Tab(browser, path, having=having)
        Session.objects.all().delete()
        OneTimeCode.objects.all().delete()
        two_tabs(browser, citizen.email)[0].enter(last_code())
        return old

    return prepare


def test_signing_out_in_an_old_tab_signs_out(browser, signed_in_again):
    old = signed_in_again(FIRST)
    response = old.send(to=SIGN_OUT)
    assert response["Location"] == SIGN_OUT
    assert browser.get(response["Location"])["Location"] == "/"
    assert not is_signed_in(browser)


def test_signing_out_in_both_tabs_ends_where_one_does(browser, citizen):
    two_tabs(browser, citizen.email)[0].enter(last_code())
    tabs = [Tab(browser, FIRST, having="csrfmiddlewaretoken") for _ in range(2)]
    assert [tab.send(to=SIGN_OUT)["Location"] for tab in tabs] == ["/", "/"]
    assert browser.get("/").content.decode().count("You are signed out.") == 1


def test_confirming_in_an_old_tab_goes_on_when_the_person_signed_in_again(browser, signed_in_again, still_clock):
    old = signed_in_again(FIRST)
    for path in ("/users/confirm", "/users/confirm/send"):
        sent = len(mail.outbox)
        assert old.send(to=path, next="/settings/account/email", code="000000")["Location"] == "/settings/account/email"
        assert len(mail.outbox) == sent


def test_consent_of_an_old_tab_is_asked_again_and_never_given(browser, citizen, signed_in_again):
    application = make_app(public=True)
    old = signed_in_again(url := authorize_url(application), having="scopes")
    for action in ("allow", "cancel"):
        response = old.browser.post(url, {**old.form, "action": action}, headers={"Referer": f"http://testserver{url}"})
        assert (response.status_code, response["Location"]) == (302, url)
        assert 'name="scopes"' in old.browser.get(url, follow=True).content.decode()
    assert not Authorization.objects.exists()


def test_an_old_form_of_a_person_who_signed_out_comes_back_with_a_word_and_the_address(browser, citizen):
    late = Tab(browser, f"{SIGN_IN}?next={SECOND}")
    waiting = two_tabs(browser, citizen.email)[0]
    Tab(browser, SIGN_IN).ask_for_code(citizen.email)
    waiting.enter(last_code())
    browser.get(SIGN_OUT)
    sent = len(mail.outbox)
    response = late.send(email=citizen.email)
    assert response["Location"] == f"{SIGN_IN}?email=citizen%40example.gov&next=%2Ftasks%2F"
    assert len(mail.outbox) == sent
    late.having = "email"
    page = browser.get(response["Location"]).content.decode()
    assert "This page was out of date" in page
    late.open(response["Location"])
    assert late.form["email"] == [citizen.email]
    assert waiting.send(code="000000")["Location"].startswith(CODE)


FORGED = {
    "without a cookie": ({}, {}),
    "with a token of another length": ({"csrftoken": "a" * 32}, {"csrfmiddlewaretoken": "a" * 10}),
    "from another site": ({"csrftoken": "a" * 32}, {"csrfmiddlewaretoken": "b" * 32, "origin": "https://evil.example"}),
    "without a token": ({"csrftoken": "a" * 32}, {}),
}
PATHS = [SIGN_IN, CODE, f"{SIGN_IN}/resend", FACTOR, "/users/confirm", "/users/confirm/send", "/users/switch", SIGN_OUT]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_form_goes_no_further_than_a_link(browser, sign_in, citizen, path, forged):
    cookies, fields = FORGED[forged]
    sign_in(citizen, browser)
    key = browser.session.session_key
    browser.cookies.load(cookies)
    origin = fields.get("origin")
    response = browser.post(
        path, {"email": "outsider@example.gov", **fields}, headers={"Origin": origin} if origin else {}
    )
    assert response.status_code == (302 if forged == "with a token of another length" else 403)
    assert not mail.outbox
    assert not OneTimeCode.objects.exists()
    assert browser.session.session_key == key
    assert is_signed_in(browser)


@pytest.mark.parametrize("target", ["https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)"])
def test_an_old_form_leads_to_no_other_site(browser, sign_in, citizen, target):
    late = Tab(browser, SIGN_IN)
    sign_in(citizen, browser)
    browser.cookies["csrftoken"] = "b" * 32
    for path in (SIGN_IN, CODE, f"{SIGN_IN}/resend", FACTOR, "/users/switch"):
        assert late.send(to=path, next=target)["Location"] == "/"
