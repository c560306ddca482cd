"""The starter apps in examples/starters, each in a process of its own, used by a person in Chromium."""

import html
import re
import shutil
import sys
from typing import Any, NamedTuple

import pytest
import requests

from developer_apps.models import AccessToken, Client, RefreshToken
from profiles.models import Profile
from tests import browser, factories, programs
from tests.processes import ROOT, clean_environment, running, wait_for_answer

pytestmark = [pytest.mark.browser, pytest.mark.services, pytest.mark.django_db(transaction=True)]
STARTERS = ROOT / "examples" / "starters"
ALLOW, CANCEL = "button[value=allow]", "button[value=cancel]"


GEM = """
require "omniauth-oauth2"

class OmniAuth::Strategies::Myusa < OmniAuth::Strategies::OAuth2
  option :name, "myusa"
  option :client_options, { site: "http://127.0.0.1:9", token_url: "/oauth/authorize" }
  uid { raw_info["uid"] }
  info { { email: raw_info["email"] } }
  extra { { "raw_info" => raw_info } }

  def raw_info
    @raw_info ||= access_token.get("/api/profile").parsed
  end
end
"""


class Starter(NamedTuple):
    """How one starter app is run, and what is registered for it."""

    command: Any
    callback: str = "/auth/myusa/callback"
    client_type: str = Client.CLIENT_CONFIDENTIAL
    keeps_tokens: bool = True


def _django(port: int) -> list[str]:
    return [sys.executable, "manage.py", "runserver", "--noreload", f"127.0.0.1:{port}"]


def _express(port: int) -> list[str]:
    return [programs.node(STARTERS / "express"), "server.js"]


def _spa(port: int) -> list[str]:
    return [programs.node(STARTERS / "spa"), "serve.js"]


def _puma(port: int) -> list[str]:
    programs.require("ruby")
    return [programs.require("puma"), "--bind", f"tcp://127.0.0.1:{port}"]


KINDS = {
    "django": Starter(_django),
    "express": Starter(_express),
    "rails": Starter(_puma),
    "sinatra": Starter(_puma, keeps_tokens=False),
    "spa": Starter(_spa, callback="/", client_type=Client.CLIENT_PUBLIC),
}


with_tokens = pytest.mark.parametrize("starter", [name for name in KINDS if KINDS[name].keeps_tokens], indirect=True)


@pytest.fixture(params=KINDS)
def starter(request, base_url, developer, tmp_path):
    """The address of a running starter app, with keys of an app of its own that must use PKCE."""
    name = str(request.param)
    kind, port = KINDS[name], programs.free_port()
    url = f"http://127.0.0.1:{port}"
    made = factories.make_app(
        developer,
        scopes=["profile.email", "profile.first_name"],
        redirect_uris=[url + kind.callback],
        client_type=kind.client_type,
        requires_pkce=True,
        public=True,
    )
    command, log = kind.command(port), tmp_path / "log"
    environment = clean_environment(
        MYUSA_URL=base_url,
        MYUSA_CLIENT_ID=made.client_id,
        MYUSA_CLIENT_SECRET=made.client_secret,
        PORT=str(port),
        APP_URL=url,
    )
    with running(*command, log=log, environment=environment, folder=STARTERS / name) as process:
        wait_for_answer(url, process, log)
        yield url


def connect(page: Any, starter: str) -> None:
    page.goto(starter)
    page.get_by_text("Connect with MyUSA").click()
    page.locator(CANCEL).wait_for()


def allow(page: Any) -> None:
    page.locator(ALLOW).click()
    page.get_by_role("heading", name="Hello,").wait_for()


def again(page: Any) -> None:
    """Read the profile again."""
    button = page.get_by_role("button", name="Reload profile")
    if button.count():
        button.click()
    else:
        page.reload()


