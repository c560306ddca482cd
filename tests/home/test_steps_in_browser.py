"""Pages that citizens meet on the way: signing in, confirming, links of emails and texts, consent and its refusals.

With those of `test_citizen_pages_in_browser.py` they are all pages of citizens; the last test says so.
"""

import re
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.core import mail
from django.urls import resolve

from accounts.code_links import sign_in_link, stop_link, stop_texts_link
from accounts.models import AccountRecovery, OneTimeCode, User
from developer_apps.models import SupportRequest
from developer_apps.models.email_choices import KINDS, EmailLink
from myusa.lib import languages
from myusa.lib.messages import sms
from myusa.outbox.jobs import deliver
from notifications.unsubscribe import Subscription
from tests.accounts.authenticator import give_passkey
from tests.accounts.codes import add_second_factor
from tests.browser import NARROW, WIDE, assert_good_page, sign_in
from tests.developer_apps.flows import authorize_url
from tests.home.test_citizen_pages_in_browser import PAGES, fill
from tests.journeys.browsing import code_mailed_to
from tests.security import routes

pytestmark = pytest.mark.browser

# Routes that show no page of their own.
FORMS = """
home:dismiss_step accounts:resend accounts:stay accounts:switch accounts:send_confirmation accounts:keep_email
accounts:end_other_sessions accounts:end_session tasks:change tasks:change_item notifications:mark_all_read
notifications:mark_read notifications:mark_unread notifications:delete notifications:restore notifications:remove_number
notifications:try_address_again
""".split()
FILES = """
home:robots home:favicon developer_apps:logo_file developer_apps:button_stylesheet
accounts:passkey_options accounts:download accounts:activity_csv accounts:activity_json mfa_download_recovery_codes
accounts:code_status
""".split()
REDIRECTS = """
accounts:sign_out accounts:continue
""".split()
# The same views under the names that allauth looks up.
ALIASES = {
    "account_login": "accounts:sign_in",
    "account_reauthenticate": "accounts:confirm",
    "mfa_reauthenticate": "accounts:confirm",
    "mfa_index": "accounts:security",
}
# What `Steps` shows; each of its tests compares.
SIGNING_IN = {"accounts:sign_in", "accounts:code", "mfa_authenticate", "home:landing", "accounts:language"}
PROTECTED = {
    "accounts:choose_second_factor", "accounts:add_passkey", "accounts:rename_passkey", "accounts:remove_passkey",
    "mfa_activate_totp", "mfa_deactivate_totp", "mfa_view_recovery_codes", "mfa_generate_recovery_codes",
    "accounts:confirm", "accounts:new_email", "accounts:email_code", "notifications:number", "notifications:code",
}  # fmt: skip
LINKED = {
    "accounts:link", "accounts:stop_codes", "accounts:stop_texts", "accounts:recovery", "notifications:unsubscribe",
    "developer_apps:stop_emails", "accounts:deleted", "accounts:legal_version", "developer_apps:contact_request",
}  # fmt: skip
CONSENT = {"oauth2_provider:authorize"}


class Steps:
    """Goes from page to page in one browser, looks at each narrow and wide, light and dark, and remembers the routes."""

    def __init__(self, page: Any, base_url: str, language: str) -> None:
        self.page, self.base_url, self.language = page, base_url, language
        self.seen: set[str] = set()

    def open(self, path: str) -> None:
        self.page.goto(path if path.startswith("http") else self.base_url + path)
        self.look()

    def enter(self, *, error: bool = False, **fields: str) -> None:
        """Fill in fields of the page's form and send it."""
        for name, value in fields.items():
            self.page.locator(f"main [name={name}]").first.fill(value)
        form = self.page.locator("main form").filter(has=self.page.locator(f"[name={next(iter(fields))}]")).first
        form.locator("button[type=submit]:not([formaction])").last.click()
        if error:
            self.page.locator(".error-summary").wait_for()
        self.look()

    def look(self) -> None:
        path = urlsplit(self.page.url).path
        self.seen.add(resolve(path).view_name)
        expected = "en" if languages.is_english_page(path) else self.language
        assert self.page.locator("html").get_attribute("lang") == expected, self.page.url
        for width in (WIDE, NARROW):
            self.page.set_viewport_size({"width": width, "height": 900})
            for scheme in ("light", "dark"):
                self.page.emulate_media(color_scheme=scheme)
                assert_good_page(self.page)


@pytest.fixture(params=["en", "es"])
def language(request, citizen):
    User.objects.filter(pk=citizen.pk).update(language=request.param)
    citizen.refresh_from_db()
    return str(request.param)


@pytest.fixture
def steps(new_page, base_url, language):
    page = new_page(NARROW, locale={"en": "en-US", "es": "es-US"}[language])
    page.expected_errors += ["400", "404", "403", "410"]
    return Steps(page, base_url, language)


def test_pages_of_signing_in_are_good(steps, citizen):
    add_second_factor(citizen)
    steps.open("/")
    steps.open("/users/language")
    steps.open("/users/sign_in")
    steps.enter(email="nobody", error=True)
    steps.enter(email=citizen.email)
    steps.enter(code="1", error=True)
    steps.enter(code=code_mailed_to(citizen.email))
    assert steps.page.url.endswith("/users/second_factor")
    steps.enter(code="000000", error=True)
    assert steps.seen == SIGNING_IN


