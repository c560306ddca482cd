"""The time zone in which a person reads times: Eastern, until they choose another one on a page."""

import datetime
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format

from myusa.lib import zones
from onboarding.calendar import EASTERN, spoken

KEY = "time_zone"


def of(request: HttpRequest) -> ZoneInfo:
    """Return the zone of the person: the one that the page's form asks for, or else the one chosen before."""
    asked = request.GET.get("zone", "")
    if asked in zones.known():
        request.session[KEY] = asked
    chosen = request.session.get(KEY, "")
    return ZoneInfo(chosen) if chosen in zones.known() else EASTERN


def was_chosen(request: HttpRequest) -> bool:
    return KEY in request.session


def choices(current: ZoneInfo) -> list[tuple[str, str]]:
    """Return what the page's form offers."""
    return zones.choices(current.key)


def name_of(zone: ZoneInfo) -> str:
    return zones.name_of(zone.key)


def day_of(moment: datetime.datetime, zone: ZoneInfo) -> str:
    """Return the day in words: "Tuesday, December 1, 2026"."""
    return date_format(timezone.localtime(moment, zone), "l, F j, Y")


def time_of(moment: datetime.datetime, zone: ZoneInfo) -> str:
    """Return the time in the zone and in Eastern Time, whose day is named where it differs."""
    if zone == EASTERN:
        return f"{_clock(moment, zone)} {name_of(zone)}"
    same_day = timezone.localtime(moment, zone).date() == timezone.localtime(moment, EASTERN).date()
    eastern = f"{_clock(moment, EASTERN)} {name_of(EASTERN)}" if same_day else spoken(moment)
    return f"{_clock(moment, zone)} {name_of(zone)} ({eastern})"


def in_words(moment: datetime.datetime, zone: ZoneInfo) -> str:
    """Return day and time: "Tuesday, December 1, 2026, 10:00 AM Pacific Time (1:00 PM Eastern Time)"."""
    return f"{day_of(moment, zone)}, {time_of(moment, zone)}"


def _clock(moment: datetime.datetime, zone: ZoneInfo) -> str:
    return date_format(timezone.localtime(moment, zone), "g:i A")
