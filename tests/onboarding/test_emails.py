"""Emails of each step: recipients, words, and that none is lost."""

import datetime
import re
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project

from myusa.lib.messages.mail import NotSent
from myusa.outbox.jobs import deliver
from onboarding import emails, states
from onboarding.models import Affidavit, Demo, RequestEmail
from onboarding.states import State
from onboarding.steps import affidavit as affidavit_steps
from onboarding.steps import demo as demo_steps
from onboarding.steps import production
from onboarding.steps import request as requests
from tests.onboarding.conftest import forget_emails
from tests.security import database

SUPPORT = "support@myusa.example"
ADMIN, MEMBER, OFFICER = "developer@example.gov", "teammate@example.gov", "officer@benefits.example"
TEAM = {ADMIN, MEMBER}
WITH_NOTE = {
    "changes_requested",
    "affidavit_returned",
    "affidavit_returned_officer",
    "suspended",
    "resumed",
    "revoked",
    "withdrawn",
    "denied",
}
WORDS = Path(project.BASE_DIR) / "templates" / "onboarding" / "mail" / "words"

# (state before, step, {email: recipients})
STEPS = [
    (
        "building",
        lambda r, by: requests.submit(r, by=by["developer"]),
        {"submitted": {ADMIN}, "submitted_support": {SUPPORT}},
    ),
    (
        "requested",
        lambda r, by: requests.request_changes(r, by=by["staff"], note="Note!"),
        {"changes_requested": {ADMIN}},
    ),
    (
        "requested",
        lambda r, by: affidavit_steps.send(r, by=by["staff"]),
        {"affidavit_officer": {OFFICER}, "affidavit_sent": TEAM},
    ),
    (
        "affidavit_signed",
        lambda r, by: affidavit_steps.accept(r, by=by["staff"]),
        {"affidavit_accepted": TEAM},
    ),
    (
        "affidavit_signed",
        lambda r, by: affidavit_steps.return_to_officer(r, by=by["staff"], note="Note!"),
        {"affidavit_returned": {ADMIN}, "affidavit_returned_officer": {OFFICER}},
    ),
    ("demo_scheduled", lambda r, by: demo_steps.cancel(r, by=by["developer"]), {"demo_cancelled": TEAM | {SUPPORT}}),
    ("demo_passed", lambda r, by: production.grant(r, by=by["staff"]), {"granted": TEAM}),
    ("granted", lambda r, by: production.suspend(r, by=by["staff"], note="Note!"), {"suspended": TEAM}),
    ("suspended", lambda r, by: production.resume(r, by=by["staff"], note="Note!"), {"resumed": TEAM}),
    ("granted", lambda r, by: production.revoke(r, by=by["staff"], note="Note!"), {"revoked": TEAM}),
    (
        "requested",
        lambda r, by: requests.withdraw(r, by=by["developer"], note="Note!"),
        {"withdrawn": {ADMIN, SUPPORT}},
    ),
    ("requested", lambda r, by: requests.deny(r, by=by["staff"], note="Note!"), {"denied": TEAM}),
]


@pytest.mark.parametrize(("state", "step", "expected"), STEPS, ids=[next(iter(each[2])) for each in STEPS])
def test_each_step_emails_the_right_people_in_plain_words(
    state,
    step,
    expected,
    reach,
    developer,
    staff,
    mailoutbox,
    django_capture_on_commit_callbacks,
):
    request = reach(state)
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        step(request, {"developer": developer, "staff": staff})
    written: dict[str, set[str]] = {}
    for email in RequestEmail.objects.all():
        written.setdefault(email.name, set()).add(email.to)
        assert email.outgoing_email.state == "sent"
    assert written == expected
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(to for who in expected.values() for to in who)
    for mail in mailoutbox:
        assert "Benefit Finder" in mail.subject
        assert SUPPORT in mail.body
        assert "Next step" in mail.body or "need to do anything" in mail.body, "says what to do"
        assert "http://testserver/" in mail.body
        html = mail.alternatives[0].content
        assert "<p>" in html
        links = [line for line in mail.body.split("\n") if line.startswith("http://testserver/")]
        if links and links[0] != "http://testserver/":
            assert len(re.findall(r"<a\b[^>]*display: inline-block", html)) == 1, "one button"
            assert f">{links[0]}</a>" not in html, "the address is the button's"
        assert "<br>-" not in html
        assert "You’re receiving this email because" in html
        assert "{{" not in html + mail.body + mail.subject
        assert "&#" not in mail.body
        assert "[<" not in mail.body, "a Python object"
    if set(expected) <= WITH_NOTE:
        assert all("Note!" in mail.body for mail in mailoutbox)


def test_every_email_has_its_words_and_recipients_and_every_file_is_sent_by_a_step():
    files = {path.stem for path in WORDS.glob("*.txt")}
    sent = {name for step in states.STEPS for name in step.emails} | emails.BY_JOBS
    assert sent == files
    assert set(emails.RECIPIENTS) == files


