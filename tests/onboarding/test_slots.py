"""When demos can be held: regular times across daylight saving, closures, extra times, the week in the admin."""

import datetime
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import Group
from django.core.exceptions import ValidationError
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding import calendar, jobs
from onboarding.models import Closure, Demo, ProductionRequest, Slot
from onboarding.states import State
from onboarding.steps import demo as demo_steps
from tests.onboarding.conftest import forget_emails

EASTERN = ZoneInfo("America/New_York")


def moment(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=EASTERN)


@pytest.mark.parametrize(
    ("now", "first_hours"),
    [
        ("2026-03-02T09:00", {18, 19}),  # standard time: 1 PM is 18:00 UTC; from March 8 on it is 17:00
        ("2026-10-26T09:00", {17, 18}),  # daylight time until November 1
    ],
)
def test_demos_stay_at_1_00_and_2_30_when_clocks_change(now, first_hours):
    times = calendar.regular_times(moment(now), weeks=2)
    assert len(times) == 12
    for each in times:
        local = each.astimezone(EASTERN)
        assert local.weekday() in (1, 2, 4)
        assert (local.hour, local.minute) in {(13, 0), (14, 30)}
    assert {each.hour for each in times[:2]} == first_hours
    assert {each.hour for each in times[-2:]} != first_hours


@given(st.datetimes(datetime.datetime(2025, 1, 1), datetime.datetime(2030, 1, 1), timezones=st.just(datetime.UTC)))
def test_a_week_has_six_times_and_none_is_past(now):
    times = calendar.regular_times(now, weeks=1)
    today = calendar.eastern_day(now)
    holidays = calendar.closed_days(today, today + datetime.timedelta(days=6))
    assert 4 <= len(times) + 2 * len(holidays) <= 6  # those of today may have passed
    assert all(each > now for each in times)
    assert times == sorted(set(times))


def test_words_name_the_day_and_eastern_time():
    assert calendar.spoken(moment("2026-12-01T13:00")) == "Tuesday, December 1, 2026, 1:00 PM Eastern Time"
    assert calendar.spoken(moment("2026-07-01T14:30")) == "Wednesday, July 1, 2026, 2:30 PM Eastern Time"


def test_generating_twice_adds_nothing(db, clock, settings):
    settings.DEMO_SLOT_WEEKS = 8
    assert jobs.make_demo_slots() == 44, "8 weeks without June 19 and July 3"
    assert jobs.make_demo_slots() == 0
    clock.shift(datetime.timedelta(days=7))
    assert jobs.make_demo_slots() == 6
    assert Slot.objects.count() == 50


def test_booking_generates_times_on_demand(reach, developer, sign_in):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    Slot.objects.all().delete()
    page = sign_in(developer).get(reverse("onboarding:book_demo", args=[request.pk])).content.decode()
    first = Slot.objects.free().first()
    assert f'value="{first.pk}"' in page
    assert "Tuesday, June 2" in page


def test_closed_days_are_not_offered_until_the_closure_is_deleted(db, clock):
    Slot.objects.generate(weeks=1)
    tuesday = datetime.date(2026, 6, 2)
    closure = Closure.objects.create(first_day=tuesday, last_day=tuesday, reason="Holiday")
    assert {calendar.eastern_day(slot.starts_at) for slot in Slot.objects.free()} == {
        datetime.date(2026, 6, 3),
        datetime.date(2026, 6, 5),
    }
    closure.delete()
    assert Slot.objects.free().count() == 6


def test_a_closure_counts_eastern_days(db, clock):
    """An extra demo at 9 PM in New York is on the next day in UTC, and still on the closed day."""
    late = Slot.objects.create(starts_at=moment("2026-06-04T21:00"))
    Closure.objects.create(first_day=datetime.date(2026, 6, 5), last_day=datetime.date(2026, 6, 5), reason="Holiday")
    assert late in Slot.objects.free()
    Closure.objects.create(first_day=datetime.date(2026, 6, 4), last_day=datetime.date(2026, 6, 4), reason="Storm")
    assert late not in Slot.objects.free()


def test_days_with_a_booked_demo_cannot_be_closed(reach):
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    day = calendar.eastern_day(demo.slot.starts_at)
    with pytest.raises(ValidationError, match="Benefit Finder"):
        Closure(first_day=day, last_day=day, reason="Holiday").full_clean()
    with pytest.raises(InvalidTransition, match="booked"):
        demo.slot.close(by=demo.booked_by, reason="Holiday")


