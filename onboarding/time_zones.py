"""The time zone in which a person reads times: Eastern, until they choose another one on a page."""

import datetime
import functools
import zoneinfo
from zoneinfo import ZoneInfo

from django.http import HttpRequest
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from onboarding.calendar import EASTERN, spoken

KEY = "time_zone"
NAMES = {
    "America/New_York": gettext_lazy("Eastern Time"),
    "America/Chicago": gettext_lazy("Central Time"),
    "America/Denver": gettext_lazy("Mountain Time"),
    "America/Phoenix": gettext_lazy("Arizona Time"),
    "America/Los_Angeles": gettext_lazy("Pacific Time"),
    "America/Anchorage": gettext_lazy("Alaska Time"),
    "Pacific/Honolulu": gettext_lazy("Hawaii Time"),
    "America/Puerto_Rico": gettext_lazy("Atlantic Time"),
    "Pacific/Guam": gettext_lazy("Chamorro Time"),
    "Pacific/Pago_Pago": gettext_lazy("Samoa Time"),
}


def of(request: HttpRequest) -> ZoneInfo:
    """Return the zone of the person: the one that the page's form asks for, or else the one chosen before."""
    asked = request.GET.get("zone", "")
    if asked in _known():
        request.session[KEY] = asked
    chosen = request.session.get(KEY, "")
    return ZoneInfo(chosen) if chosen in _known() else EASTERN


def was_chosen(request: HttpRequest) -> bool:
    return KEY in request.session


def choices(current: ZoneInfo) -> list[tuple[str, str]]:
    """Return what the page's form offers: zones of the United States, and the current one."""
    offered = {key: str(name) for key, name in NAMES.items()}
    return list({**offered, **({} if current.key in offered else {current.key: name_of(current)})}.items())


def name_of(zone: ZoneInfo) -> str:
    """Return what people call the zone: "Pacific Time", or "Europe/Berlin time"."""
    return str(NAMES.get(zone.key) or _("%(zone)s time") % {"zone": zone.key.replace("_", " ")})


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


@functools.cache
def _known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())
