"""When demos are held: the regular times, in Eastern time as people there read their clocks."""

import datetime
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.formats import date_format

EASTERN = ZoneInfo("America/New_York")
DAY = datetime.timedelta(days=1)
WEEKDAYS = (1, 2, 4)  # Tuesday, Wednesday, Friday
TIMES = (datetime.time(13, 0), datetime.time(14, 30))


def regular_times(now: datetime.datetime, weeks: int) -> list[datetime.datetime]:
    """Return the regular times after `now`, of the `weeks` times seven days that begin today, in order.

    Each is 1:00 or 2:30 PM on the clocks of New York, so its UTC hour changes with daylight saving.
    """
    today = eastern_day(now)
    days = [today + datetime.timedelta(days=offset) for offset in range(weeks * 7)]
    moments = [
        datetime.datetime.combine(day, time, EASTERN).astimezone(datetime.UTC)
        for day in days
        if day.weekday() in WEEKDAYS
        for time in TIMES
    ]
    return [moment for moment in moments if moment > now]


def eastern_day(moment: datetime.datetime) -> datetime.date:
    return moment.astimezone(EASTERN).date()


def midnight(day: datetime.date) -> datetime.datetime:
    """Return the moment at which `day` begins in Eastern time."""
    return datetime.datetime.combine(day, datetime.time(), EASTERN)


def monday_of(day: datetime.date) -> datetime.date:
    return day - datetime.timedelta(days=day.weekday())


def spoken(moment: datetime.datetime) -> str:
    """Return a moment as people say it: "Tuesday, December 1, 2026, 1:00 PM Eastern Time"."""
    local = timezone.localtime(moment, EASTERN)
    return f"{date_format(local, 'l, F j, Y, g:i A')} Eastern Time"
