"""Booking, moving and canceling a demo, its calendar file and its reminder."""

import datetime
from typing import Any

import pytest
from django.urls import reverse
from icalendar import Calendar

from myusa.lib.steps import InvalidTransition
from onboarding import calendar, invitations, jobs, review_warnings
from onboarding.models import Closure, Demo, ProductionRequest, RequestEmail, Slot
from onboarding.sample_requests import ratings
from onboarding.states import State, Turn
from onboarding.steps import demo as demo_steps
from onboarding.steps import request as requests
from tests.onboarding.conftest import forget_emails, snapshot


def book(browser: Any, request: ProductionRequest, slot: Slot) -> Any:
    data = {"version": ProductionRequest.objects.get(pk=request.pk).version, "slot": slot.pk}
    return browser.post(reverse("onboarding:book_demo", args=[request.pk]), data)


def calendar_of(mail: Any) -> tuple[Any, Any]:
    name, content, kind = mail.attachments[0]
    assert name == "demo.ics"
    document = Calendar.from_ical(content)
    assert kind == f"text/calendar; method={document['method']}"
    return document, document.walk("VEVENT")[0]


def test_a_member_books_and_everyone_gets_an_invitation(
    reach,
    teammate,
    sign_in,
    mailoutbox,
    settings,
    django_capture_on_commit_callbacks,
):
    settings.DEMO_MEETING_LINK = "https://teams.microsoft.com/l/meetup-join/1"
    request = reach(State.AFFIDAVIT_ACCEPTED)
    forget_emails(mailoutbox)
    slot = Slot.objects.free().first()
    with django_capture_on_commit_callbacks(execute=True):
        assert book(sign_in(teammate), request, slot).status_code == 302
    demo = request.demos.get()
    assert demo.slot == slot
    assert {mail.to[0] for mail in mailoutbox} == {
        "developer@example.gov",
        "teammate@example.gov",
        settings.SUPPORT_EMAIL,
    }
    mail = next(mail for mail in mailoutbox if mail.to == ["teammate@example.gov"])
    for words in (
        "1:00 PM Eastern Time",
        "teams.microsoft.com",
        "session is recorded",
        "camera is optional",
        "The form is easy",
    ):
        assert words in mail.body
    document, event = calendar_of(mail)
    assert document["method"] == "REQUEST"
    assert event["sequence"] == 0
    assert event["status"] == "CONFIRMED"
    assert event.decoded("dtstart") == slot.starts_at
    assert event.decoded("dtend") - event.decoded("dtstart") == datetime.timedelta(minutes=60)
    assert str(demo.uid) in event["uid"]
    assert event["attendee"] == "mailto:teammate@example.gov"
    assert event["url"] == settings.DEMO_MEETING_LINK


def test_moving_keeps_the_invitation_and_raises_its_revision(
    reach, developer, sign_in, mailoutbox, django_capture_on_commit_callbacks
):
    request = reach(State.DEMO_SCHEDULED)
    before = request.demos.get()
    forget_emails(mailoutbox)
    other = Slot.objects.free().last()
    with django_capture_on_commit_callbacks(execute=True):
        book(sign_in(developer), request, other)
    demo = request.demos.get()
    assert (demo.pk, demo.uid, demo.slot) == (before.pk, before.uid, other)
    assert before.slot in Slot.objects.free()
    document, event = calendar_of(mailoutbox[0])
    assert (document["method"], event["sequence"]) == ("REQUEST", 1)
    assert event.decoded("dtstart") == other.starts_at


def test_canceling_frees_the_time_and_removes_it_from_calendars(
    reach, developer, sign_in, mailoutbox, django_capture_on_commit_callbacks
):
    request = reach(State.DEMO_SCHEDULED)
    slot = request.demos.get().slot
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        sign_in(developer).post(
            reverse("onboarding:cancel_demo", args=[request.pk]),
            {"version": request.version},
        )
    request.refresh_from_db()
    assert request.state == State.AFFIDAVIT_ACCEPTED
    assert slot in Slot.objects.free()
    document, event = calendar_of(mailoutbox[0])
    assert (document["method"], event["status"], event["sequence"]) == ("CANCEL", "CANCELLED", 1)


