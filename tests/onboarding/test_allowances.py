"""What a team's steps may email: few letters to officers, and one email to support about the same thing in a day."""

import datetime

import pytest
from django.conf import settings
from django.urls import reverse

from accounts.models.allowances import LETTERS, LETTERS_TO_ONE
from developer_apps.models import PublicAccessRequest
from myusa.outbox.models import OutgoingEmail
from onboarding.models import Affidavit
from onboarding.states import State
from onboarding.steps import request as requests

pytestmark = pytest.mark.django_db


def resend(browser, request, email):
    request.refresh_from_db()
    officer = {"officer_name": "Nora New", "officer_title": "CEO", "officer_email": email, "version": request.version}
    page = browser.post(reverse("onboarding:resend_affidavit", args=[request.pk]), officer, follow=True)
    return page.content.decode()


def letters():
    return OutgoingEmail.objects.filter(kind="onboarding/affidavit_officer").count()


def of_support(kind):
    return [each for each in OutgoingEmail.objects.filter(kind=kind) if each.to == settings.SUPPORT_EMAIL]


def test_one_officer_gets_few_letters_a_day(reach, developer, sign_in, clock):
    request, browser = reach(State.AFFIDAVIT_SENT), sign_in(developer)
    before = letters()
    for _ in range(LETTERS_TO_ONE.count):
        assert "emailing the officer a new link" in resend(browser, request, "nora@benefits.example")
    last = Affidavit.objects.latest_of(request)
    assert "the limit for emails to one officer" in resend(browser, request, "nora@benefits.example")
    assert letters() == before + LETTERS_TO_ONE.count
    assert Affidavit.objects.latest_of(request) == last, "the last link still works"
    clock.shift(LETTERS_TO_ONE.share)
    assert "emailing the officer a new link" in resend(browser, request, "nora@benefits.example")


def test_a_person_and_a_team_cause_few_letters_a_day(reach, developer, sign_in):
    request, browser = reach(State.AFFIDAVIT_SENT), sign_in(developer)
    for number in range(LETTERS.count):
        assert "emailing the officer a new link" in resend(browser, request, f"officer{number}@benefits.example")
    before = letters()
    assert "the limit for emails to officers" in resend(browser, request, "another@benefits.example")
    assert letters() == before


def test_support_gets_one_email_a_day_however_often_a_team_sends_and_withdraws_a_request(
    reach, developer, product, subscribed, clock
):
    def send_and_withdraw():
        request = reach(State.REQUESTED)
        requests.withdraw(request, by=developer, note="Not yet")

    for _ in range(3):
        send_and_withdraw()
    for kind in ("onboarding/submitted_support", "onboarding/withdrawn"):
        assert len(of_support(kind)) == 1, kind
    assert OutgoingEmail.objects.filter(kind="onboarding/withdrawn").count() > 3, "the team gets each of its own"
    clock.shift(datetime.timedelta(days=1))
    send_and_withdraw()
    assert len(of_support("onboarding/submitted_support")) == 2


def test_support_gets_one_email_a_day_about_public_access_of_an_app(application, developer):
    for _ in range(3):
        application.app.request_public_access(by=developer)
        application.app.pending_request.withdraw(by=developer)
    assert PublicAccessRequest.objects.count() == 3
    asked = OutgoingEmail.objects.filter(kind__contains="public_access_requested")
    assert [each.to for each in asked] == [settings.SUPPORT_EMAIL]
