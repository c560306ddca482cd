"""Nothing usable at rest: a run makes every kind of secret, then database, Redis and all logs are searched for them.

6-digit codes are searched as whole words, anything else as a part of any value.
"""

import base64
import html
import io
import logging
import re
from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog
from django.core import mail
from django.test import Client as Browser
from django.utils import timezone

from accounts.models import OneTimeCode, Phone, User
from accounts.models.phones import number_digest
from developer_apps.models import App
from myusa.lib.messages import sms
from myusa.lib.messages.sms import memory
from myusa.outbox import jobs as outbox_jobs
from myusa.outbox.models import OutgoingEmail
from notifications import allowance
from notifications.delivery import drain
from notifications.models import Preference
from onboarding.progress import history_of, timeline
from onboarding.states import State
from onboarding.steps import affidavit as affidavits
from tests import factories
from tests.accounts.codes import app_code, ask_for_code, codes_of
from tests.developer_apps.flows import PKCE, VERIFIER
from tests.factories import Api
from tests.security import database

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]
CALLBACK = "https://app.example.org/auth/myusa/callback"
PROFILE = {
    "first_name": "Rosalind",
    "last_name": "Quillfeather",
    "address": "742 Wisteria Crescent",
    "city": "Zanesville",
    "zip": "43701",
    "phone_number": "415-555-3456",
}
NUMBER = "415-555-3455"
SUBJECT, BODY, KEY = "Your hearing is on Monday", "Bring the letter of March.", "idempotency-key-4711"
TASK = "Scan the eviction letter"
INVITED = "new@example.gov"
OFFICER = {
    "officer_name": "Ottoline Quartermaine",
    "officer_title": "Head of Fish",
    "officer_email": "otto@fish.example",
}


@pytest.fixture(autouse=True)
def _texts_in_memory(settings):
    settings.SMS_PROVIDER = "memory"
    memory.reset()
    sms.provider.cache_clear()
    allowance.forget()
    yield
    memory.reset()
    sms.provider.cache_clear()


@pytest.fixture
def log_lines(capsys, monkeypatch):
    """Return what was logged since the test began: structlog's own lines, and those of Django and other libraries."""
    stream = io.StringIO()
    handlers = [each for each in logging.getLogger().handlers if isinstance(each, logging.StreamHandler)]
    (handler,) = [each for each in handlers if isinstance(each.formatter, structlog.stdlib.ProcessorFormatter)]
    monkeypatch.setattr(handler, "stream", stream)
    return lambda: [*capsys.readouterr().err.splitlines(), *stream.getvalue().splitlines()]


class Run:
    """What was made, and everything that the database held at some moment."""

    def __init__(self) -> None:
        self.secrets: dict[str, str] = {}
        self.personal: dict[str, str] = {}
        self.rows: set[tuple[str, str]] = set()

    def made(self, **secrets: str) -> None:
        """Note what was made, and what the database holds at this moment."""
        for name, value in secrets.items():
            assert value, f"no {name}"
            self.secrets[f"{name} {len(self.secrets)}"] = value
        self.rows |= {*database.rows(), *database.counters()}

    def found_in_database(self) -> list[str]:
        return sorted(
            {
                f"{name} in {table}: {row[:300]}"
                for name, value in (self.secrets | self.personal).items()
                for table, row in self.rows
                if holds(row, value)
            }
        )

    def found_in(self, lines: list[str]) -> list[str]:
        sought = self.secrets | self.personal
        return [f"{name}: {line[:300]}" for name, value in sought.items() for line in lines if holds(line, value)]


def holds(text: str, value: str) -> bool:
    if len(value) > 6 or not value.isdigit():
        return value.lower() in text.lower()
    return bool(re.search(rf"(?<![\w.:-]){value}(?![\w.-])", text))


def test_search_finds_what_is_there():
    assert holds("a | 123456 | b", "123456")
    assert holds("code=123456&x", "123456")
    assert not holds("09:05:23.123456", "123456")
    assert holds("xxSecretxx", "secret")


