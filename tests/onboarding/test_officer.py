"""What the officer gets and can do besides signing: a copy, declining, and naming someone else."""

import datetime
import re
from typing import Any

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from myusa.outbox.models import OutgoingEmail
from myusa.outbox.models import State as EmailState
from onboarding import reminders
from onboarding.models import Affidavit, ProductionRequest, Signature
from onboarding.progress import next_words
from onboarding.sample_requests import sign
from onboarding.states import State, Turn
from onboarding.steps import affidavit as affidavit_steps
from tests.onboarding.conftest import forget_emails, snapshot

SOMEONE = {"officer_name": "Nora New", "officer_title": "CEO", "officer_email": "nora@benefits.example"}
DAY = datetime.timedelta(days=1)


@pytest.fixture
def affidavit(reach, mailoutbox):
    sent = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))
    forget_emails(mailoutbox)
    return sent


@pytest.fixture
def delivered(django_capture_on_commit_callbacks, mailoutbox):
    """`delivered(step)`: the emails that a step sends, by recipient."""

    def run(step: Any) -> dict[str, list[Any]]:
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            step()
        found: dict[str, list[Any]] = {}
        for email in mailoutbox:
            found.setdefault(email.to[0], []).append(email)
        return found

    return run


def page_of(affidavit: Affidavit, name: str = "sign") -> str:
    return reverse(f"onboarding:{name}", args=[affidavit.link_token])


def reread(affidavit: Affidavit) -> ProductionRequest:
    return ProductionRequest.objects.select_related("app__team").get(pk=affidavit.request_id)


def test_the_officer_is_emailed_the_signed_document(affidavit, delivered):
    emails = delivered(lambda: sign(affidavit))
    (email,) = emails[affidavit.officer_email]
    ((name, content, kind),) = email.attachments
    assert kind == "application/pdf"
    assert name.endswith("-signed.pdf")
    assert content == Signature.objects.get().file.read()


def test_the_officer_can_download_the_document_for_14_days(affidavit, delivered, anonymous, clock):
    emails = delivered(lambda: sign(affidavit))
    link = re.search(r"https?://\S+/signed.pdf", emails[affidavit.officer_email][0].body)[0]
    response = anonymous.get(link)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert response.content == Signature.objects.get().file.read()
    token = link.split("/")[-2]
    for name in ("sign", "decline", "refer", "blank_for_officer"):
        assert anonymous.get(reverse(f"onboarding:{name}", args=[token])).status_code == 404, "it only reads"
    signing = affidavit.link_token
    assert anonymous.get(reverse("onboarding:officer_copy", args=[signing])).status_code == 404
    clock.shift(14 * DAY + datetime.timedelta(minutes=1))
    assert anonymous.get(link).status_code == 404


def test_the_pages_after_signing_offer_the_document(affidavit, anonymous, clock):
    facts = {
        "name": affidavit.officer_name,
        "title": affidavit.officer_title,
        "date": timezone.localdate().isoformat(),
        "statements": list(range(len(affidavit.text.statements))),
    }
    thanks = anonymous.post(page_of(affidavit), facts).content.decode()
    copy = Signature.objects.get().copy_link.removeprefix(settings.BASE_URL)
    assert copy in thanks
    assert copy in anonymous.get(page_of(affidavit)).content.decode(), "the used link, while it would have been valid"
    clock.shift(14 * DAY + datetime.timedelta(minutes=1))
    assert copy not in anonymous.get(page_of(affidavit)).content.decode()


def test_a_copy_that_staff_recorded_is_not_offered_by_a_link(affidavit, staff):
    pdf = b"%PDF-1.7\n%%EOF"
    signature = affidavit_steps.record_copy(
        reread(affidavit), name="Olive Officer", title="CIO", date=timezone.localdate(), pdf=pdf, by=staff
    )
    assert Browser().get(signature.copy_link).status_code == 404


def test_the_officers_emails_bring_a_blank_copy(reach, staff, delivered):
    request = reach(State.REQUESTED)
    emails = delivered(lambda: affidavit_steps.send(request, by=staff))
    (email,) = emails["officer@benefits.example"]
    ((name, content, kind),) = email.attachments
    assert (kind, content[:5]) == ("application/pdf", b"%PDF-")
    assert name == f"affidavit-{Affidavit.objects.latest_of(request).number}.pdf"


@pytest.mark.parametrize("reason", ["", "I left the office."])
def test_the_officer_declines(reason, affidavit, delivered, anonymous, developer, teammate, sign_in):
    assert page_of(affidavit, "decline") in anonymous.get(page_of(affidavit)).content.decode()
    before = snapshot(affidavit.request)
    assert anonymous.get(page_of(affidavit, "decline")).status_code == 200
    assert snapshot(affidavit.request) == before, "mail scanners open links"
    emails = delivered(lambda: anonymous.post(page_of(affidavit, "decline"), {"reason": reason}))
    assert set(emails) == {developer.email, settings.SUPPORT_EMAIL}
    assert all(reason in email[0].body for email in emails.values())
    request = reread(affidavit)
    assert (request.state, request.turn) == (State.AFFIDAVIT_SENT, Turn.TEAM)
    assert request in ProductionRequest.objects.waiting_for(Turn.TEAM)
    assert request not in ProductionRequest.objects.waiting_for(Turn.OFFICER)
    for name in ("sign", "decline", "refer"):
        assert anonymous.get(page_of(affidavit, name)).status_code == 410
    page = sign_in(developer).get(request.get_absolute_url()).content.decode()
    assert "The officer declined to sign" in page
    assert reason in page
    assert "Send a new link" in page
    affidavit_steps.resend(request, by=developer, **SOMEONE)
    assert reread(affidavit).turn == Turn.OFFICER