def test_a_closure_ends_after_it_begins(db):
    with pytest.raises(ValidationError):
        Closure(first_day=datetime.date(2026, 6, 5), last_day=datetime.date(2026, 6, 4), reason="x").full_clean()


def test_one_slot_is_closed_and_reopened_with_reason_and_history(db, clock, staff):
    Slot.objects.generate(weeks=1)
    slot = Slot.objects.free().first()
    with pytest.raises(InvalidTransition):
        slot.close(by=staff, reason=" ")
    slot.close(by=staff, reason="All hands")
    assert slot not in Slot.objects.free()
    with pytest.raises(InvalidTransition):
        slot.close(by=staff, reason="Again")
    slot.reopen(by=staff)
    assert slot in Slot.objects.free()


def test_extra_slots_are_in_the_future_and_overlap_no_other(db, clock):
    Slot.objects.generate(weeks=1)
    Slot(starts_at=moment("2026-06-04T10:00")).full_clean()
    Slot(starts_at=moment("2026-06-02T14:00"), minutes=30).full_clean()
    for overlapping in ("2026-06-02T12:30", "2026-06-02T13:30", "2026-06-02T14:00"):
        with pytest.raises(ValidationError, match="overlaps"):
            Slot(starts_at=moment(overlapping)).full_clean()
    with pytest.raises(ValidationError, match="future"):
        Slot(starts_at=moment("2026-05-01T10:00")).full_clean()


def test_staff_see_the_week_and_change_its_slots(reach, staff, sign_in):
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    browser = sign_in(staff)
    week = browser.get(reverse("admin:onboarding_slot_week"), {"day": "2026-06-03"}).content.decode()
    assert "Benefit Finder" in week
    assert "Eastern Time" in week
    free = Slot.objects.free().first()
    response = browser.post(reverse("admin:onboarding_slot_close", args=[free.pk]), {"note": "Staff meeting"})
    assert response.status_code == 302
    assert "closed: Staff meeting" in browser.get(response["Location"]).content.decode()
    browser.post(reverse("admin:onboarding_slot_reopen", args=[free.pk]))
    free.refresh_from_db()
    assert free.closed_at is None
    refused = browser.post(reverse("admin:onboarding_slot_close", args=[demo.slot_id]), {"note": "Meeting"})
    assert "A demo is booked in this slot" in refused.content.decode()


def test_the_week_is_a_calendar_of_days_and_times(reach, staff, superuser, clock, sign_in):
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    Slot.objects.create(starts_at=moment("2026-06-06T09:15"), minutes=30, is_extra=True)
    Closure.objects.create(first_day=datetime.date(2026, 6, 3), last_day=datetime.date(2026, 6, 3), reason="Move")
    week = sign_in(staff).get(reverse("admin:onboarding_slot_week"), {"day": "2026-06-03"}).context["week"]
    assert [(day.date.day, day.note, day.is_today) for day in week.days] == [
        (1, "", True), (2, "", False), (3, "Move", False), (4, "", False), (5, "", False), (6, "", False),
    ]  # fmt: skip
    assert [row.time.isoformat("minutes") for row in week.rows] == ["09:15", "13:00", "14:30"]
    found = {(day.date.day, entry.slot.pk) for row in week.rows for day, entries in row.cells for entry in entries}
    assert len(found) == 7, "each slot of the week is in the calendar once"
    assert (calendar.eastern_day(demo.slot.starts_at).day, demo.slot_id) in found
    assert all(len(row.cells) == len(week.days) for row in week.rows)


def test_the_week_joins_the_meeting_and_opens_the_scorecard(reach, staff, sign_in, clock):
    demo = reach(State.DEMO_SCHEDULED).demos.get()
    page = f"/admin/onboarding/productionrequest/{demo.request_id}/change/"
    browser, week = sign_in(staff), {"day": calendar.eastern_day(demo.slot.starts_at).isoformat()}
    before = browser.get(reverse("admin:onboarding_slot_week"), week).content.decode()
    assert f'href="{demo.meeting_link}"' in before
    assert f'href="{page}#demos"' in before
    assert "Scorecard" not in before
    clock.move_to(demo.slot.starts_at + datetime.timedelta(minutes=5))
    now = sign_in(staff).get(reverse("admin:onboarding_slot_week"), week).content.decode()
    assert f'href="{page}#decide"' in now