def test_no_secret_of_a_whole_run_is_in_database_or_logs(superuser, log_lines, settings):
    settings.CODE_LIMIT_FACTOR = 50
    run = Run()
    citizen, developer = Browser(), Browser()
    sign_in(run, citizen, "citizen@example.gov")
    fill_profile(run, citizen)
    verify_number(run, citizen)
    set_up_second_factor(run, citizen)
    sign_in(run, developer, "developer@example.gov")
    client_id, client_secret = register(run, developer)
    invite(run, developer)
    App.objects.get().request_public_access(by=User.objects.get(email="developer@example.gov")).approve(by=superuser)
    access = walk_oauth(run, citizen, client_id, client_secret)
    use_apis(run, access)
    introspect(run, superuser, access)
    unsubscribe(run)
    citizen.get("/users/sign_out")
    run.made()

    assert any("Benefit Finder" in row for _table, row in run.rows), "the search does see the rows"
    assert not settings.REDIS_URL or any(table == "redis" for table, _row in run.rows), "and what Redis holds"
    run.personal |= {"subject": SUBJECT, "body": BODY, "task": TASK}
    assert run.found_in_database() == []
    logging.getLogger("some.library").warning("heard of %s", "this")
    lines = log_lines()
    assert any("heard of this" in line for line in lines), "lines of libraries are seen, too"
    assert any('"path": "/oauth/token"' in line for line in lines), "the search does see the log"
    run.personal |= {"idempotency key": KEY}
    assert run.found_in(lines) == []


def test_link_of_the_officer_is_not_in_the_database(reach, log_lines):
    reach(State.AFFIDAVIT_SENT)
    links = [re.search(r"/developer/affidavit/([^/\s]+)/", str(message.body)) for message in mail.outbox]
    (token,) = {link[1] for link in links if link}
    run = Run()
    Browser().get(f"/developer/affidavit/{token}/")
    run.made(officer_link=token)
    assert run.found_in_database() == []
    assert run.found_in(log_lines()) == []


def test_the_officer_is_not_readable_in_the_database(reach, developer, log_lines):
    request = reach(State.AFFIDAVIT_SENT)
    affidavit = affidavits.resend(request, by=developer, **OFFICER)
    affidavits.sign(
        affidavit,
        name=OFFICER["officer_name"],
        title=OFFICER["officer_title"],
        date=timezone.localdate(),
        checked=range(len(affidavit.text.statements)),
        address=None,
    )
    (signed, *_earlier) = timeline(history_of(request))
    assert signed.who == OFFICER["officer_name"], "the history names the officer"
    run = Run()
    run.personal |= OFFICER
    run.made()
    assert run.found_in_database() == []
    assert run.found_in(log_lines()) == []


def sign_in(run: Run, browser: Browser, email: str) -> None:
    mail.outbox.clear()
    browser.get("/users/sign_in")
    browser.post("/users/sign_in", {"email": email})
    (code,) = codes_of(mail.outbox[-1])
    run.made(sign_in_code=code)
    browser.post("/users/sign_in/code", {"code": "000000"})
    browser.get("/users/sign_in/code", {"code": code})  # the link of the mail
    before = browser.cookies["sessionid"].value
    assert browser.post("/users/sign_in/code", {"code": code}).status_code == 302
    run.made(session_key=before)
    run.made(session_key=browser.cookies["sessionid"].value)


def fill_profile(run: Run, browser: Browser) -> None:
    response = browser.post("/profile", PROFILE)
    assert response.status_code == 302, response.content.decode()[-3000:]
    for name, value in PROFILE.items():
        run.personal[name] = value
    run.personal["phone as kept"] = "4155553456"
    run.made()


