"""Emails of each step: to whom, in which words, and none is lost."""

import datetime
import smtplib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as project
from django.core import mail as django_mail
from django.utils import timezone

from onboarding import jobs
from onboarding.models import Affidavit, Demo, Letter, Signature
from onboarding.states import State
from onboarding.steps import production

SUPPORT = "support@myusa.example"
ADMIN, MEMBER, OFFICER = "developer@example.gov", "teammate@example.gov", "officer@benefits.example"
TEAM = {ADMIN, MEMBER}
WORDS = Path(project.BASE_DIR) / "templates" / "onboarding" / "mail" / "words"

# (state before, step, {letter: who gets it})
STEPS = [
    ("building", lambda r, by: r.submit(by=by["developer"]), {"submitted": {ADMIN}, "submitted_support": {SUPPORT}}),
    ("requested", lambda r, by: r.request_changes(by=by["staff"], note="Note!"), {"changes_requested": {ADMIN}}),
    (
        "requested",
        lambda r, by: Affidavit.objects.send_for(r, by=by["staff"]),
        {"affidavit_officer": {OFFICER}, "affidavit_sent": TEAM},
    ),
    (
        "affidavit_signed",
        lambda r, by: Signature.objects.latest_of(r).accept(by=by["staff"]),
        {"affidavit_accepted": TEAM},
    ),
    (
        "affidavit_signed",
        lambda r, by: Signature.objects.latest_of(r).return_to_officer(by=by["staff"], note="Note!"),
        {"affidavit_returned": {ADMIN}, "affidavit_returned_officer": {OFFICER}},
    ),
    ("demo_scheduled", lambda r, by: _cancel(r, by), {"demo_cancelled": TEAM | {SUPPORT}}),
    ("demo_passed", lambda r, by: production.grant(r, by=by["staff"]), {"granted": TEAM}),
    ("granted", lambda r, by: production.suspend(r, by=by["staff"], note="Note!"), {"suspended": TEAM}),
    ("suspended", lambda r, by: production.resume(r, by=by["staff"], note="Note!"), {"resumed": TEAM}),
    ("granted", lambda r, by: production.revoke(r, by=by["staff"], note="Note!"), {"revoked": TEAM}),
    ("requested", lambda r, by: r.withdraw(by=by["developer"], note="Note!"), {"withdrawn": {ADMIN, SUPPORT}}),
    ("requested", lambda r, by: r.deny(by=by["staff"], note="Note!"), {"denied": TEAM}),
]


def _cancel(request: Any, by: dict[str, Any]) -> None:
    demo = request.demos.get()
    demo.request = request
    demo.cancel(by=by["developer"])


