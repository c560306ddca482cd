"""In the pseudo-locale no citizen page, email or text message stays English, and each person reads their own language."""

import re

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone, translation

from accounts.models import AccountRecovery, User
from developer_apps.models import Product
from myusa.lib import languages
from myusa.lib.messages import mail as emails
from myusa.lib.messages import sms
from myusa.outbox.jobs import deliver
from notifications.delivery import email as notification_email
from notifications.delivery.messages import Message
from tests import factories, pseudo
from tests.accounts.authenticator import give_passkey
from tests.accounts.codes import add_second_factor, is_signed_in, sign_in_by_code
from tests.developer_apps.flows import authorize_url
from tests.processes import ROOT

pytestmark = pytest.mark.django_db
# What people and apps call themselves, and what has the same name in every language.
KNOWN = (
    "MyUSA",
    "Qqq",
    "Xxx",
    "Yyy",
    "Zzz",
    "EST",
    "EDT",
    "Mr.",
    "Mrs.",
    "Ms.",
    "Miss",
    "Mx.",
    "Dr.",
    "Jr.",
    "Sr.",
    "III",
)
KNOWN = (*KNOWN, "II", "IV", "English", "Español", "Esperanto")
# Products are called what staff call them.
KNOWN = (*KNOWN, "Profile API", "Tasks API", "Notifications API", "Case Status API", "FOIA Request API")
OTHER = "eo"
MAILS = sorted(
    path.name.removesuffix(".subject.txt") for path in (ROOT / "templates/accounts/mail").glob("*.subject.txt")
)
FOR_SUPPORT = {"texts_nearly_used_up"}


@pytest.fixture
def brackets(monkeypatch):
    """Bracket what is translated; at the end, each text that was met is one that catalogs have."""
    reverse("home:help")  # imports every view, and texts that are looked up at once
    met = pseudo.switch_on(monkeypatch)
    yield
    assert pseudo.not_collected(met, "es") == []


@pytest.fixture
def esperanto(monkeypatch, settings, tmp_path):
    """Give the site a second language, whose texts are those in brackets."""
    pseudo.write_catalog(tmp_path, OTHER)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = languages.available([tmp_path])
    pseudo.switch_on(monkeypatch, only=OTHER)


@pytest.fixture
def app(developer, team, settings):
    settings.BASE_URL = "https://testserver"
    return factories.make_app(developer, team=team, name="Qqq", public=True)


@pytest.fixture
def full(app, citizen):
    """Let an app give the citizen something, read what it may, and the citizen protect the account."""
    api = factories.Api(factories.make_token(app, citizen))
    task = {"name": "Xxx", "url": "https://app.example.org/x", "task_items_attributes": [{"name": "Yyy"}]}
    api.post("/api/v1/tasks", {"task": task})
    api.post("/api/v1/notifications", {"notification": {"subject": "Yyy", "body": "Zzz"}})
    for path in ("profile", "tasks", "notifications"):
        api.get(f"/api/v1/{path}")
    give_passkey(citizen, name="Zzz")
    add_second_factor(citizen)
    return citizen


def english(browser, path, **data):
    """Return what is English on a page, or on the page that a form leads to."""
    response = browser.post(path, data, follow=True) if data else browser.get(path, follow=True)
    assert response.status_code < 500
    assert pseudo.OPEN in response.content.decode(), "the page is translated at all"
    return pseudo.english(response.content.decode(), *KNOWN, *Product.objects.values_list("name", flat=True))


PAGES = [
    "/",
    "/profile",
    "/tasks",
    "/notifications",
    "/settings/notifications",
    "/authorizations",
    "/settings/account",
    "/help/contact",
    "/settings/account/email",
    "/settings/account/time-zone",
    "/settings/account/delete",
    "/settings/activity",
    "/settings/security",
    "/settings/security/app",
    "/settings/security/choose",
    "/settings/security/codes",
    "/settings/security/passkeys/add",
    "/users/sign_in",
    "/help",
    "/help?q=phone",
    "/status",
    "/nowhere",
]


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_an_empty_account_are_translated(brackets, sign_in, citizen, settings, path):
    settings.BASE_URL = "https://testserver"
    assert english(sign_in(citizen), path) == []