def test_an_extra_time_is_asked_for_in_eastern_time(superuser, sign_in):
    page = sign_in(superuser).get(reverse("admin:onboarding_slot_add")).content.decode()
    assert "Time (Eastern)" in page
    assert "Eastern Time, wherever you are." in page


@pytest.mark.parametrize(("closed", "count"), [("yes", 1), ("no", 5), ("", 6)])
def test_slots_are_filtered_by_whether_they_are_closed(closed, count, clock, staff, sign_in):
    Slot.objects.generate(weeks=1)
    Slot.objects.first().close(by=staff, reason="Holiday")
    response = sign_in(staff).get(reverse("admin:onboarding_slot_changelist"), {"closed_at": closed} if closed else {})
    assert response.context["cl"].result_count == count


def test_the_week_shows_closed_days(db, clock, staff, sign_in):
    Slot.objects.generate(weeks=1)
    Closure.objects.create(first_day=datetime.date(2026, 6, 1), last_day=datetime.date(2026, 6, 5), reason="Holiday")
    week = sign_in(staff).get(reverse("admin:onboarding_slot_week"), {"day": "2026-06-03"}).content.decode()
    assert "Closed: 2026-06-01 – 2026-06-05: Holiday" in week
    assert "free" not in week


@pytest.mark.parametrize("day", ["9999-12-31", "0001-01-01", "soon"])
def test_an_invalid_week_is_shown_as_this_week(day, staff, sign_in, clock):
    response = sign_in(staff).get(reverse("admin:onboarding_slot_week"), {"day": day})
    assert response.status_code == 200
    assert "Demos of the week of 2026-06-01" in response.content.decode()


def test_days_far_in_the_future_can_be_closed(reach):
    booked = calendar.eastern_day(reach(State.DEMO_SCHEDULED).demos.get().slot.starts_at)
    Closure(first_day=booked + calendar.DAY, last_day=datetime.date.max, reason="The end").full_clean()
    with pytest.raises(ValidationError, match="Benefit Finder"):
        Closure(first_day=datetime.date.min, last_day=datetime.date.max, reason="The end").full_clean()


def test_the_list_begins_with_upcoming_times(db, clock, staff, sign_in):
    Slot.objects.generate(weeks=2)
    clock.shift(datetime.timedelta(days=2))
    page = sign_in(staff).get(reverse("admin:onboarding_slot_changelist")).content.decode()
    assert page.index("Friday, June 5") < page.index("Tuesday, June 9") < page.index("Tuesday, June 2")


def test_lists_of_slots_run_the_same_number_of_queries_for_more_demos(
    reach, make_app, developer, staff, sign_in, django_assert_num_queries
):
    first = reach(State.DEMO_SCHEDULED)
    browser = sign_in(staff)
    paths = [reverse("admin:onboarding_slot_changelist"), reverse("admin:onboarding_slot_week")]
    before = []
    for path in paths:
        with CaptureQueriesContext(connection) as captured:
            browser.get(path)
        before.append(len(captured))
    other = make_app(developer, team=first.app.team, name="Another", scopes=["visa.read"])
    reach(State.DEMO_SCHEDULED, other)
    for path, number in zip(paths, before, strict=True):
        with django_assert_num_queries(number):
            assert "Another" in browser.get(path).content.decode()


def test_a_day_reopened_from_the_list_is_recorded(staff, sign_in, clock):
    day = datetime.date(2026, 6, 4)
    closure = Closure.objects.create(first_day=day, last_day=day, reason="Holiday")
    data = {"action": "delete_selected", "_selected_action": [closure.pk], "post": "yes"}
    sign_in(staff).post(reverse("admin:onboarding_closure_changelist"), data)
    assert not Closure.objects.exists()
    assert [entry.additional_data["verb"] for entry in history.of(closure)] == ["reopened"]


def test_a_canceled_demo_is_shown_and_cannot_be_changed(reach, developer, staff, sign_in):
    request = reach(State.DEMO_SCHEDULED)
    demo = request.demos.get()
    demo_steps.cancel(request, by=developer)
    browser = sign_in(staff)
    path = reverse("admin:onboarding_demo_change", args=[demo.pk])
    assert browser.get(path).status_code == 200
    response = browser.post(path, {"meeting_link": "https://teams.example/1", "recording_link": ""})
    assert response.status_code == 403


