"""How long people usually wait, from how long others waited."""

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from statistics import median_low

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

WINDOW = timedelta(days=90)
# Fewer say nothing about the next one.
MIN_SAMPLES = 3


@dataclass(frozen=True)
class Wait:
    """The median and the ninth tenth of `count` waits."""

    usual: timedelta
    long: timedelta
    count: int

    def __str__(self) -> str:
        if in_words(self.usual) == in_words(self.long):
            return _("Usually %(usual)s, from the last 90 days.") % {"usual": in_words(self.usual)}
        words = _("Usually %(usual)s, and 9 times out of 10 at most %(long)s, from the last 90 days.")
        return words % {"usual": in_words(self.usual), "long": in_words(self.long)}


def usual(waits: Iterable[timedelta]) -> Wait | None:
    """Return the usual wait, or None if there are too few to say."""
    ordered = sorted(waits)
    if len(ordered) < MIN_SAMPLES:
        return None
    return Wait(median_low(ordered), ordered[math.ceil(len(ordered) * 0.9) - 1], len(ordered))


def in_words(wait: timedelta) -> str:
    """Return a wait rounded up: to hours up to two days, to days after that."""
    hours = max(1, math.ceil(wait / timedelta(hours=1)))
    if hours < 48:
        return ngettext("%(number)d hour", "%(number)d hours", hours) % {"number": hours}
    days = math.ceil(wait / timedelta(days=1))
    return ngettext("%(number)d day", "%(number)d days", days) % {"number": days}