@pytest.mark.parametrize("path", PAGES)
def test_pages_of_a_full_account_are_translated(full, brackets, sign_in, path):
    browser = sign_in(full, second_factor=True)
    assert english(browser, path) == []


def test_pages_behind_links_and_consent_are_translated(app, full, brackets, sign_in):
    browser = sign_in(full, second_factor=True)
    linked = set()
    for path in PAGES:
        page = browser.get(path, follow=True).content.decode()
        own = re.findall(r'href="(/(?:tasks|notifications|authorizations|settings|profile)/[^"#]+)"', page)
        linked |= {each for each in own if not each.endswith((".json", ".csv", "/file", "/data"))}
    assert len(linked) > 8
    for path in [*sorted(linked), authorize_url(app)]:
        assert english(browser, path) == [], path


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/users/sign_in", {"email": "nobody"}),
        ("/users/sign_in", {"email": ""}),
        ("/users/sign_in", {"credential": "{}"}),
        ("/users/sign_in/code", {"code": "1"}),
    ],
)
def test_errors_before_signing_in_are_translated(brackets, anonymous, settings, path, data):
    settings.BASE_URL = "https://testserver"
    assert english(anonymous, path, **data) == []


@pytest.mark.parametrize(
    ("path", "data"),
    [
        ("/settings/account/email", {"email": "nobody"}),
        ("/settings/account/delete", {"email": "other@example.gov"}),
        ("/settings/security/app", {"code": "1"}),
        ("/settings/security/passkeys/add", {"credential": "{}"}),
        ("/profile", {"zip": "x", "email": "x"}),
    ],
)
def test_errors_of_forms_are_translated(brackets, sign_in, citizen, settings, path, data):
    settings.BASE_URL = "https://testserver"
    assert english(sign_in(citizen), path, **data) == []


def test_steps_of_signing_in_are_translated(anonymous, full, brackets):
    assert english(anonymous, "/users/sign_in", email=full.email) == []
    assert english(anonymous, "/users/sign_in/code", code="000000") == []
    assert sign_in_by_code(Client(), full.email)["Location"] == "/users/second_factor"
    browser = Client()
    sign_in_by_code(browser, full.email)
    assert english(browser, "/users/second_factor") == []
    assert english(browser, "/users/second_factor", code="123456") == []


@pytest.mark.parametrize("kind", ["email", "second_factor"])
@pytest.mark.parametrize("name", [name for name in MAILS if name not in FOR_SUPPORT])
def test_every_email_about_an_account_is_translated(brackets, name, kind):
    context = {"code": "123456", "minutes": 10, "passkey": "Zzz", "browser": "Yyy", "kind": kind, "by_passkey": True}
    times = dict.fromkeys(("at", "effective_at"), timezone.now())
    content = emails.render(f"accounts/{name}", {**context, **times, "link": "https://x.example", "link_text": "Xxx"})
    for text in (content.subject, content.text):
        assert pseudo.OPEN in text
        assert pseudo.english_text(text, *KNOWN) == []
    assert pseudo.english(content.html, *KNOWN) == []


@pytest.mark.parametrize("language", [OTHER, "en", ""])
def test_the_email_of_a_notification_is_in_the_persons_language(esperanto, citizen, language):
    message = Message(
        delivery_id=1, uid=citizen.uid, channel="email", attempt_count=0, notification_id=1, user_id=citizen.pk, app_id=1,
        sender="Qqq", subject="Yyy", body="Zzz", email=citizen.email,
        language=language,
    )  # fmt: skip
    made = notification_email.compose(message)
    for part, found in (
        (str(made.body), pseudo.english_text(str(made.body), *KNOWN)),
        (str(made.alternatives[0][0]), pseudo.english(str(made.alternatives[0][0]), *KNOWN)),
    ):
        assert (found == []) is (language == OTHER)
        assert (pseudo.OPEN in part) is (language == OTHER)


