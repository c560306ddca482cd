"""A person's side of the traffic: which app read or wrote what, and how it is erased with the account."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db.models import BooleanField, Case, Count, Max, Q, QuerySet, When
from django.db.models.functions import TruncMonth
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.contributions import ActivityEntry
from accounts.own_data import Rows
from developer_apps import contributions, scopes
from developer_apps.contributions import Scope, Text
from developer_apps.models import App, AppName
from developer_apps.models.former_apps import name_at
from developer_apps.models.traffic import Call, Outcome

if TYPE_CHECKING:
    from accounts.models import User

# Kinds of acts by month that a page looks at.
LOOKED_AT = 2_000
# Calls that are read at once for a copy.
PORTION = 2_000
READING = ("GET", "HEAD")
TOKENINFO = "tokeninfo"


@dataclass
class _Line:
    """What one app did of one kind in one month."""

    last: Call
    count: int = 0


def activity_of(user: "User") -> list[ActivityEntry]:
    """Return what apps did for this person, newest first: one line per month, app and kind of call, with its last time."""
    counts = dict(
        _calls_of(user)
        .order_by()
        .annotate(
            month=TruncMonth("at"),
            is_reading=Case(When(method__in=READING, then=True), default=False, output_field=BooleanField()),
            is_error=Case(When(status__gte=400, then=True), default=False, output_field=BooleanField()),
        )
        .values("month", "app_id", "product_id", "endpoint", "outcome", "fields_read", "is_reading", "is_error")
        .annotate(last=Max("pk"), count=Count("pk"))
        .order_by("-last")
        .values_list("last", "count")[:LOOKED_AT]
    )
    lines: dict[tuple[object, ...], _Line] = {}
    for call in _calls_of(user).filter(pk__in=list(counts)):
        local = timezone.localtime(call.at)
        key = (local.year, local.month, call.app_id, call.fields_read, str(describe(call)))
        lines.setdefault(key, _Line(call)).count += counts[call.pk]
    names, known = _AppNames(line.last for line in lines.values()), scopes.known()
    return [
        ActivityEntry(
            at=line.last.at,
            app_name=names.at(line.last),
            action=describe(line.last),
            fields=_nouns(line.last.fields_read, known),
            count=line.count,
            request_id=str(line.last.trace_id or ""),
        )
        for line in lines.values()
    ]


def last_reads(user: "User", app: App) -> dict[str, datetime]:
    """Return when an app last read each field of this person, by scope, as far back as calls are kept."""
    read = _calls_of(user).filter(app=app).exclude(fields_read="").order_by().values("fields_read")
    found: dict[str, datetime] = {}
    for names, at in read.annotate(last=Max("at")).values_list("fields_read", "last"):
        for scope in names.split():
            found[scope] = max(at, found.get(scope, at))
    return found


def export_of(user: "User") -> Rows:
    """Return all of this person's calls for the copy of their data, newest first."""
    return Rows(rows_of(user))


def rows_of(user: "User") -> Iterator[dict[str, Any]]:
    """Yield each of this person's calls, newest first, in portions."""
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
                "fields": call.fields_read.split(),
                "trace_id": str(call.trace_id or ""),
            }
        last = portion[-1]
        # `at__lte` lets the index find the place.
        calls = _calls_of(user).filter(Q(at__lt=last.at) | Q(pk__lt=last.pk), at__lte=last.at)


def erase(user: "User") -> None:
    """Remove a person from the recorded calls. The apps' counts do not change."""
    Call.objects.filter(user=user).update(user=None)


def describe(call: Call) -> str:
    """Return what a call did, as a sentence for the person: with `{app}`, and `{fields}` if it read any."""
    if call.outcome == Outcome.UNKNOWN:
        return _about_api(call, _("{app} used the %(api)s, and we don’t know the result"))
    if call.outcome == Outcome.REPORTED and call.status >= 400:
        return _about_api(call, _("{app} used the %(api)s and got an error"))
    if call.status >= 400:
        return _about_api(call, _("{app} tried to use the %(api)s and was rejected"))
    if call.fields_read:
        return _("{app} read your {fields}")
    is_reading = call.method in READING
    if call.endpoint == TOKENINFO:
        return _("{app} checked its access to your account")
    contribution = contributions.of_product(call.product.slug) if call.product else None
    if words := contribution and (contribution.reads if is_reading else contribution.writes):
        return str(words)
    return _about_api(call, _("{app} read from the %(api)s") if is_reading else _("{app} wrote to the %(api)s"))


def _calls_of(user: "User") -> QuerySet[Call]:
    return Call.objects.filter(user=user).select_related("product")


def _api(call: Call) -> str:
    return call.product.translated_name if call.product else call.endpoint


def _about_api(call: Call, words: str) -> str:
    """Name the API in a sentence that is formatted again: names come from staff and may have braces."""
    return words % {"api": _api(call).replace("{", "{{").replace("}", "}}")}


def _nouns(fields_read: str, known: Mapping[str, Scope]) -> tuple[Text, ...]:
    """Return what sentences call the fields; one that the site no longer has keeps the name of its scope."""
    return tuple(known[scope].noun or known[scope].label if scope in known else scope for scope in fields_read.split())


class _AppNames:
    """The names that apps had when they made some calls, also of apps that were renamed or deleted since."""

    def __init__(self, calls: Iterable[Call]) -> None:
        self._names = AppName.objects.of(call.app_id for call in calls)

    def at(self, call: Call) -> str:
        found = name_at(self._names.get(call.app_id, []), call.at)
        return str(found) if found else _("A deleted app")
