"""The regular times of demos, in Eastern time, and how early they must be booked."""

import datetime
from zoneinfo import ZoneInfo

from django.conf import settings
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise

from onboarding.holidays import SATURDAY, holiday_on

EASTERN = ZoneInfo("America/New_York")
DAY = datetime.timedelta(days=1)
WEEKDAYS = (1, 2, 4)  # Tuesday, Wednesday, Friday
TIMES = (datetime.time(13, 0), datetime.time(14, 30))


def regular_times(now: datetime.datetime, weeks: int) -> list[datetime.datetime]:
    """Return the regular times after `now` in the next `weeks` weeks, in order.

    Federal holidays have none. Each is 1:00 or 2:30 PM in New York, so its UTC hour changes with daylight saving time.
    """
    today = eastern_day(now)
    days = [today + datetime.timedelta(days=offset) for offset in range(weeks * 7)]
    moments = [
        datetime.datetime.combine(day, time, EASTERN).astimezone(datetime.UTC)
        for day in days
        if day.weekday() in WEEKDAYS and not holiday_on(day)
        for time in TIMES
    ]
    return [moment for moment in moments if moment > now]


def earliest_start(now: datetime.datetime) -> datetime.datetime:
    """Return when the first regular demo that can be booked at `now` can begin: DEMO_NOTICE_DAYS business days later."""
    moment = now.astimezone(EASTERN)
    left = settings.DEMO_NOTICE_DAYS
    while left > 0:
        moment += DAY
        left -= moment.weekday() < SATURDAY and not holiday_on(moment.date())
    return moment


def closed_days(first: datetime.date, last: datetime.date) -> list[tuple[datetime.date, str | Promise]]:
    """Return the federal holidays between two days, both included, on which demos would be held."""
    days = [first + DAY * number for number in range((last - first).days + 1)]
    return [(day, name) for day in days if day.weekday() in WEEKDAYS and (name := holiday_on(day))]


def eastern_day(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(EASTERN).date()


def midnight(day: datetime.date) -> datetime.datetime:
    """Return the time at which `day` begins in Eastern time."""
    return datetime.datetime.combine(day, datetime.time(), EASTERN)


def monday_of(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=day.weekday())


def spoken(moment: datetime.datetime) -> str:
    """Return a time in words: "Tuesday, December 1, 2026, 1:00 PM Eastern Time"."""
    local = timezone.localtime(moment, EASTERN)
    return f"{date_format(local, 'l, F j, Y, g:i A')} Eastern Time"
