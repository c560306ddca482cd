"""An authorization request of any length that the server accepts survives the sign-in, or its app hears of an error first."""

import secrets
from urllib.parse import parse_qs, quote, urlsplit

import pytest
from django.test import Client
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.destinations import LONG, LONGEST
from accounts.models import OneTimeCode
from developer_apps.models import Authorization
from myusa.lib import limits
from tests.accounts.codes import CODE, SIGN_IN, add_second_factor, app_code, last_code
from tests.developer_apps.flows import allow, authorize_url, query_of
from tests.factories import make_app

pytestmark = pytest.mark.django_db
LENGTHS = [100, 900, 1000, 1900, 2048, 4000, 6500, 7500]


@pytest.fixture
def application():
    return make_app(public=True, scopes=["profile.email"])


def follow(browser, response):
    """Follow redirects within the site; return the last response."""
    while response.status_code == 302 and response["Location"].startswith("/"):
        assert len(response["Location"]) <= LONGEST
        response = browser.get(response["Location"])
    return response


def sign_in_through(browser, url, email, *, second_factor=False):
    """Follow the app's link, sign in, and return the page or redirect at which it ends."""
    page = follow(browser, browser.get(url))
    next_path = page.wsgi_request.GET["next"]
    assert len(next_path) <= LONG
    response = browser.post(SIGN_IN, {"email": email, "next": next_path})
    follow(browser, response)
    response = browser.post(CODE, {"code": last_code(), "next": next_path})
    if second_factor:
        follow(browser, response)
        response = browser.post("/users/second_factor", {"code": app_code(), "next": next_path})
    return follow(browser, response)


def state_after_consent(browser, page):
    assert page.status_code == 200
    answer = allow(browser, page.wsgi_request.get_full_path(), ["profile.email"])
    return query_of(answer)["state"]


@pytest.mark.parametrize("length", LENGTHS)
def test_the_state_comes_back_as_it_was_sent(application, length):
    state = secrets.token_hex(length // 2)
    browser = Client()
    page = sign_in_through(browser, authorize_url(application, state=state), "citizen@example.gov")
    assert state_after_consent(browser, page) == state


@settings(max_examples=6)
@given(length=st.integers(100, 8000), content=st.sampled_from(["s", "%", "é", "日", "{", "a b", "~"]))
def test_a_state_of_any_length_comes_back_or_its_app_hears_of_an_error_first(application, length, content):
    limits.reset()
    OneTimeCode.objects.all().delete()
    Authorization.objects.all().delete()  # an earlier example may have been this person’s
    state = (content * length)[: length // len(quote(content)) + 1]
    browser, url = Client(), authorize_url(application, state=state)
    if len(url) > LONGEST:
        assert query_of(browser.get(url))["error"] == "invalid_request"
        return
    page = sign_in_through(browser, url, f"citizen{length}@example.gov")
    assert state_after_consent(browser, page) == state


@pytest.mark.parametrize("content", ['{"a": "é", "b": [1, 2]} ', "%&=+#;", "日本語", "~-._"])
def test_a_state_that_is_escaped_comes_back_as_it_was_sent(application, content):
    state = (content * 2000)[: 6000 // len(quote(content)) * len(content)]
    browser = Client()
    page = sign_in_through(browser, authorize_url(application, state=state), "citizen@example.gov")
    assert state_after_consent(browser, page) == state


def test_the_second_factor_and_the_connect_url_keep_a_long_state(application, citizen):
    add_second_factor(citizen)
    browser, state = Client(), secrets.token_hex(1250)
    url = f"/users/sign_in?client_id={application.client_id}&state={state}"
    page = sign_in_through(browser, url, citizen.email, second_factor=True)
    assert application.app.name in page.content.decode()
    assert state_after_consent(browser, page) == state


def test_the_sign_in_page_names_the_app_of_a_long_request(application):
    browser = Client()
    page = follow(browser, browser.get(authorize_url(application, state="s" * 5000)))
    assert application.app.name in page.content.decode()


def test_two_long_requests_in_two_tabs_keep_their_own_state(application, citizen):
    browser = Client()
    first, second = (secrets.token_hex(1500) for _ in range(2))
    pages = [follow(browser, browser.get(authorize_url(application, state=state))) for state in (first, second)]
    paths = [page.wsgi_request.GET["next"] for page in pages]
    browser.post(SIGN_IN, {"email": citizen.email, "next": paths[0]})
    browser.post(CODE, {"code": last_code(), "next": paths[0]})
    for path, state in zip(paths, (first, second), strict=True):
        assert state in follow(browser, browser.get(path)).wsgi_request.get_full_path()


def test_switching_the_account_keeps_a_long_request(application, sign_in, citizen, outsider):
    browser, state = sign_in(citizen), secrets.token_hex(2000)
    url = authorize_url(application, state=state)
    answer = browser.post(url, {"action": "switch"})
    page = follow(browser, answer)
    next_path = page.wsgi_request.GET["next"]
    browser.post(SIGN_IN, {"email": outsider.email, "next": next_path})
    response = browser.post(CODE, {"code": last_code(), "next": next_path})
    assert state_after_consent(browser, follow(browser, response)) == state


def test_a_request_that_grows_beyond_the_limit_is_an_error_before_the_sign_in(application):
    state = "{" * 3000  # each takes three bytes once it is escaped
    url = authorize_url(application, state="") + state
    answer = Client().get(url)
    assert answer["Location"].startswith(application.redirect_uri)
    assert parse_qs(urlsplit(answer["Location"]).query)["error"] == ["invalid_request"]


def test_a_long_path_of_another_browser_leads_nowhere(application):
    browser = Client()
    page = follow(browser, browser.get(authorize_url(application, state="s" * 5000)))
    answer = Client().get(page.wsgi_request.GET["next"], follow=True)
    assert answer.redirect_chain[0][0] == "/"
    assert "Return to the app and try again" in answer.content.decode()


@pytest.mark.parametrize(
    "twice",
    [
        "state=s&state=t",
        "state=s&state=s",
        "scope=profile.email&scope=tasks",
        "prompt=none&prompt=none",
    ],
)
def test_the_connect_url_refuses_a_parameter_given_twice(application, sign_in, citizen, twice):
    url = f"/users/sign_in?client_id={application.client_id}&{twice}"
    browser = sign_in(citizen)
    page = follow(browser, browser.get(url))
    assert page.status_code == 400
    assert "invalid_request" in page.content.decode()
