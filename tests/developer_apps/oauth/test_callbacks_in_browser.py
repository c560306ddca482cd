"""Apps whose callback redirects again, in a real Chromium: the browser ends where the app sends it."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.core import mail

from tests.accounts.codes import add_second_factor, app_code, last_code
from tests.accounts.test_google import google  # noqa: F401 - a fixture
from tests.browser import sign_in
from tests.browser import sign_in as browser_sign_in
from tests.developer_apps import flows

pytestmark = pytest.mark.browser


class Site:
    """An app's web server: `hops` maps a path to the address it redirects to; other paths are pages."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.hops: dict[str, str] = {}
        self.paths: list[str] = []
        self.back: Callable[[dict[str, list[str]]], str] | None = None

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def serving() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.paths.append(path)
            query = parse_qs(urlsplit(self.path).query)
            if target := site.back(query) if site.back and "state" in query else site.hops.get(path):
                self.send_response(302)
                self.send_header("Location", target)
                self.end_headers()
                return
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<!doctype html><link rel=icon href=data:,><title>The app</title><h1>The app</h1>")

        def log_message(self, *arguments: Any) -> None:
            """Keep the test's output free of request lines."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    site = Site(server.server_port)
    Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield site
    finally:
        server.shutdown()
        server.server_close()


@pytest.fixture
def app_site():
    with serving() as site:
        yield site


@pytest.fixture
def other_site():
    with serving() as site:
        yield site


@pytest.fixture
def redirecting(make_app, app_site, other_site):
    """A public app whose callback leads over two hosts to its home page."""
    app_site.hops["/cb"] = other_site.url("/hop", "localhost")
    other_site.hops["/hop"] = app_site.url("/home", "localhost")
    return make_app(url=app_site.url("/"), redirect_uris=[app_site.url("/cb")], public=True, scopes=["tasks"])


@pytest.mark.parametrize("button", ["Share and continue to 127.0.0.1", "Don’t share"])
def test_consent_ends_where_the_callback_leads(page, base_url, citizen, redirecting, app_site, button):
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(redirecting))
    page.get_by_role("button", name=button, exact=True).click()
    page.wait_for_url(app_site.url("/home", "localhost"))
    assert app_site.paths == ["/cb", "/home"]


@pytest.mark.parametrize("scope", ["tasks", "nonsense"])
def test_sign_in_of_a_connected_person_ends_where_the_callback_leads(
    page, base_url, citizen, redirecting, app_site, scope, sign_in
):
    flows.code_for(sign_in(citizen), redirecting)
    page.goto(base_url + flows.authorize_url(redirecting, scope=scope))
    page.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()
    page.locator("[name=code]").fill(last_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(app_site.url("/home", "localhost"))
    assert app_site.paths == ["/cb", "/home"]


def test_second_factor_ends_where_the_callback_leads(page, base_url, citizen, redirecting, app_site, sign_in):
    flows.code_for(sign_in(citizen), redirecting)
    add_second_factor(citizen)
    page.goto(base_url + flows.authorize_url(redirecting))
    page.get_by_label("Email address").fill(citizen.email)
    page.get_by_role("button", name="Send me a code").click()
    # The emailed link knows nothing of the app; the page learns it from the browser's own sign-in.
    page.goto(re.search(r"http\S+code=\d+", mail.outbox[-1].body)[0])
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.locator("[name=code]").fill(app_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(app_site.url("/home", "localhost"))
    assert app_site.paths == ["/cb", "/home"]


def test_callback_may_lead_to_the_scheme_of_a_phone_app(page, base_url, citizen, redirecting, app_site):
    app_site.hops["/cb"] = "gov.example.benefits:/signed-in?ok=1"
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(redirecting))
    page.evaluate(
        "addEventListener('securitypolicyviolation', (event) => { window.violated = event.violatedDirective; })"
    )
    with page.expect_event("requestfinished", lambda request: "/cb" in request.url):
        page.get_by_role("button", name="Share and continue").dispatch_event("click")
    assert app_site.paths == ["/cb"]
    assert page.evaluate("window.violated") is None


@pytest.mark.parametrize("answer", ["code", "consent"])
def test_switching_the_account_ends_where_the_callback_leads(
    page, base_url, citizen, outsider, redirecting, app_site, sign_in, answer
):
    if answer == "code":
        flows.code_for(sign_in(outsider), redirecting)
    browser_sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(redirecting))
    page.get_by_role("button", name="Use another account").click()
    page.get_by_label("Email address").fill(outsider.email)
    page.get_by_role("button", name="Send me a code").click()
    page.locator("[name=code]").fill(last_code())
    page.get_by_role("button", name="Sign in", exact=True).click()
    if answer == "consent":
        page.get_by_role("button", name="Share and continue").click()
    page.wait_for_url(app_site.url("/home", "localhost"))
    assert app_site.paths == ["/cb", "/home"]


@pytest.mark.parametrize("start", ["sign-in page", "page that asks before it leaves"])
def test_sign_in_with_google_ends_where_the_callback_leads(
    page,
    base_url,
    citizen,
    redirecting,
    app_site,
    sign_in,
    google,  # noqa: F811
    monkeypatch,
    start,
):
    """Google's own page is on another host; the chain from the button to the app's home page has four of them."""
    flows.code_for(sign_in(citizen), redirecting)
    identity = {"sub": "1", "email": citizen.email, "email_verified": True}
    monkeypatch.setattr(OAuth2Client, "get_access_token", lambda *args, **more: {"access_token": "t", "id_token": "i"})
    monkeypatch.setattr(GoogleOAuth2Adapter, "_decode_id_token", lambda *args: identity)
    with serving() as provider:
        provider.back = lambda query: f"{query['redirect_uri'][0]}?code=c&state={query['state'][0]}"
        monkeypatch.setattr(GoogleOAuth2Adapter, "authorize_url", provider.url("/google", "localhost"))
        page.goto(base_url + flows.authorize_url(redirecting))
        if start != "sign-in page":
            next_path = page.url.partition("next=")[2]
            page.goto(f"{base_url}/users/google?next={next_path}")
        form = page.locator("main form", has=page.locator("button", has_text="Google"))
        (form if start == "sign-in page" else page.locator("main form")).locator("[type=submit]").click()
        page.wait_for_url(app_site.url("/home", "localhost"))
    assert app_site.paths == ["/cb", "/home"]


def test_sign_out_ends_where_the_apps_address_leads(page, base_url, citizen, redirecting, app_site):
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(redirecting))
    page.get_by_role("button", name="Share and continue").click()
    page.wait_for_url(app_site.url("/home", "localhost"))
    page.goto(f"{base_url}/users/sign_out?{urlencode({'continue': app_site.url('/cb')})}")
    assert page.url == app_site.url("/home", "localhost")
    page.goto(f"{base_url}/settings/account")
    assert "/users/sign_in" in page.url
