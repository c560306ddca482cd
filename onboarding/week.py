"""The demo times of a week as a calendar: days from left to right, times of day from top to bottom."""

import datetime
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.functional import Promise

from onboarding import calendar
from onboarding.models import Closure, Slot

WORKDAYS = 5


@dataclass(frozen=True)
class Day:
    """A column. `note` is the holiday or closure of the day, "" if there is none."""

    date: datetime.date
    note: str
    is_today: bool


@dataclass(frozen=True)
class Entry:
    slot: Slot
    is_closed_day: bool


@dataclass(frozen=True)
class Row:
    """The slots that begin at one time of day, for each column those of its day."""

    time: datetime.time
    cells: Sequence[tuple[Day, Sequence[Entry]]]


@dataclass(frozen=True)
class Week:
    days: Sequence[Day]
    rows: Sequence[Row]


def of(monday: datetime.date, slots: Iterable[Slot], closures: Sequence[Closure]) -> Week:
    """Return the week that begins on `monday`, with weekends only if there are slots on them."""
    entries = [(_local(slot), Entry(slot, any(each.covers(slot.starts_at) for each in closures))) for slot in slots]
    dates = {monday + number * calendar.DAY for number in range(WORKDAYS)} | {at.date() for at, _entry in entries}
    holidays = dict(calendar.closed_days(monday, monday + 6 * calendar.DAY))
    today = calendar.eastern_day(timezone.now())
    days = [Day(date, _note(date, holidays, closures), date == today) for date in sorted(dates)]
    rows = [
        Row(
            time,
            [(day, [entry for at, entry in entries if (at.date(), at.time()) == (day.date, time)]) for day in days],
        )
        for time in sorted({at.time() for at, _entry in entries})
    ]
    return Week(days, rows)


def _local(slot: Slot) -> datetime.datetime:
    return slot.starts_at.astimezone(calendar.EASTERN)


def _note(date: datetime.date, holidays: Mapping[datetime.date, str | Promise], closures: Sequence[Closure]) -> str:
    closed = [each.reason for each in closures if each.first_day <= date <= each.last_day]
    return ", ".join(filter(None, [str(holidays.get(date, "")), *closed]))