def verify_number(run: Run, browser: Browser) -> None:
    assert browser.post("/settings/notifications/mobile", {"number": NUMBER}).status_code == 302
    code = re.findall(r"\b\d{6}\b", memory.outbox[-1].text)[0]
    run.personal |= {"mobile number": NUMBER, "mobile number as kept": "4155553455"}
    run.made(sms_code=code)
    assert browser.post("/settings/notifications/mobile/code", {"code": code}).status_code == 302
    run.made(sms=memory.outbox[-1].text)


def set_up_second_factor(run: Run, browser: Browser) -> None:
    seed = found(r'id="totp-key">(\w+)<', browser.get("/settings/security/app"))
    run.made(totp_seed=seed)
    assert browser.post("/settings/security/app", {"code": app_code(seed)}).status_code == 302
    codes = found(r'id="recovery-codes"[^>]*>([^<]+)<', browser.get("/settings/security/codes"))
    codes = [code.replace(" ", "") for code in html.unescape(codes).splitlines()]
    assert len(codes) == 10
    run.made(**{f"recovery_code_{number}": code for number, code in enumerate(codes)})


def register(run: Run, browser: Browser) -> tuple[str, str]:
    scopes = ["profile.email", "profile.first_name", "profile.phone_number", "tasks", "notifications"]
    form = {"name": "Benefit Finder", "redirect_uris": CALLBACK, "scopes": scopes}
    response = browser.post("/developer/apps/new", form)
    assert response.status_code == 302, response.content.decode()[-3000:]
    run.made()  # while the secret waits to be shown
    page = browser.get(response["Location"])
    secret = found(r'id="shown-secret">([^<]+)<', page)
    run.made(client_secret=secret)
    return found(r'id="shown-client-id">([^<]+)<', page), secret


def invite(run: Run, browser: Browser) -> None:
    response = browser.post("/developer/teams/new", {"name": "Benefits Team"})
    browser.post(f"{response['Location'].rstrip('/')}/invite", {"email": INVITED, "role": "member"})
    run.personal["invited address"] = INVITED
    assert INVITED in browser.get(f"{response['Location'].rstrip('/')}/history").content.decode()
    link = re.search(r"/developer/teams/invitations/(\S+)", str(mail.outbox[-1].body))
    assert link
    Browser().get(link[0])
    run.made(invitation=link[1])


def walk_oauth(run: Run, browser: Browser, client_id: str, client_secret: str) -> str:
    """Consent, exchange, replay, refresh, ask for the client's own token; return a live access token."""

    def ask(**form: str) -> Any:
        return Browser().post("/oauth/token", {"client_id": client_id, "client_secret": client_secret, **form})

    def authorize() -> str:
        query = {"response_type": "code", "client_id": client_id, "redirect_uri": CALLBACK, "state": "st4te-of-the-app"}
        url = "/oauth/authorize"
        response = browser.get(url, {**query, **PKCE})
        if response.status_code == 200:
            scopes = re.findall(r'name="scopes"[^>]*value="([^"]+)"', response.content.decode())
            response = browser.post(response.wsgi_request.get_full_path(), {"action": "allow", "scopes": scopes})
        return parse_qs(urlsplit(response["Location"]).query)["code"][0]

    def exchange(code: str) -> Any:
        return ask(grant_type="authorization_code", code=code, redirect_uri=CALLBACK, code_verifier=VERIFIER)

    code = authorize()
    run.made(authorization_code=code, code_verifier=VERIFIER, state="st4te-of-the-app")
    tokens = exchange(code).json()
    run.made(access_token=tokens["access_token"], refresh_token=tokens["refresh_token"])
    assert exchange(code).status_code == 400, "the replay ends what the code gave"
    code = authorize()
    first = exchange(code).json()
    second = ask(grant_type="refresh_token", refresh_token=first["refresh_token"]).json()
    own = ask(grant_type="client_credentials").json()
    run.made(authorization_code=code, access_token=first["access_token"], refresh_token=first["refresh_token"])
    run.made(access_token=second["access_token"], refresh_token=second["refresh_token"], own=own["access_token"])
    Browser().get("/oauth/token", {"client_secret": client_secret, "code": code})
    Browser().post(f"/oauth/revoke?token={tokens['access_token']}", {"token": tokens["access_token"]})
    Browser().get("/gateway/verify", headers={"Authorization": f"Bearer {own['access_token']}"})
    return str(second["access_token"])


