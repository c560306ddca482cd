"""A member of the team can switch off progress and reminders of a request, not decisions and not what waits for them."""

import pytest

from developer_apps.models import EmailChoice
from developer_apps.models.email_choices import KINDS, PROGRESS
from onboarding import emails
from onboarding.states import State

pytestmark = pytest.mark.django_db


def recipients(request, name):
    request.emails.all().delete()
    emails.queue(request, name)
    return {each.outgoing_email.to for each in request.emails.all()}


def test_progress_goes_to_those_who_want_it(reach, developer, teammate):
    request = reach(State.REQUESTED)
    EmailChoice.objects.turn(developer, PROGRESS, on=False)
    assert recipients(request, "affidavit_sent") == {teammate.email}
    assert recipients(request, "denied") == {developer.email, teammate.email}
    assert emails.preview(request, "affidavit_sent")[0].to == [teammate.email]


def test_only_emails_that_can_be_switched_off_say_how(reach):
    request = reach(State.REQUESTED)
    emails.queue(request, "affidavit_sent", "denied")
    written = {
        each.name: each.outgoing_email.content for each in request.emails.filter(name__in=["affidavit_sent", "denied"])
    }
    assert "/unsubscribe/developer/" in written["affidavit_sent"]["unsubscribe"]
    assert "/unsubscribe/developer/" in written["affidavit_sent"]["text"]
    assert written["denied"]["unsubscribe"] == ""


def test_every_choice_names_an_email_and_a_kind():
    assert emails.BY_CHOICE.keys() <= emails.RECIPIENTS.keys()
    assert set(emails.BY_CHOICE.values()) <= KINDS.keys()
