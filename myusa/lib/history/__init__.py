"""One history for everything: who changed what, when, and why.

Verbs call `record`; django-auditlog keeps the entry with the request's id, the admin shows it, and
`of` reads it back for the history panels of developers and staff. Names and addresses of people are encrypted,
and a subject that is called by an address (`str`) has a `history_name` that isn't personal.
"""

from collections.abc import Mapping
from typing import Any

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import Model, QuerySet

from myusa.lib.database.encryption import encrypt
from myusa.lib.observability import request_id

# Names under which values are about a person: entries keep them encrypted.
PERSONAL = frozenset({"email", "member", "officer"})


def record(
    subject: Model,
    verb: str,
    *,
    by: Model | None = None,
    before: Mapping[str, Any] | None = None,
    after: Mapping[str, Any] | None = None,
    note: str = "",
) -> LogEntry:
    """Store that `by` (None: the system) did `verb` to `subject`.

    `before` and `after` map field names to plain values; only those that differ are kept. `note` is the
    reason in people's words. What happens to a part (a secret, a redirect URI) is recorded on its whole (the app).
    """
    before, after = dict(before or {}), dict(after or {})
    changes = {
        name: [_stored(name, before.get(name)), _stored(name, after.get(name))]
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    }
    return LogEntry.objects.create(
        content_type=ContentType.objects.get_for_model(subject),
        object_pk=str(subject.pk),
        object_id=subject.pk if isinstance(subject.pk, int) else None,
        object_repr=str(getattr(subject, "history_name", subject))[:500],
        action=LogEntry.Action.UPDATE,
        actor=by,
        changes=changes,
        cid=request_id.current(),
        additional_data={"verb": verb, "note": note},
    )


def of(subject: Model) -> QuerySet[LogEntry]:
    """Return the entries about `subject`, newest first."""
    entries = LogEntry.objects.filter(
        content_type=ContentType.objects.get_for_model(subject), object_pk=str(subject.pk)
    )
    return entries.select_related("actor").order_by("-timestamp", "-pk")


def _stored(name: str, value: Any) -> str | None:
    if value is None:
        return None
    return encrypt(str(value)) if name in PERSONAL else str(value)