def test_pages_that_protect_an_account_are_good(steps, citizen, monkeypatch):
    monkeypatch.setattr(sms, "send", lambda to, text, **options: None)
    sign_in(steps.page, citizen, steps.base_url)
    for path in ("choose", "passkeys/add", "app"):
        steps.open(f"/settings/security/{path}")
    steps.open("/settings/security/app")
    steps.enter(code="1", error=True)
    steps.open("/settings/account/email")
    steps.enter(email="new@example.gov")
    steps.enter(code="1", error=True)
    steps.open("/settings/notifications/mobile")
    steps.enter(number="415-555-3455")
    steps.enter(code="1", error=True)

    add_second_factor(citizen)
    give_passkey(citizen)
    key = citizen.authenticator_set.get(type="webauthn").pk
    sign_in(steps.page, citizen, steps.base_url, second_factor=True)
    for path in ("", f"/passkeys/{key}/rename", f"/passkeys/{key}/remove", "/app/remove", "/codes", "/codes/new"):
        steps.open(f"/settings/security{path}")
    sign_in(steps.page, citizen, steps.base_url, second_factor=True, age=86_400)
    steps.open("/settings/account/delete")
    assert urlsplit(steps.page.url).path == "/users/confirm"
    assert steps.seen - {"accounts:security"} == PROTECTED


def test_pages_behind_links_of_emails_and_texts_are_good(steps, citizen, superuser, public_application, monkeypatch):
    monkeypatch.setattr(sms, "send", lambda to, text, **options: None)
    steps.open("/users/deleted")
    steps.open("/legal/terms/2026-11")
    steps.page.goto(f"{steps.base_url}/users/sign_in")
    steps.page.locator("[name=email]").fill(citizen.email)
    steps.page.locator("main form:has([name=email]) button[type=submit]").last.click()
    code = OneTimeCode.objects.latest("pk")
    steps.open(sign_in_link(code.pk))
    steps.open("/users/sign_in/link/forged")
    steps.open(stop_texts_link(code.pk, code.identity))
    steps.open(stop_link(code.recipient_digest))
    steps.page.locator("main button[type=submit]").first.click()
    steps.look()
    steps.open("/users/codes/stop/forged")

    add_second_factor(citizen)
    AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Showed an ID.", by=superuser)
    deliver()
    steps.open(re.search(r"http\S+/users/recovery/\S+", mail.outbox[-1].body)[0])
    steps.page.locator("main button[type=submit]").last.click()
    steps.look()

    for link in (Subscription.to_announcements(citizen).url, EmailLink(citizen.pk, KINDS["secrets"]).url):
        steps.open(link)
        steps.page.locator("main button[type=submit]").last.click()
        steps.look()
    sign_in(steps.page, citizen, steps.base_url)
    steps.page.goto(f"{steps.base_url}/help/contact")
    steps.page.locator("main [name=subject]").select_option(index=1)
    steps.page.locator("main [name=text]").fill("x" * 200)
    steps.page.locator("main form:has([name=text]) button[type=submit]").click()
    assert SupportRequest.objects.exists()
    steps.look()
    assert steps.seen == LINKED


def test_consent_and_its_refusals_are_good(steps, citizen, outsider, public_application, make_app):
    private = make_app(name="Moving Checklist")
    steps.open(authorize_url(private))  # signed out: leads to the sign-in page
    sign_in(steps.page, citizen, steps.base_url)
    steps.open(authorize_url(private))
    steps.open("/oauth/authorize?client_id=unknown")
    steps.open(authorize_url(public_application, redirect_uri="https://elsewhere.example/"))
    steps.open(authorize_url(public_application))
    for fold in steps.page.locator(".consent-row > summary").all():
        fold.click()
    steps.look()
    assert steps.seen - {"accounts:sign_in"} == CONSENT


def test_every_page_of_a_citizen_is_looked_at(citizen, public_application):
    """If this fails, a page is new: add it to PAGES, to `fill` or to a test above."""
    more = fill(citizen, public_application)
    walked = {resolve(urlsplit(path).path).view_name for path in (*PAGES, *more)}
    walked |= SIGNING_IN | PROTECTED | LINKED | CONSENT
    known = walked | {*FORMS, *FILES, *REDIRECTS, *ALIASES}
    every = names_of_routes()
    assert every - known == set(), "no test looks at these"
    assert known - every == set(), "these do not exist"
    assert set(ALIASES.values()) <= walked


def test_routes_without_a_page_show_none(client, sign_in, citizen):
    for name in FORMS:
        assert sign_in(citizen).get(path_of(name)).status_code == 405, name


def names_of_routes() -> set[str]:
    """Return the names of all routes that are neither for programs nor only for developers and staff."""
    return {
        route.name for route in routes.pages() if route.name and not languages.is_english_page(f"/{route.template}")
    }


def path_of(name: str) -> str:
    """Return an address of a route, with values that name nothing."""
    route = next(route for route in routes.pages() if route.name == name)
    return route.path({**dict.fromkeys(route.parameters, 1), "verb": "complete"})