@with_tokens
def test_a_person_signs_in_refreshes_and_signs_out(page, starter, citizen, base_url, settings):
    Profile.objects.of(citizen).update_values({"first_name": "Zoë"}, by=citizen)
    settings.USER_TOKEN_AGE = 30  # shorter than the leeway of the starters, so each call needs a new token
    browser.sign_in(page, citizen, base_url)
    connect(page, starter)
    allow(page)
    page.get_by_role("heading", name="Hello, Zoë").wait_for()
    assert page.get_by_text("citizen@example.gov").is_visible()
    assert page.get_by_text(str(citizen.uid)).is_visible()

    before = AccessToken.objects.count()
    again(page)
    page.get_by_role("heading", name="Hello, Zoë").wait_for()
    for _attempt in range(100):  # the single-page app shows the profile of before until it has the new one
        if AccessToken.objects.count() > before:
            break
        page.wait_for_timeout(100)
    assert AccessToken.objects.count() > before, "a refresh gave another token"

    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Connect with MyUSA").wait_for()
    assert not RefreshToken.objects.filter(revoked__isnull=True).exists(), "signing out revokes the token"


def test_a_person_who_cancels_is_told_and_can_try_again(page, starter, citizen, base_url):
    browser.sign_in(page, citizen, base_url)
    connect(page, starter)
    page.locator(CANCEL).click()
    page.get_by_text("You canceled the sign-in.").wait_for()
    connect(page, starter)
    allow(page)
    assert page.locator("dd", has_text="citizen@example.gov").is_visible()
    assert page.locator("dd", has_text=str(citizen.uid)).is_visible()
    page.get_by_role("button", name="Sign out").click()
    page.get_by_text("Connect with MyUSA").wait_for()


def test_the_printed_configuration_works_for_the_gem_of_the_first_myusa(page, base_url, citizen, developer, tmp_path):
    """The gem is in no package, so a strategy with its name, paths and options takes its place, in the starter for Sinatra."""
    port = programs.free_port()
    url = f"http://127.0.0.1:{port}"
    made = factories.make_app(
        developer, redirect_uris=[f"{url}/auth/myusa/callback"], scopes="profile.email", public=True
    )
    printed = html.unescape(requests.get(f"{base_url}/developer/docs/migrating", timeout=30).text)
    configuration = re.search(r"Rails\.application\.config\.middleware\.(use .*?\nend)", printed, re.DOTALL)[1]
    assert "MYUSA_KEY" in configuration, "the one for the gem"
    configuration = configuration.replace("{redirect_uri}", made.redirect_uri)
    configuration = re.sub(r'site: "[^"]*"', f'site: "{base_url}"', configuration)
    app = shutil.copytree(STARTERS / "sinatra", tmp_path / "app")
    (app / "myusa.rb").write_text(GEM)
    code = (app / "app.rb").read_text()
    (app / "app.rb").write_text(
        re.sub(r"^use OmniAuth::Builder do\n.*?^end$", lambda _: configuration, code, flags=re.M | re.S)
    )
    keys = clean_environment(MYUSA_KEY=made.client_id, MYUSA_SECRET=made.client_secret, MYUSA_URL=base_url)
    with running(*_puma(port), log=tmp_path / "log", environment=keys, folder=app) as process:
        wait_for_answer(url, process, tmp_path / "log")
        browser.sign_in(page, citizen, base_url)
        connect(page, url)
        allow(page)
        assert page.locator("dd", has_text="citizen@example.gov").is_visible()
        assert page.locator("dd", has_text=str(citizen.uid)).is_visible()


@with_tokens
def test_a_person_who_disconnects_the_app_has_to_sign_in_again(page, starter, citizen, base_url):
    browser.sign_in(page, citizen, base_url)
    connect(page, starter)
    allow(page)
    citizen.authorizations.get().disconnect(by=citizen)
    page.expected_errors += ["400", "401"]
    again(page)
    page.get_by_text("You were signed out. Sign in again.").wait_for()
    assert page.get_by_text("Connect with MyUSA").is_visible()
