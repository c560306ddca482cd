"""The federal holidays (5 U.S.C. 6103), on the days when offices are closed."""

import datetime
from functools import lru_cache

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

MONDAY, THURSDAY, SATURDAY, SUNDAY = 0, 3, 5, 6
DAY = datetime.timedelta(days=1)
FIXED = [
    (1, 1, _("New Year’s Day")),
    (6, 19, _("Juneteenth")),
    (7, 4, _("Independence Day")),
    (11, 11, _("Veterans Day")),
    (12, 25, _("Christmas Day")),
]
# (month, weekday, which one of the month; -1 is the last, name)
MOVING = [
    (1, MONDAY, 3, _("Birthday of Martin Luther King, Jr.")),
    (2, MONDAY, 3, _("Washington’s Birthday")),
    (5, MONDAY, -1, _("Memorial Day")),
    (9, MONDAY, 1, _("Labor Day")),
    (10, MONDAY, 2, _("Columbus Day")),
    (11, THURSDAY, 4, _("Thanksgiving Day")),
]


def holiday_on(day: datetime.date) -> str | Promise | None:
    """Return the name of the federal holiday on which offices are closed on `day`, or None.

    A holiday on a Saturday is observed on the Friday before, one on a Sunday on the Monday after.
    """
    return _observed(day.year).get(day)


@lru_cache(maxsize=32)
def _observed(year: int) -> dict[datetime.date, str | Promise]:
    days: dict[datetime.date, str | Promise] = {_nth(year, *rule[:3]): rule[3] for rule in MOVING}
    # New Year's Day of the next year can be observed on December 31.
    fixed = [(datetime.date(year, month, day), name) for month, day, name in FIXED]
    for day, name in [*fixed, *([(datetime.date(year + 1, 1, 1), FIXED[0][2])] if year < datetime.MAXYEAR else [])]:
        shift = {SATURDAY: -DAY, SUNDAY: DAY}.get(day.weekday(), 0 * DAY)
        if (day + shift).year == year:
            days[day + shift] = name
    return days


def _nth(year: int, month: int, weekday: int, number: int) -> datetime.date:
    if number < 0:
        last = datetime.date(year, month, 31)
        return last - DAY * ((last.weekday() - weekday) % 7)
    first = datetime.date(year, month, 1)
    return first + DAY * ((weekday - first.weekday()) % 7 + 7 * (number - 1))
