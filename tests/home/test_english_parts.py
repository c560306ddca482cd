"""What developers and staff read is in English for everyone, and says so (`myusa.lib.languages`)."""

import pytest
from django.core import mail
from django.test import Client
from django.utils import translation

from accounts.models import User
from developer_apps import emails
from myusa.lib import languages
from myusa.outbox.jobs import deliver
from tests import factories, pseudo

pytestmark = pytest.mark.django_db
OTHER = "eo"


@pytest.fixture(autouse=True)
def esperanto(monkeypatch, settings, tmp_path):
    pseudo.write_catalog(tmp_path, OTHER)
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = languages.available([tmp_path])
    pseudo.switch_on(monkeypatch, only=OTHER)


def in_esperanto(user):
    User.objects.filter(pk=user.pk).update(language=OTHER)
    return user


@pytest.mark.parametrize(
    "path", ["/developer", "/developer/docs", "/developer/products", "/developer/nowhere", "/dev/outbox/"]
)
def test_pages_for_developers_are_in_english(sign_in, developer, path):
    response = sign_in(in_esperanto(developer)).get(path, follow=True)
    page = response.content.decode()
    assert '<html lang="en"' in page
    assert pseudo.OPEN not in page
    assert response["Content-Language"] == "en"
    assert "Accept-Language" not in response.get("Vary", "")


def test_pages_for_staff_are_in_english(sign_in, superuser):
    page = sign_in(in_esperanto(superuser), second_factor=True).get("/admin/", follow=True).content.decode()
    assert '<html lang="en"' in page
    assert pseudo.OPEN not in page


def test_other_pages_follow_the_person_and_tell_caches_so(sign_in, developer):
    response = sign_in(in_esperanto(developer)).get("/settings/account")
    assert f'<html lang="{OTHER}"' in response.content.decode()
    assert response["Content-Language"] == OTHER
    assert {"Accept-Language", "Cookie"} <= set(response["Vary"].split(", "))


def test_the_api_answers_in_english_whatever_the_thread_served_before(app, citizen):
    browser = Client(headers={"Accept-Language": OTHER})
    assert browser.get("/help")["Content-Language"] == OTHER
    for path in ("/api/v1/profile", "/api/v1/nowhere", "/oauth/token"):
        assert pseudo.OPEN not in browser.get(path).content.decode()
    token = factories.make_token(app, citizen)
    browser.get("/help")
    answer = factories.Api(token).post("/api/v1/tasks", {"task": {"name": ""}})
    assert answer.status_code == 422 or answer.status_code == 400
    assert pseudo.OPEN not in answer.content.decode()


def test_emails_about_apps_and_to_support_are_in_english(app, developer):
    in_esperanto(developer)
    with translation.override(OTHER):
        emails.blocked(app.app, "Spam.")
        emails.scopes_added(app.app, ["tasks"])
    deliver()
    assert len(mail.outbox) >= 2
    for sent in mail.outbox:
        assert pseudo.OPEN not in sent.subject + sent.body
        assert '<html lang="en"' in sent.alternatives[0][0]


@pytest.fixture
def app(developer, team):
    return factories.make_app(developer, team=team, name="Qqq", public=True)