def test_staff_add_extra_slots(staff, sign_in, clock):
    response = sign_in(staff).post(
        reverse("admin:onboarding_slot_add"),
        {"starts_at": "2026-06-04T10:00", "minutes": "45"},
    )
    assert response.status_code == 302, response.content.decode()
    assert Slot.objects.get().is_extra


def test_read_only_staff_cannot_change_slots(staff, sign_in, clock):
    staff.groups.set([Group.objects.get(name="Staff read-only")])
    Slot.objects.generate(weeks=1)
    slot = Slot.objects.first()
    browser = sign_in(staff)
    assert browser.get(reverse("admin:onboarding_slot_week")).status_code == 200
    assert browser.post(reverse("admin:onboarding_slot_close", args=[slot.pk]), {"note": "x"}).status_code == 403
    assert browser.post(reverse("admin:onboarding_slot_generate")).status_code == 403
    assert Demo.objects.count() == 0


def step_of(request, verb, browser, **fields):
    data = {"version": ProductionRequest.objects.get(pk=request.pk).version, **fields}
    return browser.post(reverse("admin:onboarding_step", args=[request.pk, verb]), data)


def test_staff_book_within_the_notice_with_a_reason(
    reach, staff, developer, sign_in, mailoutbox, settings, django_capture_on_commit_callbacks
):
    settings.DEMO_NOTICE_DAYS = 2
    request = reach(State.AFFIDAVIT_ACCEPTED)
    soon = Slot.objects.upcoming().first()
    assert soon not in Slot.objects.free()
    browser = sign_in(staff)
    page = browser.get(reverse("admin:onboarding_step", args=[request.pk, "schedule_demo"])).content.decode()
    assert str(soon) in page
    assert step_of(request, "schedule_demo", browser, slot=soon.pk, note="").status_code == 400
    assert not request.demos.exists()
    forget_emails(mailoutbox)
    with django_capture_on_commit_callbacks(execute=True):
        assert step_of(request, "schedule_demo", browser, slot=soon.pk, note="They asked for it.").status_code == 302
    assert request.demos.get().slot == soon
    assert "developer@example.gov" in {mail.to[0] for mail in mailoutbox}
    assert "They asked for it." in sign_in(developer).get(request.get_absolute_url()).content.decode()


def test_staff_move_a_demo_within_the_notice_before_it_begins(reach, staff, sign_in, settings, clock):
    request = reach(State.DEMO_SCHEDULED)
    settings.DEMO_NOTICE_DAYS = 2
    soon = Slot.objects.upcoming()[1]
    assert soon not in Slot.objects.free()
    browser = sign_in(staff)
    assert step_of(request, "reschedule_demo", browser, slot=soon.pk, note="They asked for it.").status_code == 302
    assert request.demos.get().slot == soon
    clock.move_to(soon.starts_at + datetime.timedelta(minutes=1))
    browser = sign_in(staff)
    page = browser.get(reverse("admin:onboarding_productionrequest_change", args=[request.pk])).content.decode()
    assert "/step/reschedule_demo/" not in page
    later = Slot.objects.upcoming().last()
    response = step_of(request, "reschedule_demo", browser, slot=later.pk, note="Too late.")
    assert response.status_code == 400
    assert "The demo has begun." in response.content.decode()


@pytest.mark.parametrize("fault", ["taken", "closed", "past", "holiday", "nonsense", "missing"])
def test_staff_book_no_time_that_is_not_free(reach, staff, developer, make_app, sign_in, fault):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    slot = Slot.objects.free().first()
    if fault == "taken":
        other = reach(State.AFFIDAVIT_ACCEPTED, make_app(developer, team=request.app.team, scopes=["visa.read"]))
        demo_steps.book(other, slot, by=developer)
    elif fault == "closed":
        slot.close(by=staff, reason="Closed")
    elif fault == "past":
        Slot.objects.filter(pk=slot.pk).update(starts_at=timezone.now() - datetime.timedelta(hours=1))
    elif fault == "holiday":
        slot = Slot.objects.create(starts_at=datetime.datetime(2026, 6, 19, 17, 0, tzinfo=datetime.UTC))
    chosen = {"nonsense": "x", "missing": "999999"}.get(fault, slot.pk)
    response = step_of(request, "schedule_demo", sign_in(staff), slot=chosen, note="Why")
    assert response.status_code == 400
    assert not request.demos.exists()