def test_the_text_message_with_a_code_is_in_the_persons_language(esperanto, sign_in, citizen, monkeypatch):
    sent = []
    monkeypatch.setattr(sms, "send", lambda to, text, **options: sent.append(text))
    User.objects.filter(pk=citizen.pk).update(language=OTHER)
    sign_in(citizen).post("/settings/notifications/mobile", {"number": "415-555-3455"})
    text = sent[0].partition("\n@")[0]  # the line for phones, which fill the code in
    assert pseudo.OPEN in text
    assert pseudo.english_text(text, *KNOWN) == []


def test_one_language_leaves_no_choice(anonymous, settings):
    settings.LANGUAGES = [languages.ENGLISH]
    assert "/users/language" not in anonymous.get("/").content.decode()
    assert anonymous.get("/users/language").status_code == 404


@pytest.mark.parametrize("path", ["/", "/users/sign_in", "/help"])
def test_the_header_names_the_other_language_in_its_own_words(esperanto, anonymous, sign_in, citizen, path):
    for browser in (anonymous, sign_in(citizen)):
        header = re.search(
            r'<header class="site-header">.*?</header>', browser.get(path, follow=True).content.decode(), re.S
        )
        assert f'<span lang="{OTHER}">' in header[0]
        assert '<span lang="en">' not in header[0], "it is the language of the page"
    assert "language-link" not in sign_in(citizen).get("/developer/").content.decode(), "these pages are in English"


def test_a_person_chooses_the_language_and_goes_back(esperanto, anonymous):
    page = anonymous.get("/users/sign_in").content.decode()
    assert "Esperanto" in page
    assert 'lang="en"' in page
    response = anonymous.post("/users/language", {"language": OTHER, "next": "/users/sign_in"})
    assert response["Location"] == "/users/sign_in"
    page = anonymous.get("/users/sign_in").content.decode()
    assert f'<html lang="{OTHER}"' in page
    assert pseudo.english(page, *KNOWN) == []
    for elsewhere in ("https://evil.example", "//evil.example", "/users/sign_out", "/\\evil.example"):
        assert anonymous.post("/users/language", {"language": OTHER, "next": elsewhere})["Location"] == "/"
    wrong = anonymous.post("/users/language", {"language": "xx"})
    assert wrong.status_code == 400
    assert anonymous.get("/users/sign_in")["Content-Language"] == OTHER, "the choice stays"


def test_the_browser_decides_until_a_person_chooses(esperanto, citizen):
    browser = Client(headers={"Accept-Language": "eo, en;q=0.5"})
    assert browser.get("/users/sign_in")["Content-Language"] == OTHER
    sign_in_by_code(browser, citizen.email)
    assert User.objects.get(pk=citizen.pk).language == OTHER
    browser.post("/users/language", {"language": "en"})
    assert browser.get("/settings/account")["Content-Language"] == "en"
    assert User.objects.get(pk=citizen.pk).language == "en"


def test_the_choice_follows_the_account_to_another_browser(esperanto, sign_in, citizen):
    sign_in(citizen).post("/users/language", {"language": OTHER})
    browser = Client(headers={"Accept-Language": "en"})
    sign_in_by_code(browser, citizen.email)
    assert is_signed_in(browser)
    assert browser.get("/settings/account")["Content-Language"] == OTHER


def test_the_code_is_in_the_language_of_the_page_also_from_a_job(esperanto):
    browser = Client(headers={"Accept-Language": OTHER})
    with translation.override("en"):  # of the worker
        browser.post("/users/sign_in", {"email": "new@example.gov"})
    assert pseudo.english_text(mail.outbox[-1].body, *KNOWN) == []
    assert pseudo.OPEN in mail.outbox[-1].subject


def test_emails_are_in_the_language_of_the_recipient(esperanto, citizen, superuser):
    User.objects.filter(pk=citizen.pk).update(language=OTHER)
    for user in (citizen, factories.make_user("english@example.gov")):
        give_passkey(user)
        AccountRecovery.objects.begin(user, kind="second_factor", reason="Showed an ID.", by=superuser)
        deliver()
    theirs, english_one = mail.outbox[-2:]
    assert pseudo.english_text(theirs.body, *KNOWN) == []
    assert pseudo.OPEN in theirs.subject
    assert pseudo.OPEN not in english_one.subject + english_one.body
