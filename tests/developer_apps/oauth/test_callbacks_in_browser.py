"""Apps whose callback redirects again, in a real Chromium: the browser ends where the app sends it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core import mail

from tests.accounts.codes import add_second_factor, app_code, last_code
from tests.browser import sign_in
from tests.developer_apps import flows

pytestmark = pytest.mark.browser


class Site:
    """An app's web server: `hops` maps a path to the address it redirects to; other paths are pages."""

    def __init__(self, port: int) -> None:
        self.port = port
        self.hops: dict[str, str] = {}
        self.paths: list[str] = []

    def url(self, path: str, host: str = "127.0.0.1") -> str:
        return f"http://{host}:{self.port}{path}"


@contextmanager
def serving() -> Iterator[Site]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            path = self.path.partition("?")[0]
            site.paths.append(path)
            if target := site.hops.get(path):
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


def test_sign_out_ends_where_the_apps_address_leads(page, base_url, citizen, redirecting, app_site):
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(redirecting))
    page.get_by_role("button", name="Share and continue").click()
    page.wait_for_url(app_site.url("/home", "localhost"))
    page.goto(f"{base_url}/users/sign_out?{urlencode({'continue': app_site.url('/cb')})}")
    assert page.url == app_site.url("/home", "localhost")
    page.goto(f"{base_url}/settings/account")
    assert "/users/sign_in" in page.url