def use_apis(run: Run, token: str) -> None:
    api = Api(token)
    profile = api.get("/api/v1/profile").json()
    assert profile["first_name"] == PROFILE["first_name"]
    assert api.get("/api/v1/profile?schema=true").status_code == 200
    message = {"notification": {"subject": SUBJECT, "body": BODY}}
    assert api.post("/api/v1/notifications", message, Idempotency_Key=KEY).status_code == 200
    assert api.post("/api/v1/tasks", {"task": {"name": TASK}}).status_code == 200
    api.get(f"/api/v1/profile?access_token={token}")
    api.post("/api/v1/tasks", b"\xff\xfe broken", content_type="application/json")
    run.made()


def introspect(run: Run, superuser: User, token: str) -> None:
    staff = factories.sign_in(Browser(), superuser)
    page = staff.post("/admin/developer_apps/resourceserver/add/", {"name": "Case server"})
    run.made()  # while the secret waits to be shown
    page = staff.get(page["Location"])
    client_id, secret = found(r'id="shown-client-id">([^<]+)<', page), found(r'id="shown-secret">([^<]+)<', page)
    basic = base64.b64encode(f"{client_id}:{secret}".encode()).decode()
    Browser().post("/oauth/introspect", {"token": token}, headers={"Authorization": f"Basic {basic}"})
    run.made(server_secret=secret, server_header=basic)


def unsubscribe(run: Run) -> None:
    link = re.search(r"/unsubscribe/(\S+)", next(str(each.body) for each in mail.outbox if SUBJECT in each.subject))
    assert link
    assert Browser().get(link[0]).status_code == 200
    run.made(unsubscribe_link=link[1])


def found(pattern: str, response: Any) -> str:
    match = re.search(pattern, response.content.decode())
    assert match, f"{pattern} is not on the page: {response.status_code} {response.headers.get('Location', '')}"
    return match[1]


def test_job_that_fails_in_our_own_code_logs_neither_recipient_nor_text(
    log_lines, monkeypatch, public_application, citizen
):
    """Each kind of message, where the error quotes it all, as errors of libraries do."""

    def fail(*arguments, **options):
        raise RuntimeError(f"cannot send {arguments} {options}")

    sent = (
        "myusa.lib.messages.mail.hand_over",
        "notifications.delivery.email.send",
        "notifications.delivery.text_message.send",
    )
    for place in sent:
        monkeypatch.setattr(place, fail)
    token = factories.make_token(public_application, citizen)
    Phone.objects.create(
        user=citizen, number=NUMBER, number_digest=number_digest(NUMBER), verified_at=timezone.now() - timedelta(days=1)
    )
    Preference.objects.set_for(citizen.authorizations.get(), by_sms=True, by_email=True)
    Api(token).post("/api/v1/notifications", {"subject": SUBJECT, "body": BODY})
    drain.drain(seconds=5)
    ask_for_code(Browser(), "codes@example.gov")
    code = OneTimeCode.objects.get().code
    OutgoingEmail.objects.write("outbox@example.gov", "accounts/account_deleted", {})
    outbox_jobs.deliver()
    lines = log_lines()
    for event in ("sending_failed_here", "code_failed_here", "email_failed_here"):
        assert any(event in line for line in lines), event
    run = Run()
    run.personal = {"subject": SUBJECT, "body": BODY, "number": NUMBER, "code": code, "citizen": citizen.email}
    run.personal |= {"code recipient": "codes@example.gov", "email recipient": "outbox@example.gov"}
    assert run.found_in(lines) == []
