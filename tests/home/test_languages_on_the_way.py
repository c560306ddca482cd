"""In the pseudo-locale nothing stays English on the pages behind emails and texts, on refusals, and in every text message."""

import re

import pytest
from django.core import mail
from django.test import Client

from accounts import refusals
from accounts.code_links import sign_in_link, stop_link, stop_texts_link
from accounts.models import AccountRecovery, OneTimeCode
from myusa.outbox.jobs import deliver
from notifications.delivery import text_message
from notifications.unsubscribe import Subscription
from tests import factories, pseudo
from tests.accounts.codes import add_second_factor
from tests.developer_apps.flows import authorize_url
from tests.home.test_languages import KNOWN, app, brackets, english, esperanto  # noqa: F401 - fixtures

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _base_url(settings):
    settings.BASE_URL = "http://testserver"


def in_this_site(link):
    return link.removeprefix("http://testserver")


def test_pages_behind_the_links_of_codes_are_translated(brackets, citizen):  # noqa: F811
    browser = Client()
    browser.post("/users/sign_in", {"email": citizen.email})
    code = OneTimeCode.objects.get()
    texts, stop = stop_texts_link(code.pk, code.identity), stop_link(code.recipient_digest)
    for link in (sign_in_link(code.pk), texts, stop, "/users/sign_in/link/forged", "/users/codes/stop/forged"):
        assert english(browser, in_this_site(link)) == [], link
    assert english(browser, in_this_site(stop), really="1") == []
    assert english(browser, "/users/sign_in", email=citizen.email) == []


def test_pages_of_a_recovery_are_translated(brackets, citizen, superuser):  # noqa: F811
    add_second_factor(citizen)
    AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Qqq", by=superuser)
    deliver()
    link = in_this_site(re.search(r"http\S+/users/recovery/\S+", mail.outbox[-1].body)[0])
    assert english(Client(), link) == []
    assert english(Client(), link, cancel="1") == []


def test_pages_of_unsubscribing_are_translated(app, citizen, brackets):  # noqa: F811
    factories.make_token(app, citizen)
    for subscription in (Subscription.to_announcements(citizen), Subscription(citizen.pk, app.app.pk)):
        link = in_this_site(subscription.url)
        assert english(Client(), link) == []
        assert english(Client(), link, stop="1") == []
    assert english(Client(), "/unsubscribe/forged") == []
    assert english(Client(), "/users/deleted") == []


def test_refusals_of_apps_are_translated(app, make_app, citizen, sign_in, monkeypatch):  # noqa: F811
    """Except what is for the app's developers, which says that it is English."""
    private = make_app(name="Xxx")
    sign_in(citizen).get("/help")  # imports every view
    pseudo.switch_on(monkeypatch)
    for path in (
        authorize_url(private),
        "/oauth/authorize?client_id=unknown",
        authorize_url(app, redirect_uri="https://elsewhere.example/"),
    ):
        page = sign_in(citizen).get(path).content.decode()
        for_people = re.sub(r'<details[^>]* lang="en">.*?</details>', "", page, flags=re.DOTALL)
        assert for_people != page
        assert pseudo.OPEN in for_people
        assert pseudo.english(for_people, *KNOWN) == [], path


@pytest.mark.parametrize("old", [True, False])
def test_confirming_is_translated(brackets, sign_in, citizen, old):  # noqa: F811
    if old:
        add_second_factor(citizen)
    browser = factories.sign_in(Client(), citizen, second_factor=old, age=86_400)
    assert english(browser, "/settings/account/delete") == []
    assert english(browser, "/users/confirm", code="1") == []


def test_every_refusal_is_translated(brackets):  # noqa: F811
    """What a class says without arguments. Those with arguments are made where they are raised, from texts of the catalog."""
    kinds = [kind for kind in vars(refusals).values() if isinstance(kind, type) and issubclass(kind, Exception)]
    texts = [str(kind.message) for kind in kinds if getattr(kind, "message", "")]
    assert len(texts) > 10
    for text in texts:
        assert pseudo.english_text(text, *KNOWN) == []


def test_text_messages_of_notifications_are_translated(esperanto):  # noqa: F811
    text = text_message.compose("Qqq", "Yyy", 1, "eo")
    assert pseudo.OPEN in text
    assert pseudo.english_text(text, *KNOWN) == []
    assert pseudo.OPEN not in text_message.compose("Qqq", "Yyy", 1, "en")
