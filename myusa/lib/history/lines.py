"""The history of a row in people's words."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myusa.lib import history
from myusa.lib.database.encryption import InvalidToken, count_unreadable, decrypt

VERBS: dict[str, str | Promise] = {}

# Values that are words in a row; a line shows those that went and those that came.
LISTS = {"scopes", "redirect_uris"}


# What pages call a value whose name in the record is a word of the code.
NAMES: dict[str, str | Promise] = {
    "client_id": gettext_lazy("client ID"),
    "environment": gettext_lazy("keys"),
    "on": gettext_lazy("turned on"),
    "uid": gettext_lazy("MyUSA ID"),
}

# What pages call the values that are words of the code, by the name under which they are recorded. The choices of the
# row's own fields are known without this.
VALUES: dict[str, Mapping[str, str | Promise]] = {}
_SWITCH: Mapping[str, str | Promise] = {"True": gettext_lazy("Yes"), "False": gettext_lazy("No")}

# Acts that consist of several recorded steps.
WHOLE = ("registered",)

# Digests: their beginning is enough to tell one from another.
DIGESTS = {"logo"}


@dataclass(frozen=True)
class Change:
    name: str
    before: str
    after: str


@dataclass(frozen=True)
class Line:
    """One entry: when, who, what, and each value before and after."""

    at: datetime
    who: str
    what: str | Promise
    changes: list[Change]
    note: str
    trace_id: str


def register_verbs(labels: Mapping[str, str | Promise]) -> None:
    """Add the words for the verbs that an app records."""
    VERBS.update(labels)


def register_values(labels: Mapping[str, Mapping[str, str | Promise]]) -> None:
    """Add the words for the values of parts of a row, such as the role of a team's member."""
    VALUES.update(labels)


def of(subject: Model, *, limit: int | None = None, for_staff: bool = False) -> list[Line]:
    """Return the history of a row, newest first: as its developers can see it, or with the names of staff."""
    entries = history.of(subject)
    if not for_staff:
        entries = entries.exclude(_parts(entries))
    return in_words(entries[:limit] if limit else entries, for_staff=for_staff)


def _parts(entries: QuerySet[LogEntry]) -> Q:
    """Return what was recorded by the same request as an act of `WHOLE`: developers see the act alone."""
    whole = entries.filter(additional_data__verb__in=WHOLE).exclude(cid=None).order_by().values("cid")
    return Q(cid__in=whole) & ~Q(additional_data__verb__in=WHOLE)


def in_words(entries: Iterable[LogEntry], *, for_staff: bool = False) -> list[Line]:
    return [_line(entry, for_staff) for entry in entries]


def _line(entry: LogEntry, for_staff: bool) -> Line:
    facts: dict[str, Any] = entry.additional_data or {}
    verb = str(facts.get("verb", ""))
    changes: Mapping[str, Any] = entry.changes or {}
    return Line(
        at=entry.timestamp,
        who=_who(entry.actor, for_staff),
        what=VERBS.get(verb) or verb.replace("_", " ").capitalize(),
        changes=[
            _change(name, _in_words(entry, name, before), _in_words(entry, name, after))
            for name, (before, after) in changes.items()
        ],
        note=str(facts.get("note") or ""),
        trace_id=entry.cid or "",
    )


def _in_words(entry: LogEntry, name: str, stored: str | None) -> str:
    value = _read(name, stored)
    model = ContentType.objects.get_for_id(entry.content_type_id).model_class()
    fields = {each.name: each for each in model._meta.fields} if model else {}
    choices = {str(key): label for key, label in fields[name].flatchoices} if name in fields else {}
    return str({**_SWITCH, **VALUES.get(name, {}), **choices}.get(value, value))


def _read(name: str, stored: str | None) -> str:
    if not stored or name not in history.PERSONAL:
        return stored or ""
    try:
        return decrypt(stored)
    except InvalidToken:
        count_unreadable("auditlog.LogEntry.changes")
        return str(_("unreadable"))


def _change(name: str, before: str, after: str) -> Change:
    was, is_now = before.split(), after.split()
    if name in LISTS and set(was) != set(is_now):
        before = " ".join(each for each in was if each not in is_now)
        after = " ".join(each for each in is_now if each not in was)
    if name in DIGESTS:
        before, after = before[:8], after[:8]
    return Change(str(NAMES.get(name) or name.replace("_", " ")), before, after)


def _who(actor: Any, for_staff: bool) -> str:
    """Name a member by address; of staff, developers see the office and not the person."""
    if actor is None:
        return _("MyUSA")
    return _("MyUSA staff") if actor.is_staff and not for_staff else actor.email