@pytest.mark.parametrize(("state", "step", "expected"), STEPS, ids=[next(iter(each[2])) for each in STEPS])
def test_each_step_writes_to_the_right_people_in_plain_words(
    state: str,
    step: Any,
    expected: dict[str, set[str]],
    reach: Any,
    developer: Any,
    staff: Any,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    request = reach(state)
    Letter.objects.all().delete()
    mailoutbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        step(request, {"developer": developer, "staff": staff})
    written: dict[str, set[str]] = {}
    for letter in Letter.objects.all():
        written.setdefault(letter.name, set()).add(letter.to)
        assert letter.sent_at
    assert written == expected
    assert sorted(mail.to[0] for mail in mailoutbox) == sorted(to for who in expected.values() for to in who)
    for mail in mailoutbox:
        assert "Benefit Finder" in mail.subject
        assert SUPPORT in mail.body
        assert "next" in mail.body, "says what is next"
        assert "http://testserver/" in mail.body
        html = mail.alternatives[0].content
        assert "<p>" in html
        assert "{{" not in html + mail.body + mail.subject
        assert "&#" not in mail.body
        assert "[<" not in mail.body, "a Python object"
    if "Note!" in {letter.note for letter in Letter.objects.all()}:
        noted = {letter.to for letter in Letter.objects.exclude(note="")}
        assert all("Note!" in mail.body for mail in mailoutbox if mail.to[0] in noted)


def test_every_letter_has_its_words_and_no_other_file_lies_there() -> None:
    source = (Path(project.BASE_DIR) / "onboarding" / "emails.py").read_text()
    names = {path.stem for path in WORDS.glob("*.txt")}
    for name in names - {"demo_passed", "demo_failed"}:
        assert f'"{name}"' in source, name


def test_letters_name_the_products(reach: Any, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        reach(State.GRANTED)
    bodies = {mail.subject.split(" Benefit")[0]: mail.body for mail in mailoutbox}
    assert "to Visa Status API" in bodies["Your production request for"]
    assert "to Visa Status API" in bodies["Production request:"]
    assert "to Visa Status API" in bodies["Please sign the affidavit for"]
    granted = next(mail.body for mail in mailoutbox if mail.subject.endswith("is in production"))
    assert "access to Visa Status API." in granted


def test_the_affidavit_letter_brings_criteria_and_etiquette_to_the_team(
    reach: Any, staff: Any, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    request = reach(State.REQUESTED)
    mailoutbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        Affidavit.objects.send_for(request, by=staff)
    for mail in mailoutbox:
        if mail.to == [OFFICER]:
            assert "/developer/affidavit/" in mail.body
        else:
            assert "The form is easy" in mail.body
            assert "Share your screen" in mail.body
            assert "/developer/affidavit/" not in mail.body, "the link is the officer's alone"


def test_the_failed_demo_is_told_with_its_comments(
    reach: Any, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        reach(State.DEMO_FAILED)
    mail = next(mail for mail in mailoutbox if "did not pass" in mail.subject)
    assert "The form is easy" in mail.body
    assert "Not shown in the demo." in mail.body
    assert "The answer is shown" not in mail.body


def test_the_officers_link_is_not_kept_anywhere_readable(reach: Any) -> None:
    reach(State.AFFIDAVIT_SENT)
    token = Affidavit.objects.get().link_token
    for letter in Letter.objects.values():
        assert token not in str(letter)


def mail_is_down(*args: Any, **kwargs: Any) -> None:
    raise smtplib.SMTPServerDisconnected("down")


def test_letters_wait_while_mail_is_down_and_go_later(
    reach: Any,
    developer: Any,
    clock: Any,
    monkeypatch: Any,
    mailoutbox: list[Any],
    django_capture_on_commit_callbacks: Any,
) -> None:
    request = reach(State.BUILDING)
    mailoutbox.clear()
    with monkeypatch.context() as broken:
        broken.setattr(django_mail.EmailMultiAlternatives, "send", mail_is_down)
        with django_capture_on_commit_callbacks(execute=True):
            request.submit(by=developer)
    request.refresh_from_db()
    assert request.state == State.REQUESTED, "the step stands"
    assert Letter.objects.filter(sent_at=None).count() == 2
    assert jobs.send_letters() == 0, "not at once again"
    clock.shift(datetime.timedelta(minutes=3))
    assert jobs.send_letters() == 2
    assert len(mailoutbox) == 2
    assert jobs.send_letters() == 0


def test_a_refused_step_owes_no_letter(reach: Any, staff: Any) -> None:
    request = reach(State.BUILDING)
    with pytest.raises(Exception, match="cannot be done now"):
        request.request_changes(by=staff, note="x")
    assert not Letter.objects.filter(name="changes_requested").exists()


def test_a_letter_is_tried_ten_times_over_most_of_a_day(reach: Any, clock: Any, monkeypatch: Any) -> None:
    reach(State.REQUESTED)
    Letter.objects.exclude(name="submitted").delete()
    monkeypatch.setattr(django_mail.EmailMultiAlternatives, "send", mail_is_down)
    begin = timezone.now()
    while Letter.objects.get().attempts < 10:
        jobs.send_letters()
        clock.shift(datetime.timedelta(minutes=10))
    assert datetime.timedelta(hours=16) < timezone.now() - begin < datetime.timedelta(hours=20)
    clock.shift(datetime.timedelta(days=30))
    assert Letter.objects.due().count() == 0


def test_letters_lead_support_to_the_admin_and_the_team_to_its_page(
    reach: Any, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    with django_capture_on_commit_callbacks(execute=True):
        request = reach(State.DEMO_SCHEDULED)
    to_staff = [mail for mail in mailoutbox if mail.to == [SUPPORT]]
    assert {mail.subject.split(":")[0] for mail in to_staff} >= {"Production request", "Affidavit signed"}
    assert len(to_staff) == 3, "the booking, too"
    for mail in to_staff:
        assert f"/admin/onboarding/productionrequest/{request.pk}/change/" in mail.body
        assert request.get_absolute_url() not in mail.body
    booked = next(mail for mail in mailoutbox if mail.to == [MEMBER] and mail.subject.startswith("Demo of"))
    assert request.get_absolute_url() in booked.body


def test_former_and_closed_accounts_get_no_letters(reach: Any, developer: Any, teammate: Any, staff: Any) -> None:
    request = reach(State.DEMO_PASSED)
    teammate.is_active = False
    teammate.save()
    production.grant(request, by=staff)
    assert set(Letter.objects.filter(name="granted").values_list("to", flat=True)) == {ADMIN}


def test_the_subject_is_one_line_whatever_the_app_is_called(
    reach: Any, developer: Any, mailoutbox: list[Any], django_capture_on_commit_callbacks: Any
) -> None:
    request = reach(State.BUILDING)
    type(request.app).objects.filter(pk=request.app_id).update(name="A & B <i>\r\nBcc: x@example.com")
    mailoutbox.clear()
    with django_capture_on_commit_callbacks(execute=True):
        request.submit(by=developer)
    for mail in mailoutbox:
        assert "\n" not in mail.subject
        assert not mail.bcc
        assert "A & B" in mail.subject
        assert "<i>" not in mail.alternatives[0].content
    assert Demo.objects.count() == 0
