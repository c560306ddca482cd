"""Time zones that people choose from, and the one in which an email to someone shows times."""

import functools
import zoneinfo
from collections.abc import Callable
from zoneinfo import ZoneInfo

from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


def choices(*others: str) -> list[tuple[str, str]]:
    """Return what a form offers: zones of the United States, and `others`."""
    offered = {key: str(name) for key, name in NAMES.items()}
    return list({**offered, **{key: name_of(key) for key in others}}.items())


def name_of(zone: str) -> str:
    """Return what people call the zone: "Pacific Time", or "Europe/Berlin time"."""
    if zone == "UTC":
        return zone
    return str(NAMES.get(zone) or _("%(zone)s time") % {"zone": zone.replace("_", " ")})


@functools.cache
def known() -> frozenset[str]:
    return frozenset(zoneinfo.available_timezones())


class Recipients:
    """Finds the zone of an email's recipient. `accounts` says how: the outbox knows no people."""

    find: Callable[[str], str] | None = None

    def times_for(self, address: str) -> timezone.override:
        """Return a context in which times are those of the account with this address; for others, the current ones."""
        found = self.find(address) if self.find else ""
        return timezone.override(ZoneInfo(found) if found in known() else timezone.get_current_timezone())


recipients = Recipients()