def test_the_officer_names_someone_else_and_an_admin_confirms(affidavit, delivered, anonymous, developer, sign_in):
    assert page_of(affidavit, "refer") in anonymous.get(page_of(affidavit)).content.decode()
    emails = delivered(lambda: anonymous.post(page_of(affidavit, "refer"), SOMEONE))
    assert set(emails) == {developer.email, settings.SUPPORT_EMAIL}, "nothing goes to the named person yet"
    assert "Nora New, CEO (nora@benefits.example)" in emails[developer.email][0].body
    request = reread(affidavit)
    assert request.turn == Turn.TEAM
    browser = sign_in(developer)
    page = browser.get(request.get_absolute_url()).content.decode()
    assert "The officer named someone else" in page
    assert 'value="nora@benefits.example"' in page
    data = {"version": request.version, **SOMEONE}
    emails = delivered(lambda: browser.post(reverse("onboarding:resend_affidavit", args=[request.pk]), data))
    assert set(emails) == {"nora@benefits.example"}
    sign(Affidavit.objects.latest_of(request), name="Nora New")
    assert reread(affidavit).state == State.AFFIDAVIT_SIGNED


def test_an_incomplete_name_is_asked_for_again(affidavit, anonymous):
    before = snapshot(affidavit.request)
    response = anonymous.post(page_of(affidavit, "refer"), {"officer_name": "Nora New", "officer_email": "nobody"})
    assert response.status_code == 400
    assert set(response.context["form"].errors) == {"officer_title", "officer_email"}
    assert snapshot(affidavit.request) == before
    assert not Affidavit.objects.get(pk=affidavit.pk).named


def test_a_reply_that_comes_after_a_newer_link_is_refused(affidavit, staff, anonymous):
    affidavit_steps.resend(reread(affidavit), by=staff, **SOMEONE)
    before = snapshot(affidavit.request)
    assert anonymous.post(page_of(affidavit, "decline"), {}).status_code == 410
    assert anonymous.post(page_of(affidavit, "refer"), SOMEONE).status_code == 410
    assert snapshot(affidavit.request) == before


def test_the_team_is_told_once_that_a_link_has_expired(affidavit, delivered, developer, clock):
    assert delivered(reminders.watch_affidavits) == {}
    clock.shift(14 * DAY + datetime.timedelta(minutes=1))
    request = reread(affidavit)
    assert request.turn == Turn.TEAM, "also before the job runs"
    assert "has expired" in str(next_words(request))
    emails = delivered(reminders.watch_affidavits)
    assert set(emails) == {developer.email}
    assert "did not sign" in emails[developer.email][0].body
    assert delivered(reminders.watch_affidavits) == {}


def test_officer_and_team_are_reminded_three_days_and_a_day_before_the_link_expires(
    affidavit, delivered, developer, clock
):
    assert delivered(reminders.watch_affidavits) == {}
    for shift in (11, 2):
        clock.shift(shift * DAY + datetime.timedelta(minutes=1))
        emails = delivered(reminders.watch_affidavits)
        assert set(emails) == {affidavit.officer_email, developer.email}
        assert affidavit.link in emails[affidavit.officer_email][0].body
        assert affidavit.link not in emails[developer.email][0].body
        assert delivered(reminders.watch_affidavits) == {}


def test_the_team_is_told_once_that_the_officer_got_no_email(affidavit, delivered, developer, staff):
    affidavit_steps.resend(reread(affidavit), by=staff, **SOMEONE)
    last = Affidavit.objects.latest_of(affidavit.request)
    sent = last.emails.get(name="affidavit_officer")
    OutgoingEmail.objects.filter(pk=sent.outgoing_email_id).update(state=EmailState.REFUSED, due_at=None)
    emails = delivered(reminders.watch_affidavits)
    assert set(emails) == {developer.email}
    assert "nora@benefits.example" in emails[developer.email][0].body
    assert delivered(reminders.watch_affidavits) == {}


def test_a_request_in_the_queue_names_who_is_next_without_a_query_each(affidavit, django_assert_num_queries):
    affidavit_steps.decline(affidavit)
    (listed,) = ProductionRequest.objects.queue()
    with django_assert_num_queries(0):
        assert listed.turn == Turn.TEAM


def test_officers_see_a_frame_without_sign_in(affidavit, anonymous):
    for name in ("sign", "decline", "refer"):
        page = anonymous.get(page_of(affidavit, name)).content.decode()
        assert "Office of Benefits · Benefit Finder" in page
        assert reverse("accounts:sign_in") not in page
        assert "site-nav" not in page


@pytest.mark.parametrize("verb", ["accept_affidavit", "return_affidavit", "deny"])
def test_staff_see_the_document_where_they_decide(verb, reach, staff, sign_in):
    request = reach(State.AFFIDAVIT_SIGNED)
    signature = Signature.objects.get()
    page = sign_in(staff).get(reverse("admin:onboarding_step", args=[request.pk, verb])).content.decode()
    assert reverse("admin:onboarding_signature", args=[request.pk, signature.pk]) in page
    assert "Olive Officer, Chief Information Officer, signed version 1 on 2026-06-01" in page
    assert signature.affidavit.text.statements[0].replace("'", "&#x27;") in page


def test_staff_are_warned_of_a_signature_for_another_text(reach, staff, sign_in):
    request = reach(State.AFFIDAVIT_SIGNED)
    address = reverse("admin:onboarding_step", args=[request.pk, "accept_affidavit"])
    assert "differs from the stored text" not in sign_in(staff).get(address).content.decode()
    Signature.objects.update(text_digest="0" * 64)
    assert "differs from the stored text" in sign_in(staff).get(address).content.decode()
