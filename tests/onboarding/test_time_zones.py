"""Times of demos in the reader's own zone and in Eastern time, grouped by the reader's days."""

import datetime
import re
from zoneinfo import ZoneInfo, available_timezones

import pytest
from django.urls import reverse
from hypothesis import given
from hypothesis import strategies as st

from onboarding import time_zones
from onboarding.calendar import EASTERN
from onboarding.forms.steps import SlotForm
from onboarding.models import ProductionRequest, Slot
from onboarding.states import State

UTC = datetime.UTC


def at(text: str) -> datetime.datetime:
    return datetime.datetime.fromisoformat(text).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    ("moment", "zone", "words"),
    [
        ("2026-12-01T18:00", "America/New_York", "Tuesday, December 1, 2026, 1:00 PM Eastern Time"),
        (
            "2026-12-01T18:00",
            "America/Los_Angeles",
            "Tuesday, December 1, 2026, 10:00 AM Pacific Time (1:00 PM Eastern Time)",
        ),
        (
            "2026-06-02T17:00",
            "America/Los_Angeles",
            "Tuesday, June 2, 2026, 10:00 AM Pacific Time (1:00 PM Eastern Time)",
        ),
        (
            "2026-12-01T18:00",
            "America/Phoenix",
            "Tuesday, December 1, 2026, 11:00 AM Arizona Time (1:00 PM Eastern Time)",
        ),
        ("2026-06-02T17:00", "America/Phoenix", "Tuesday, June 2, 2026, 10:00 AM Arizona Time (1:00 PM Eastern Time)"),
        # Europe changes its clocks on March 28, 2027, New York on March 14.
        (
            "2027-03-16T17:00",
            "Europe/Berlin",
            "Tuesday, March 16, 2027, 6:00 PM Europe/Berlin time (1:00 PM Eastern Time)",
        ),
        (
            "2027-03-30T17:00",
            "Europe/Berlin",
            "Tuesday, March 30, 2027, 7:00 PM Europe/Berlin time (1:00 PM Eastern Time)",
        ),
        (
            "2026-12-01T18:00",
            "Pacific/Guam",
            "Wednesday, December 2, 2026, 4:00 AM Chamorro Time (Tuesday, December 1, 2026, 1:00 PM Eastern Time)",
        ),
    ],
)
def test_times_are_told_in_both_zones(moment, zone, words):
    assert time_zones.in_words(at(moment), ZoneInfo(zone)) == words


@given(
    st.datetimes(min_value=datetime.datetime(2026, 1, 1), max_value=datetime.datetime(2036, 1, 1)),
    st.sampled_from(sorted(available_timezones())),
)
def test_every_zone_names_its_own_day(moment, zone):
    words = time_zones.in_words(moment.replace(tzinfo=UTC), ZoneInfo(zone))
    local = moment.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
    assert words.startswith(f"{local:%A}, {local:%B} {local.day}, {local.year}, ")
    assert "Eastern Time" in words


def test_slots_are_grouped_by_the_days_of_the_reader():
    # 1:00 and 2:30 PM on Tuesday and Wednesday in New York, of which 2:30 PM is the next day in Kolkata (+05:30).
    moments = ["2026-12-01T18:00", "2026-12-01T19:30", "2026-12-02T18:00", "2026-12-02T19:30"]
    slots = [Slot(pk=number, starts_at=at(moment)) for number, moment in enumerate(moments, 1)]
    for zone, sizes in ((EASTERN, [2, 2]), (ZoneInfo("Asia/Kolkata"), [1, 2, 1])):
        groups = SlotForm(slots=slots, zone=zone).fields["slot"].choices
        assert [len(choices) for _day, choices in groups] == sizes
    (first, *_rest) = SlotForm(slots=slots).fields["slot"].choices
    assert first == ("Tuesday, December 1, 2026", [(1, "1:00 PM Eastern Time"), (2, "2:30 PM Eastern Time")])


@pytest.fixture
def page(reach):
    return reverse("onboarding:book_demo", args=[reach(State.AFFIDAVIT_ACCEPTED).pk])


def test_the_page_remembers_the_chosen_zone(page, developer, sign_in):
    browser = sign_in(developer)
    first = browser.get(page).content.decode()
    assert "1:00 PM Eastern Time" in first
    assert "data-chosen" not in first
    chosen = browser.get(page, {"zone": "America/Los_Angeles"}).content.decode()
    for each in (chosen, browser.get(page).content.decode()):
        assert "10:00 AM Pacific Time (1:00 PM Eastern Time)" in each
        assert "data-chosen" in each, "the script leaves a choice alone"


@pytest.mark.parametrize("zone", ["", "Mars/Olympus", "../../etc/passwd", "x" * 5000, "America/New_York\x00"])
def test_unknown_zones_are_ignored(zone, page, developer, sign_in):
    browser = sign_in(developer)
    response = browser.get(page, {"zone": zone})
    assert response.status_code == 200
    assert "1:00 PM Eastern Time" in response.content.decode()


def test_a_zone_outside_the_list_is_offered_once_it_was_chosen(page, developer, sign_in):
    response = sign_in(developer).get(page, {"zone": "Europe/Berlin"})
    assert ("Europe/Berlin", "Europe/Berlin time") in response.context["zones"]
    assert re.search(r'<option value="Europe/Berlin"\s+selected>', response.content.decode())


def test_the_page_says_from_when_times_are_offered(page, developer, sign_in, settings):
    settings.DEMO_NOTICE_DAYS = 2
    words = sign_in(developer).get(page, {"zone": "America/Chicago"}).content.decode()
    assert "Wednesday, June 3, 2026, 11:00 AM Central Time (12:00 PM Eastern Time)" in words


def test_a_slot_is_booked_whatever_the_zone(page, developer, sign_in):
    browser = sign_in(developer)
    request = ProductionRequest.objects.get()
    slot = Slot.objects.free().first()
    browser.get(page, {"zone": "Pacific/Guam"})
    assert browser.post(page, {"version": request.version, "slot": slot.pk}).status_code == 302
    shown = browser.get(request.get_absolute_url()).content.decode()
    assert "Chamorro Time" in shown
    assert str(slot) in shown
