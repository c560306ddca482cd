"""Developers choose which emails about their apps they get, on a page or by the link in an email."""

from datetime import timedelta

import pytest
from django.conf import settings
from django.core import mail
from django.test import Client
from django.utils import timezone

from developer_apps import emails
from developer_apps.jobs import remind_of_secrets
from developer_apps.models import EmailChoice, Secret
from developer_apps.models.email_choices import KINDS, NEWS, PROGRESS, SECRETS, EmailLink

pytestmark = pytest.mark.django_db
PAGE = "/developer/emails"


@pytest.fixture
def strict():
    """A browser without session whose CSRF checks are on, as a mail program's."""
    return Client(enforce_csrf_checks=True)


@pytest.fixture
def remind(application, django_capture_on_commit_callbacks):
    """Run the job when the app's secret has so many days left; return the emails that it sent."""

    def run(days):
        end = timezone.now() + timedelta(days=days)
        Secret.objects.filter(client=application.client).update(expires_at=end, reminded_days=None)
        mail.outbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            remind_of_secrets()
        return list(mail.outbox)

    return run


def path_in(email):
    return email.extra_headers["List-Unsubscribe"].strip("<>").removeprefix(settings.BASE_URL)


def test_the_page_shows_every_kind_and_saves_the_choices(developer, sign_in):
    browser = sign_in(developer)
    page = browser.get(PAGE).content.decode()
    assert all(str(kind.label) in page for kind in KINDS.values())
    assert "Emails you always get" in page
    browser.post(PAGE, {NEWS: "on", SECRETS: "", PROGRESS: "on", "reminders": "on"})
    assert EmailChoice.objects.of(developer) == {NEWS: True, SECRETS: False, PROGRESS: True, "reminders": True}
    assert EmailChoice.objects.count() == 2, "only what differs from before has a row"


def test_before_a_choice_each_kind_is_as_declared(developer):
    assert EmailChoice.objects.of(developer) == {name: kind.is_on for name, kind in KINDS.items()}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("choice", [None, True, False])
def test_those_who_want_a_kind_are_found(kind, choice, developer, team, citizen):
    if choice is not None:
        EmailChoice.objects.turn(developer, kind, on=choice)
    wants = KINDS[kind].is_on if choice is None else choice
    assert (developer in EmailChoice.objects.wanting(kind)) is wants
    assert (developer.email in EmailChoice.objects.links(kind, [developer.email])) is wants
    assert citizen not in EmailChoice.objects.wanting(kind), "who is in no team gets no news for developers"


def test_an_email_by_choice_goes_to_those_who_want_it_and_tells_how_to_stop_it(developer, teammate, application):
    EmailChoice.objects.turn(developer, NEWS, on=True)
    addresses = [developer.email, teammate.email]
    (written,) = emails.write_by_choice(NEWS, addresses, "developer_apps/unblocked", {"app": application.app})
    assert written.to == developer.email
    link = EmailLink(developer.pk, KINDS[NEWS]).url
    assert written.content["unsubscribe"] == link
    assert link in written.content["text"]
    assert link in written.content["html"]


def test_one_click_of_a_mail_program_stops_reminders_but_not_the_last_one(remind, strict, developer):
    (email,) = remind(days=7)
    assert email.extra_headers["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert strict.post(path_in(email), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert strict.post(path_in(email), {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert EmailChoice.objects.of(developer)[SECRETS] is False
    assert remind(days=7) == []
    (last,) = remind(days=0.5)
    assert "List-Unsubscribe" not in last.extra_headers, "what always goes out offers no way to stop it"
    assert "unsubscribe" not in last.body


def test_reading_the_link_changes_nothing_and_asks(remind, strict):
    (email,) = remind(days=7)
    assert b" emails?" in strict.get(path_in(email)).content
    assert not EmailChoice.objects.exists()
    assert b"You are unsubscribed" in strict.post(path_in(email)).content


@pytest.mark.parametrize("change", [lambda s: s[:-1], lambda s: s.replace("secrets", "news"), lambda s: "1.secrets:x"])
def test_a_changed_link_is_not_found(change, strict, developer):
    signed = EmailLink(developer.pk, KINDS[SECRETS]).url.rpartition("/")[2]
    assert strict.post(f"/unsubscribe/developer/{change(signed)}").status_code == 404
    assert not EmailChoice.objects.exists()


def test_the_link_of_a_deleted_account_is_not_found(strict, developer):
    path = EmailLink(developer.pk, KINDS[SECRETS]).url.removeprefix(settings.BASE_URL)
    type(developer).objects.filter(pk=developer.pk).update(is_active=False)
    assert strict.post(path).status_code == 404


def test_an_old_page_keeps_what_a_link_turned_off(developer, sign_in, strict):
    browser = sign_in(developer)
    shown = browser.get(PAGE).context["form"]["secrets"].form.shown_input
    value = shown.split('value="')[1].split('"')[0].replace("&quot;", '"')
    strict.post(EmailLink(developer.pk, KINDS[SECRETS]).url.removeprefix(settings.BASE_URL))
    browser.post(PAGE, {SECRETS: "on", PROGRESS: "on", "reminders": "on", NEWS: "on", "shown_values": value})
    assert EmailChoice.objects.of(developer)[SECRETS] is False
    assert EmailChoice.objects.of(developer)[NEWS] is True