def test_canceling_needs_a_confirmation(reach, teammate, outsider, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    demo = request.demos.get()
    address = reverse("onboarding:cancel_demo", args=[request.pk])
    before = snapshot(request)
    browser = sign_in(teammate)
    assert f'href="{address}"' in browser.get(request.get_absolute_url()).content.decode()
    question = browser.get(address)
    assert str(demo.slot) in question.content.decode()
    assert question.context["version_form"]["version"].value() == request.version
    assert sign_in(outsider).get(address).status_code == 404
    clock.move_to(demo.slot.starts_at)
    assert browser.get(address).status_code == 302, "too late"
    assert snapshot(request) == before


def test_a_canceled_time_can_be_booked_again(reach, developer):
    request = reach(State.DEMO_SCHEDULED)
    demo = request.demos.get()
    demo_steps.cancel(request, by=developer)
    again = demo_steps.book(request, demo.slot, by=developer)
    assert again.uid != demo.uid


@pytest.mark.parametrize("withdrawing", ["withdraw", "deny"])
def test_the_end_of_a_request_cancels_its_demo(withdrawing, reach, developer, staff):
    request = reach(State.DEMO_SCHEDULED)
    slot = request.demos.get().slot
    getattr(requests, withdrawing)(request, by=developer if withdrawing == "withdraw" else staff, note="Over.")
    assert request.demos.get().cancelled_at
    assert slot in Slot.objects.free()
    assert RequestEmail.objects.filter(request=request, name="demo_cancelled").exists()


def test_a_taken_time_is_refused_with_its_reason(reach, make_app, product, developer, sign_in):
    scheduled = reach(State.DEMO_SCHEDULED)
    taken = scheduled.demos.get().slot
    other_app = make_app(developer, team=scheduled.app.team, scopes=["visa.read"])
    request = reach(State.AFFIDAVIT_ACCEPTED, other_app)
    before = snapshot(request)
    response = book(sign_in(developer), request, taken)
    assert response.status_code == 409
    assert "Another team has just booked this time" in response.content.decode()
    assert snapshot(request) == before


@pytest.mark.parametrize("problem", ["past", "closed", "closed day", "nonsense", "none"])
def test_unavailable_times_are_refused(problem, reach, developer, staff, sign_in, clock):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    slot = Slot.objects.free().first()
    before = snapshot(request)
    if problem == "past":
        clock.move_to(slot.starts_at + datetime.timedelta(seconds=1))
    if problem == "closed":
        slot.close(by=staff, reason="Holiday")
    if problem == "closed day":
        Closure.objects.create(first_day=slot.starts_at.date(), last_day=slot.starts_at.date(), reason="Holiday")
    if problem == "nonsense":
        slot.pk = "1 OR 1"
    if problem == "none":
        slot.pk = ""
    response = book(sign_in(developer), request, slot)
    assert response.status_code == (400 if problem in ("nonsense", "none") else 409)
    assert len(response.context["form"].errors["slot"]) == 1, "it is shown at the field"
    assert "<title>Error:" in response.content.decode()
    assert snapshot(request) == before


def test_a_demo_that_has_begun_is_neither_moved_nor_canceled(reach, developer, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    demo = request.demos.get()
    clock.move_to(demo.slot.starts_at)
    before = snapshot(request)
    browser = sign_in(developer)
    assert book(browser, request, Slot.objects.free().first()).status_code == 302
    browser.post(reverse("onboarding:cancel_demo", args=[request.pk]), {"version": request.version})
    steps = (
        lambda: demo_steps.cancel(request, by=developer),
        lambda: demo_steps.move(request, Slot.objects.free().first(), by=developer),
    )
    for step in steps:
        with pytest.raises(InvalidTransition, match="has begun"):
            step()
    assert snapshot(request) == before


def test_booking_twice_from_one_page_books_once(reach, developer, sign_in):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    browser, slots = sign_in(developer), list(Slot.objects.free()[:2])
    data = {"version": request.version, "slot": slots[0].pk}
    address = reverse("onboarding:book_demo", args=[request.pk])
    browser.post(address, data)
    response = browser.post(address, {**data, "slot": slots[1].pk})
    assert "changed this request" in response.content.decode()
    assert request.demos.get().slot == slots[0]


def test_the_reminder_is_sent_once_a_day_before(reach, clock, mailoutbox, django_capture_on_commit_callbacks):
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    Demo.objects.filter(pk=demo.pk).update(slot=Slot.objects.free().last())
    demo.refresh_from_db()
    clock.move_to(demo.slot.starts_at - datetime.timedelta(hours=25))
    assert jobs.remind_of_demos() == 0
    clock.move_to(demo.slot.starts_at - datetime.timedelta(hours=23))
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        assert jobs.remind_of_demos() == 1
    assert jobs.remind_of_demos() == 0
    assert {mail.subject.split(",")[0] for mail in mailoutbox} == {"Demo reminder: Benefit Finder"}
    demo_steps.remind(demo)
    assert RequestEmail.objects.filter(name="demo_reminder").count() == len(mailoutbox) == 3


def test_a_demo_moved_after_its_reminder_gets_another_reminder(reach, clock, developer):
    request = reach(State.DEMO_SCHEDULED)
    demo = request.demos.get()
    clock.move_to(demo.slot.starts_at - datetime.timedelta(hours=2))
    demo_steps.remind(demo)
    demo_steps.move(request, Slot.objects.free().last(), by=developer)
    demo.refresh_from_db()
    assert demo.reminded_at is None


@pytest.fixture
def without_link(reach):
    """A demo that was booked for the last free time, whose meeting link staff still owe."""
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    Demo.objects.filter(pk=demo.pk).update(meeting_link="", slot=Slot.objects.free().last())
    demo.refresh_from_db()
    return demo


def test_staff_owe_the_link_within_a_day(without_link, developer, staff, sign_in, clock):
    request = without_link.request
    assert request.turn == Turn.STAFF
    assert request in ProductionRequest.objects.waiting_for(Turn.STAFF)
    assert request not in ProductionRequest.objects.waiting_for(Turn.TEAM)
    team = sign_in(developer).get(request.get_absolute_url()).content.decode()
    due = calendar.spoken(without_link.booked_at + datetime.timedelta(hours=24))
    assert f"email you the link to the Microsoft Teams meeting by {due}" in " ".join(team.split())
    page = reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    assert f"The demo has no meeting link. Add it by {due}." in sign_in(staff).get(page).content.decode()
    clock.shift(datetime.timedelta(hours=25))
    assert f"You promised it by {due}." in sign_in(staff).get(page).content.decode()
    demo_steps.set_links(without_link, meeting_link="https://teams.microsoft.com/1", recording_link="", by=staff)
    assert ProductionRequest.objects.get(pk=request.pk).turn == Turn.TEAM
    assert "has no meeting link" not in sign_in(staff).get(page).content.decode()


def test_the_invitation_says_by_when_the_link_comes(reach, developer, mailoutbox, django_capture_on_commit_callbacks):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        demo = demo_steps.book(request, Slot.objects.free().first(), by=developer)
    assert f"MyUSA staff email you the link by {calendar.spoken(demo.link_due)}" in mailoutbox[0].body


def test_without_a_link_staff_get_an_urgent_email_instead_of_the_reminder(
    without_link,
    staff,
    settings,
    clock,
    mailoutbox,
    django_capture_on_commit_callbacks,
):
    def due() -> dict[str, set[str]]:
        mailoutbox.clear()
        with django_capture_on_commit_callbacks(execute=True):
            jobs.remind_of_demos()
        return {mail.subject: set(mail.to) for mail in mailoutbox}

    forget_emails(mailoutbox)
    clock.move_to(without_link.slot.starts_at - datetime.timedelta(hours=23))
    assert due() == {"Urgent: the demo of Benefit Finder has no meeting link": {settings.SUPPORT_EMAIL}}
    assert due() == {}
    demo_steps.set_links(without_link, meeting_link="https://teams.microsoft.com/1", recording_link="", by=staff)
    forget_emails(mailoutbox)
    assert {subject.split(",")[0] for subject in due()} == {"Demo reminder: Benefit Finder"}, (
        "the reminder comes with the link"
    )


def test_a_demo_that_was_held_without_a_recording_is_among_the_warnings(reach, staff):
    request = reach(State.DEMO_PASSED)
    warned = [str(words) for words in review_warnings.about(request, [])]
    assert any("has no recording link" in words for words in warned)
    demo = request.demos.get()
    demo_steps.set_links(demo, meeting_link=demo.meeting_link, recording_link="https://video.example/1", by=staff)
    warned = [str(words) for words in review_warnings.about(request, [])]
    assert not any("has no recording link" in words for words in warned)


def test_a_new_meeting_link_sends_a_new_invitation(
    reach, staff, sign_in, mailoutbox, django_capture_on_commit_callbacks
):
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        response = sign_in(staff).post(
            reverse("admin:onboarding_demo_change", args=[demo.pk]),
            {"meeting_link": "https://teams.microsoft.com/l/meetup-join/2", "recording_link": ""},
        )
    assert response.status_code == 302
    _document, event = calendar_of(mailoutbox[0])
    assert event["url"] == "https://teams.microsoft.com/l/meetup-join/2"
    assert event["sequence"] == 1


def test_the_team_downloads_the_calendar_file_and_others_do_not(reach, teammate, outsider, sign_in):
    request = reach(State.DEMO_SCHEDULED)
    address = reverse("onboarding:invitation", args=[request.pk, request.demos.get().pk])
    response = sign_in(teammate).get(address)
    assert response["Content-Type"].startswith("text/calendar")
    assert Calendar.from_ical(response.content).walk("VEVENT")
    assert sign_in(outsider).get(address).status_code == 404


def test_the_demo_is_as_long_as_the_longest_of_its_products(reach, product):
    type(product).objects.update(demo_minutes=45)
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    event = Calendar.from_ical(invitations.calendar_file(demo)).walk("VEVENT")[0]
    assert event.decoded("dtend") - event.decoded("dtstart") == datetime.timedelta(minutes=45)


def test_the_scorecard_waits_for_the_demo_and_must_be_complete(reach, staff, clock):
    request = reach(State.DEMO_SCHEDULED)
    demo = request.demos.get()
    before = snapshot(request)
    complete = ratings(demo)
    with pytest.raises(InvalidTransition, match="not begun"):
        demo_steps.rate(request, complete, by=staff)
    clock.move_to(demo.slot.starts_at)
    with pytest.raises(InvalidTransition, match="isn’t complete"):
        demo_steps.rate(request, dict(list(complete.items())[:1]), by=staff)
    silent = {key: type(rating)(False) for key, rating in complete.items()}
    with pytest.raises(InvalidTransition, match="Comment"):
        demo_steps.rate(request, silent, by=staff)
    assert snapshot(request) == before
    demo_steps.rate(request, complete, by=staff)
    request.refresh_from_db()
    assert request.state == State.DEMO_PASSED


def test_a_failed_demo_is_explained_and_can_be_repeated(reach, developer, staff, sign_in, clock):
    request = reach(State.DEMO_FAILED)
    browser = sign_in(developer)
    page = browser.get(request.get_absolute_url()).content.decode()
    assert "Not shown in the demo." in page
    book(browser, request, Slot.objects.free().first())
    second = request.demos.upcoming().get()
    clock.move_to(second.slot.starts_at)
    request.refresh_from_db()
    demo_steps.rate(request, ratings(second), by=staff)
    assert request.state == State.DEMO_PASSED
    assert [demo.result for demo in request.demos.order_by("pk")] == ["failed", "passed"]
    page = browser.get(request.get_absolute_url()).content.decode()
    assert "Not shown in the demo." in page, "the first scorecard stays"


def test_scores_keep_the_criteria_of_the_day(reach, product):
    request = reach(State.DEMO_PASSED)
    type(product).objects.update(criteria=["Something else"])
    assert [score.criterion for score in request.demos.get().scores.all()] == [
        "The form is easy",
        "The answer is shown",
    ]
