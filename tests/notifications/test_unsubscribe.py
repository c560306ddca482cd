"""The link of each email: reading it changes nothing, posting to it stops the emails of its sender."""

from datetime import timedelta

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from notifications.models import AnnouncementPreference, Notification, Preference
from notifications.unsubscribe import Subscription


@pytest.fixture
def link(notify, work, sink, settings):
    notify()
    work()
    url = sink.messages[0]["List-Unsubscribe"].strip().strip("<>")
    return url.removeprefix(settings.BASE_URL)


@pytest.fixture
def strict():
    """A browser without session whose CSRF checks are on, as a mail program's."""
    return Client(enforce_csrf_checks=True)


def test_reading_changes_nothing(link, strict):
    page = strict.get(link)
    assert page.status_code == 200
    assert b"Stop emails from Open Finder?" in page.content
    strict.head(link)
    assert not Preference.objects.exists()


def test_one_click_of_a_mail_program_unsubscribes(link, strict, notify, work, sink):
    assert strict.post(link, {"List-Unsubscribe": "One-Click"}).status_code == 200
    assert Preference.objects.get().by_email is False
    strict.post(link, {"List-Unsubscribe": "One-Click"})
    notify("Another")
    work()
    assert len(sink.raw) == 1
    assert Notification.objects.count() == 2  # the inbox has both


def test_it_can_be_undone_on_the_same_page(link, strict):
    strict.post(link)
    page = strict.get(link)
    assert b"You are unsubscribed" in page.content
    assert b"again" in strict.post(link, {"again": "1"}).content
    assert Preference.objects.get().by_email is True


def test_the_reader_of_a_forwarded_email_cannot_turn_emails_on_again(link, strict):
    strict.post(link)
    elsewhere = Client(enforce_csrf_checks=True)
    page = elsewhere.get(link)
    assert b"Undo" not in page.content
    assert elsewhere.post(link, {"again": "1"}).status_code == 403
    assert Preference.objects.get().by_email is False


def test_the_undo_ends_after_an_hour(link, strict):
    strict.post(link)
    with time_machine.travel(timezone.now() + timedelta(minutes=61)):
        assert strict.post(link, {"again": "1"}).status_code == 403
    assert Preference.objects.get().by_email is False


def test_the_undo_of_one_sender_is_none_for_another(link, strict, citizen):
    strict.post(link)
    announcements = f"/unsubscribe/{Subscription(citizen.pk, None).signed}"
    Client().post(announcements)
    assert strict.post(announcements, {"again": "1"}).status_code == 403
    assert AnnouncementPreference.objects.get(user=citizen).by_email is False


def test_link_of_an_earlier_connection_works_for_the_present_one(link, strict, citizen, public_application, make_token):
    citizen.authorizations.get().disconnect(by=citizen)
    make_token(public_application, citizen)
    strict.post(link)
    assert Preference.objects.get().authorization.revoked_at is None


def test_disconnected_app_has_nothing_to_turn_off_or_on(link, strict, citizen):
    citizen.authorizations.get().disconnect(by=citizen)
    page = strict.get(link).content
    assert b"Open Finder is not connected" in page
    assert b'<button class="usa-button' not in page.split(b"<main")[1]
    assert strict.post(link).status_code == 200
    assert not Preference.objects.exists()


def test_announcements_have_their_own(citizen, strict):
    subscription = Subscription(citizen.pk, None)
    path = f"/unsubscribe/{subscription.signed}"
    assert b"Stop emails from MyUSA?" in strict.get(path).content
    strict.post(path)
    assert AnnouncementPreference.objects.get(user=citizen).by_email is False
    assert not subscription.is_on


def test_forged_and_dead_links_lead_nowhere(link, strict, citizen):
    signed = link.rpartition("/")[2]
    value, _colon, signature = signed.partition(":")
    other = f"{int(value.split('.')[0]) + 1}.{value.split('.')[1]}:{signature}"
    for wrong in (other, value, signed[:-1], "x", "%00", signed + "x", ":" + signature):
        assert strict.get(f"/unsubscribe/{wrong}").status_code == 404
        assert strict.post(f"/unsubscribe/{wrong}").status_code == 404
    citizen.is_active = False
    citizen.save()
    assert strict.get(link).status_code == 404
    assert not Preference.objects.exists()
