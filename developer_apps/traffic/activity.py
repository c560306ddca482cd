"""A person's side of the traffic: which app read or wrote what, and how it is erased with the account."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.db.models import Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.contributions import ActivityEntry
from accounts.own_data import Rows
from developer_apps import contributions
from developer_apps.models import AppName
from developer_apps.models.former_apps import name_at
from developer_apps.models.traffic import Call, Outcome

if TYPE_CHECKING:
    from accounts.models import User

LOOKED_AT = 2_000
# Calls that are read at once for a copy.
PORTION = 2_000
READING = ("GET", "HEAD")
TOKENINFO = "tokeninfo"


@dataclass
class _Line:
    """What one app did of one kind on one day."""

    last: Call
    count: int = 0


def activity_of(user: "User") -> list[ActivityEntry]:
    """Return what apps did for this person, newest first: one line per day, app and kind of call, with its last time."""
    lines: dict[tuple[object, ...], _Line] = {}
    for call in _calls_of(user)[:LOOKED_AT]:
        key = (timezone.localdate(call.at), call.app_id, describe(call))
        lines.setdefault(key, _Line(call)).count += 1
    names = _AppNames(line.last for line in lines.values())
    return [
        ActivityEntry(line.last.at, names.at(line.last), describe(line.last), _detail(line)) for line in lines.values()
    ]


def export_of(user: "User") -> Rows:
    """Return all of this person's calls for the copy of their data, newest first."""
    return Rows(_exported(user))


def _exported(user: "User") -> Iterator[dict[str, Any]]:
    calls = _calls_of(user)
    while portion := list(calls[:PORTION]):
        names = _AppNames(portion)
        for call in portion:
            yield {
                "at": call.at.isoformat(),
                "app": names.at(call),
                "api": _api(call),
                "method": call.method,
                "status": call.status or None,
                "outcome": call.outcome,
                "trace_id": str(call.trace_id or ""),
            }
        last = portion[-1]
        # `at__lte` lets the index find the place.
        calls = _calls_of(user).filter(Q(at__lt=last.at) | Q(pk__lt=last.pk), at__lte=last.at)


def erase(user: "User") -> None:
    """Remove a person from the recorded calls. The apps' counts do not change."""
    Call.objects.filter(user=user).update(user=None)


def describe(call: Call) -> str:
    """Return what a call did, in words for the person."""
    if call.outcome == Outcome.UNKNOWN:
        return _("called the %(api)s; the result is not known") % {"api": _api(call)}
    if call.outcome == Outcome.REPORTED and call.status >= 400:
        return _("called the %(api)s and got an error") % {"api": _api(call)}
    if call.status >= 400:
        return _("tried to use the %(api)s and was refused") % {"api": _api(call)}
    is_reading = call.method in READING
    if call.endpoint == TOKENINFO:
        return _("checked its access to your account")
    contribution = contributions.of_product(call.product.slug) if call.product else None
    if words := contribution and (contribution.reads if is_reading else contribution.writes):
        return str(words)
    return (_("read from the %(api)s") if is_reading else _("wrote to the %(api)s")) % {"api": _api(call)}


def _calls_of(user: "User") -> QuerySet[Call]:
    return Call.objects.filter(user=user).select_related("product")


def _api(call: Call) -> str:
    return call.product.name if call.product else call.endpoint


def _detail(line: _Line) -> str:
    calls = ngettext("%(count)d call that day", "%(count)d calls that day", line.count) % {"count": line.count}
    return f"{calls} · {_('for support: trace id')} {line.last.trace_id}" if line.last.trace_id else calls


class _AppNames:
    """The names that apps had when they made some calls, also of apps that were renamed or deleted since."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._names = AppName.objects.of(call.app_id for call in calls)

    def at(self, call: Call) -> str:
        found = name_at(self._names.get(call.app_id, []), call.at)
        return str(found) if found else _("A deleted app")
