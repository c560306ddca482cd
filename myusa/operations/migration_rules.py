"""Which operations of migrations would lock or rewrite a table that every call reads. `scripts/check migrations` asks."""

from collections.abc import Iterator
from typing import Any

from django.contrib.postgres import operations as postgres
from django.db import migrations
from django.db.migrations import Migration
from django.db.migrations.operations.base import Operation
from django.db.models import NOT_PROVIDED

# The tables of signing in, of every call, and the largest ones.
HOT = {
    "accounts": {"onetimecode", "session", "user"},
    "developer_apps": {"accesstoken", "app", "authorization", "call", "client", "grant", "membership", "refreshtoken"},
    "notifications": {"delivery", "notification"},
    "outbox": {"outgoingemail"},
    "profiles": {"profile"},
}
# A migration that must break a rule, in a window when the site is closed, says why in this attribute.
EXCUSE = "may_lock_because"
_WITHOUT_LOCK = (
    postgres.AddIndexConcurrently,
    postgres.RemoveIndexConcurrently,
    postgres.AddConstraintNotValid,
    postgres.ValidateConstraint,
    migrations.AlterModelOptions,
    migrations.AlterModelManagers,
)
_ADVICE = {
    migrations.AddIndex: "use AddIndexConcurrently in a migration with atomic = False",
    migrations.RemoveIndex: "use RemoveIndexConcurrently in a migration with atomic = False",
    migrations.AddConstraint: "use AddConstraintNotValid, and ValidateConstraint in a later migration",
    migrations.AddField: "give the field null=True or a db_default",
}


def problems(migration: Migration) -> Iterator[str]:
    """Yield what `migration` would do to a hot table that exists already, and what to do instead."""
    hot = HOT.get(migration.app_label, set())
    if migration.initial or not hot or getattr(migration, EXCUSE, None):
        return
    made = {each.name_lower for each in migration.operations if isinstance(each, migrations.CreateModel)}
    for operation in migration.operations:
        name = _model_of(operation)
        if name in hot - made and not _is_harmless(operation):
            advice = next((text for kind, text in _ADVICE.items() if isinstance(operation, kind)), "")
            advice = advice or f"split it into steps without a lock, or set {EXCUSE} to the reason"
            yield f"{migration}: {operation.describe()} locks or rewrites a hot table; {advice}"


def _model_of(operation: Operation) -> str:
    name: Any = getattr(operation, "model_name", None) or getattr(operation, "old_name", None)
    return str(name or getattr(operation, "name", "")).lower()


def _is_harmless(operation: Operation) -> bool:
    if isinstance(operation, _WITHOUT_LOCK):
        return True
    if isinstance(operation, migrations.AddField):
        field: Any = operation.field
        if field.many_to_many:
            return True
        is_plain = not (field.unique or field.db_index or field.remote_field)
        return is_plain and (field.null or getattr(field, "db_default", NOT_PROVIDED) is not NOT_PROVIDED)
    return False
