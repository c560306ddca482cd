"""Federal holidays close days of demos by rule, and demos are booked with notice."""

import datetime

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.steps import InvalidTransition
from onboarding import calendar, evidence, review_warnings
from onboarding.holidays import holiday_on
from onboarding.models import Demo, Slot
from onboarding.states import State
from onboarding.steps import demo as demo_steps

DAY = datetime.timedelta(days=1)
# As the Office of Personnel Management lists them.
OBSERVED = {
    2026: ["01-01", "01-19", "02-16", "05-25", "06-19", "07-03", "09-07", "10-12", "11-11", "11-26", "12-25"],
    2027: ["01-01", "01-18", "02-15", "05-31", "06-18", "07-05", "09-06", "10-11", "11-11", "11-25", "12-24", "12-31"],
    2028: ["01-17", "02-21", "05-29", "06-19", "07-04", "09-04", "10-09", "11-10", "11-23", "12-25"],
}
THANKSGIVING_WEEK = datetime.datetime(2026, 11, 23, 16, 0, tzinfo=datetime.UTC)  # Monday noon in New York


def days_of(year: int) -> list[datetime.date]:
    first = datetime.date(year, 1, 1)
    return [first + DAY * number for number in range((datetime.date(year, 12, 31) - first).days + 1)]


@pytest.mark.parametrize("year", OBSERVED)
def test_holidays_are_those_of_the_law_on_the_days_they_are_observed(year):
    assert [f"{day:%m-%d}" for day in days_of(year) if holiday_on(day)] == OBSERVED[year]


@given(st.integers(2000, 2400))
def test_every_year_has_its_holidays_on_workdays(year):
    found = [day for day in days_of(year) if holiday_on(day)]
    assert 10 <= len(found) <= 12
    assert all(day.weekday() < 5 for day in found)


def test_no_regular_time_is_on_a_holiday():
    times = calendar.regular_times(datetime.datetime(2026, 12, 20, 12, 0, tzinfo=datetime.UTC), weeks=2)
    days = {calendar.eastern_day(moment) for moment in times}
    assert datetime.date(2026, 12, 25) not in days
    assert datetime.date(2026, 12, 23) in days
    assert datetime.date(2027, 1, 1) not in days


def test_a_slot_made_before_is_not_offered_and_cannot_be_booked(reach, developer, clock):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    clock.move_to(datetime.datetime(2026, 12, 1, 16, 0, tzinfo=datetime.UTC))
    slot = Slot.objects.create(starts_at=datetime.datetime(2026, 12, 25, 18, 0, tzinfo=datetime.UTC))
    assert slot not in Slot.objects.free()
    with pytest.raises(InvalidTransition, match="Christmas Day"):
        demo_steps.book(request, slot, by=developer)


def test_staff_open_a_holiday_with_an_extra_time(reach, developer, clock):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    clock.move_to(datetime.datetime(2026, 12, 1, 16, 0, tzinfo=datetime.UTC))
    starts_at = datetime.datetime(2026, 12, 25, 18, 0, tzinfo=datetime.UTC)
    slot = Slot.objects.create(starts_at=starts_at, is_extra=True)
    assert slot in Slot.objects.free()
    demo_steps.book(request, slot, by=developer)
    assert any("Christmas Day" in str(each) for each in review_warnings.about(request, evidence.of(request)))


def test_the_booking_page_and_the_week_name_the_holiday(reach, developer, staff, sign_in):
    request = reach(State.AFFIDAVIT_ACCEPTED)  # on June 1, 2026
    page = sign_in(developer).get(reverse("onboarding:book_demo", args=[request.pk])).content.decode()
    assert "Friday, June 19 (Juneteenth)" in page
    week = sign_in(staff).get(reverse("admin:onboarding_slot_week"), {"day": "2026-06-17"}).content.decode()
    assert "Federal holiday: Friday, June 19, Juneteenth." in week


@pytest.mark.parametrize(
    ("now", "first"),
    [
        # Monday noon: two business days later is Wednesday noon.
        (THANKSGIVING_WEEK, datetime.datetime(2026, 11, 25, 18, 0, tzinfo=datetime.UTC)),
        # Wednesday noon: Thanksgiving and the weekend do not count, so it is Monday; the next regular day is Tuesday.
        (THANKSGIVING_WEEK + 2 * DAY, datetime.datetime(2026, 12, 1, 18, 0, tzinfo=datetime.UTC)),
    ],
)
def test_regular_times_need_business_days_of_notice(now, first, settings, clock, db):
    settings.DEMO_NOTICE_DAYS = 2
    clock.move_to(now)
    Slot.objects.generate(weeks=3)
    assert Slot.objects.free().first().starts_at == first


def test_a_time_within_the_notice_is_refused_and_an_extra_one_is_not(reach, developer, settings, clock):
    request = reach(State.AFFIDAVIT_ACCEPTED)
    settings.DEMO_NOTICE_DAYS = 2
    soon = Slot.objects.upcoming().first()
    with pytest.raises(InvalidTransition, match="Book at least 2 business days ahead"):
        demo_steps.book(request, soon, by=developer)
    Slot.objects.filter(pk=soon.pk).update(is_extra=True)
    soon.refresh_from_db()
    demo_steps.book(request, soon, by=developer)
    assert Demo.objects.get().slot == soon