def test_emails_name_the_products(reach, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        reach(State.GRANTED)
    bodies = {mail.subject.split(" Benefit")[0]: mail.body for mail in mailoutbox}
    assert "to Visa Status API" in bodies["Your production request for"]
    assert "to Visa Status API" in bodies["Production request:"]
    assert "to Visa Status API" in bodies["Please sign the affidavit for"]
    granted = next(mail.body for mail in mailoutbox if mail.subject.endswith("is in production"))
    assert "access to Visa Status API." in granted


def test_the_affidavit_email_shows_the_team_criteria_and_demo_notes(
    reach, staff, mailoutbox, django_capture_on_commit_callbacks
):
    request = reach(State.REQUESTED)
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        affidavit_steps.send(request, by=staff)
    for mail in mailoutbox:
        if mail.to == [OFFICER]:
            assert "/developer/affidavit/" in mail.body
        else:
            assert "The form is easy" in mail.body
            assert "Share your screen" in mail.body
            assert "/developer/affidavit/" not in mail.body, "the link is the officer's alone"


def test_the_email_about_a_failed_demo_has_the_comments(reach, mailoutbox, django_capture_on_commit_callbacks):
    with django_capture_on_commit_callbacks(execute=True):
        reach(State.DEMO_FAILED)
    mail = next(mail for mail in mailoutbox if "did not pass" in mail.subject)
    assert "The form is easy" in mail.body
    assert "Not shown in the demo." in mail.body
    assert "The answer is shown" not in mail.body


def test_the_officers_link_is_not_stored_in_readable_form(reach):
    reach(State.AFFIDAVIT_SENT)
    token = Affidavit.objects.get().link_token
    assert token not in "".join(row for _table, row in database.rows())


def mail_is_down(*args: Any, **kwargs: Any) -> None:
    raise NotSent("connect: no reply")


def test_emails_wait_while_the_mail_server_is_down_and_are_sent_later(
    reach,
    developer,
    clock,
    monkeypatch,
    mailoutbox,
    django_capture_on_commit_callbacks,
):
    request = reach(State.BUILDING)
    forget_emails(mailoutbox)
    with monkeypatch.context() as broken:
        broken.setattr("myusa.lib.messages.mail.hand_over", mail_is_down)
        with django_capture_on_commit_callbacks(execute=True):
            requests.submit(request, by=developer)
    request.refresh_from_db()
    assert request.state == State.REQUESTED, "the step is taken"
    assert RequestEmail.objects.filter(outgoing_email__state="queued", name__startswith="submitted").count() == 2
    assert deliver() == 0, "not at once again"
    clock.shift(datetime.timedelta(minutes=3))
    assert deliver() == 2
    assert len(mailoutbox) == 2
    assert deliver() == 0


def test_a_refused_step_queues_no_email(reach, staff):
    request = reach(State.BUILDING)
    with pytest.raises(Exception, match="do this now"):
        requests.request_changes(request, by=staff, note="x")
    assert not RequestEmail.objects.filter(name="changes_requested").exists()


def test_emails_link_support_to_the_admin_and_the_team_to_its_page(
    reach, mailoutbox, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        request = reach(State.DEMO_SCHEDULED)
    to_staff = [mail for mail in mailoutbox if mail.to == [SUPPORT]]
    assert {mail.subject.split(":")[0] for mail in to_staff} >= {"Production request", "Affidavit signed"}
    assert len(to_staff) == 3, "the booking, too"
    for mail in to_staff:
        assert f"/admin/onboarding/productionrequest/{request.pk}/change/" in mail.body
        assert request.get_absolute_url() not in mail.body
    booked = next(mail for mail in mailoutbox if mail.to == [MEMBER] and mail.subject.startswith("Demo booked"))
    assert request.get_absolute_url() in booked.body


def test_former_and_closed_accounts_get_no_emails(reach, developer, teammate, staff):
    request = reach(State.DEMO_PASSED)
    teammate.is_active = False
    teammate.save()
    production.grant(request, by=staff)
    assert {email.to for email in RequestEmail.objects.filter(name="granted")} == {ADMIN}


def test_the_subject_is_one_line_whatever_the_app_is_called(
    reach, developer, mailoutbox, django_capture_on_commit_callbacks
):
    request = reach(State.BUILDING)
    type(request.app).objects.filter(pk=request.app_id).update(name="A & B <i>\r\nBcc: x@example.com")
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        requests.submit(request, by=developer)
    for mail in mailoutbox:
        assert "\n" not in mail.subject
        assert not mail.bcc
        assert "A & B" in mail.subject
        assert "<i>" not in mail.alternatives[0].content
    assert Demo.objects.count() == 0


def test_the_team_sees_that_the_officers_email_could_not_be_delivered(reach, developer, sign_in, monkeypatch):
    request = reach(State.AFFIDAVIT_SENT)
    sentence = "We couldn’t deliver the email. Check the address and send the link again."
    page = request.get_absolute_url()
    assert sentence not in sign_in(developer).get(page).content.decode()
    refused = NotSent("recipient: 550 5.1.1", is_permanent=True)

    def refuse(*args: Any, **kwargs: Any) -> None:
        raise refused

    monkeypatch.setattr("myusa.lib.messages.mail.hand_over", refuse)
    deliver()
    assert sentence in sign_in(developer).get(page).content.decode()
