"""Emails of the system that bounce after the mail server took them: invitations, decisions, notices."""

import pytest
from django.conf import settings as site

from myusa.outbox import delivery as outbox
from myusa.outbox.models import OutgoingEmail, State
from notifications.jobs import read_bounces
from notifications.models import RefusedAddress
from tests.notifications.test_email_reports import UNKNOWN, ServiceApi, bounce, folder, postmark  # noqa: F401

pytestmark = pytest.mark.django_db


@pytest.fixture
def invited(team, developer, sink):
    """An invitation that the mail server took."""
    team.invite("citizen@example.gov", "developer", by=developer)
    outbox.deliver(seconds=10)
    email = OutgoingEmail.objects.get()
    assert email.state == State.SENT
    return email


def return_path(email):
    return f"bounces+{email.reference}@mail.example.gov"


def test_an_email_of_the_system_has_a_return_path_of_its_own(folder, invited, sink):  # noqa: F811
    assert sink.other_senders == [return_path(invited)]


def test_without_a_return_path_it_bounces_to_the_sender(invited, sink):
    assert sink.other_senders == [site.DEFAULT_FROM_EMAIL.rpartition("<")[2].strip(">")]


@pytest.mark.parametrize(
    ("fields", "state", "failure"),
    [
        ({}, State.REFUSED, "bounced: 550 5.1.1"),
        ({"diagnostic": "smtp; 554 5.7.1 no"}, State.REFUSED, "bounced: 554 5.7.1"),
        ({"status": "5.4.4", "diagnostic": "x-unix; host not found"}, State.REFUSED, "bounced: 550 5.4.4"),
        ({"action": "delivered", "status": "2.0.0", "diagnostic": "smtp; 250 OK"}, State.SENT, ""),
        ({"action": "delayed", "status": "4.4.1"}, State.SENT, ""),
        ({"to": "bounces+o1-00000000000000000000000000000000@mail.example.gov"}, State.SENT, ""),
    ],
)
def test_a_bounce_ends_it_as_refused_without_the_recipients_address(folder, invited, fields, state, failure):  # noqa: F811
    for _twice in range(2):
        folder.add(bounce(None, **{"to": return_path(invited), **fields}))
        read_bounces()
    invited.refresh_from_db()
    assert (invited.state, invited.failure) == (state, failure)


def test_a_team_sees_that_its_invitation_bounced(folder, invited, team, developer, sign_in):  # noqa: F811
    page = f"/developer/teams/{team.pk}/"
    assert "could not deliver the email" not in text_of(sign_in(developer).get(page))
    folder.add(bounce(None, to=return_path(invited)))
    read_bounces()
    assert "could not deliver the email" in text_of(sign_in(developer).get(page))


def text_of(response):
    return response.content.decode().replace("couldn’t", "could not")


def test_an_unknown_mailbox_counts_for_notifications_too(folder, invited, citizen):  # noqa: F811
    citizen.email = "citizen@example.gov"
    citizen.save()
    folder.add(bounce(None, to=return_path(invited)))
    read_bounces()
    assert RefusedAddress.objects.get().user_id == citizen.pk
    assert not RefusedAddress.objects.given_up().exists()


def test_a_bounce_for_policy_says_nothing_about_the_address(folder, invited, citizen):  # noqa: F811
    folder.add(bounce(None, to=return_path(invited), diagnostic="smtp; 554 5.7.1 no"))
    read_bounces()
    assert not RefusedAddress.objects.exists()


def test_a_mail_services_event_reports_it(settings, invited):
    pytest.importorskip("anymail")
    settings.MAIL_EVENTS, settings.ANYMAIL = "postmark", {"WEBHOOK_SECRET": "anymail:right"}
    event = {"Type": "HardBounce", "Details": UNKNOWN, "Metadata": {"delivery": invited.reference}}
    assert postmark("Bounce", "wrong", **event).status_code == 400
    assert OutgoingEmail.objects.get().state == State.SENT
    assert postmark("Bounce", **event).status_code == 200
    assert OutgoingEmail.objects.get().state == State.REFUSED


@pytest.mark.parametrize("service", ["postmark", "mailgun", "amazon_ses"])
def test_it_carries_the_reference_that_the_service_returns(settings, team, developer, sink, service):
    settings.MAIL_EVENTS = service
    team.invite("citizen@example.gov", "developer", by=developer)
    outbox.deliver(seconds=10)
    [(_recipient, content)] = sink.other
    assert OutgoingEmail.objects.get().reference in content.decode()


def test_a_recipient_that_the_service_refuses_ends_it(settings, team, developer, monkeypatch):
    errors = pytest.importorskip("anymail.exceptions")
    settings.EMAIL_BACKEND = f"{ServiceApi.__module__}.ServiceApi"
    monkeypatch.setattr(ServiceApi, "failure", errors.AnymailRecipientsRefused())
    team.invite("citizen@example.gov", "developer", by=developer)
    outbox.deliver(seconds=10)
    assert OutgoingEmail.objects.get().state == State.REFUSED


def test_another_error_of_the_service_means_later(settings, team, developer, monkeypatch):
    errors = pytest.importorskip("anymail.exceptions")
    settings.EMAIL_BACKEND = f"{ServiceApi.__module__}.ServiceApi"
    monkeypatch.setattr(ServiceApi, "failure", errors.AnymailAPIError("busy"))
    team.invite("citizen@example.gov", "developer", by=developer)
    outbox.deliver(seconds=10)
    assert OutgoingEmail.objects.get().state == State.QUEUED
