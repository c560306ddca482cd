"""The state of a change of keys, and its last step: encrypt again what another key encrypted.

docs/operations.md has the steps. A key may be put first, so that it writes, only once every process can read it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from auditlog.models import LogEntry
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Field, Model, QuerySet, TextField
from django.db.models.functions import Cast

from accounts.models import Phone
from accounts.models.phones import number_digests
from developer_apps.models import Invitation
from developer_apps.models.teams import invited_digests
from myusa.lib.database.encryption import EncryptedJSONField, EncryptedTextField, fernet, is_unreadable
from myusa.lib.history import PERSONAL
from myusa.lib.security import known_keys
from myusa.lib.security.known_keys import KnownKeys
from notifications.models import RefusedAddress
from notifications.models.preferences import address_digests
from onboarding.models import Affidavit
from onboarding.models.affidavits import officer_digests

BATCH = 500
# Columns of keyed digests: the rows, the value that each digest is of, its column, and how it is made.
DIGESTS: tuple[tuple[Any, str, str, Callable[[str], list[str]]], ...] = (
    (Phone.objects, "number", "number_digest", number_digests),
    (Invitation.objects, "email", "email_digest", invited_digests),
    (Affidavit.objects, "officer_email", "officer_digest", officer_digests),
)
# What allauth keeps of a second factor is JSON with these values encrypted.
_AUTHENTICATOR_VALUES = ("secret", "seed", "migrated_codes")
NO_KEY = -1


def encrypted_fields() -> Iterator[tuple[type[Model], "Field[Any, Any]"]]:
    """Yield every encrypted column of every app."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField | EncryptedJSONField):
                yield model, field


def rotate_column(model: type[Model], field: "Field[Any, Any]") -> int:
    """Encrypt one column again, in batches; return how many values changed.

    It may run while the site does: a value that a person changes in the meantime stays as they wrote it,
    with the newest key. A value that no key fits stays as it is.
    """
    changed = 0
    for pk, ciphertext in _ciphertexts(model, field):
        if not is_newest(ciphertext):
            value = field.from_db_value(ciphertext, None, None)  # type: ignore[attr-defined]
            if is_unreadable(value):
                continue
            changed += _rows(model, field).filter(pk=pk, ciphertext=ciphertext).update(**{field.name: value})
    return changed


def rotate_second_factors() -> int:
    """Encrypt the seeds of second factors again; return how many."""
    changed = 0
    for authenticator in Authenticator.objects.order_by("pk").iterator(chunk_size=BATCH):
        data = {
            name: _rotated(value) if name in _AUTHENTICATOR_VALUES else value
            for name, value in authenticator.data.items()
        }
        if data != authenticator.data:
            # Recovery codes are marked used in the same column: leave what has changed since.
            changed += Authenticator.objects.filter(pk=authenticator.pk, data=authenticator.data).update(data=data)
    return changed


def rotate_history() -> int:
    """Encrypt what the history says about people again; return how many entries."""
    changed = 0
    for entry in _personal_entries():
        changes = {
            name: [_rotated(value) for value in values] if name in PERSONAL else values
            for name, values in entry.changes.items()
        }
        if changes != entry.changes:
            changed += LogEntry.objects.filter(pk=entry.pk).update(changes=changes)
    return changed


def renew_digests() -> Iterator[tuple[str, int]]:
    """Recompute each column of digests that is kept for long with SECRET_KEY; yield its name and how many changed."""
    for rows, value, column, digests_of in DIGESTS:
        changed = 0
        for pk, text, kept in rows.values_list("pk", value, column).iterator(chunk_size=BATCH):
            if not is_unreadable(text) and (newest := digests_of(text)[0]) != kept:
                changed += rows.filter(pk=pk, **{column: kept}).update(**{column: newest})
        yield f"{rows.model._meta.label}.{column}", changed
    yield "notifications.RefusedAddress.address_digest", RefusedAddress.objects.renew_digests()


def is_newest(ciphertext: str) -> bool:
    """Return whether the first of ENCRYPTION_KEYS opens `ciphertext`."""
    return _opens(Fernet(settings.ENCRYPTION_KEYS[0]), ciphertext)


def values_by_key() -> Counter[int]:
    """Count every encrypted value by the place in ENCRYPTION_KEYS of the key that opens it; NO_KEY if none does."""
    keys = [Fernet(key) for key in settings.ENCRYPTION_KEYS]
    found: Counter[int] = Counter()
    for ciphertext in _all_ciphertexts():
        found[next((place for place, key in enumerate(keys) if _opens(key, ciphertext)), NO_KEY)] += 1
    return found


def digests_by_key() -> Counter[int]:
    """Count the digests that are kept for longer than a day by the place of their key: SECRET_KEY, then its fallbacks.

    NO_KEY counts those that fit none, and those of values that no encryption key opens.
    """
    found: Counter[int] = Counter()
    for rows, value, column, digests_of in DIGESTS:
        for text, kept in rows.values_list(value, column).iterator(chunk_size=BATCH):
            digests = [] if is_unreadable(text) else digests_of(text)
            found[digests.index(kept) if kept in digests else NO_KEY] += 1
    for row in RefusedAddress.objects.select_related("user").iterator(chunk_size=BATCH):
        digests = address_digests(row.user.email)
        if row.address_digest in digests:  # else it is of a former address, and of no use
            found[digests.index(row.address_digest)] += 1
    return found


def connected() -> set[KnownKeys]:
    """Return which keys the processes know that are connected to the database within two seconds."""
    names: set[str] = set()
    if connection.vendor == "postgresql":
        for _look in range(8):
            with connection.cursor() as cursor:
                cursor.execute("SELECT application_name FROM pg_stat_activity WHERE datname = current_database()")
                names.update(name for (name,) in cursor.fetchall() if name)
            time.sleep(0.25)
    return known_keys.of_names(names)


def _all_ciphertexts() -> Iterator[str]:
    for model, field in encrypted_fields():
        yield from (ciphertext for _pk, ciphertext in _ciphertexts(model, field))
    for authenticator in Authenticator.objects.order_by("pk").iterator(chunk_size=BATCH):
        for name in _AUTHENTICATOR_VALUES:
            value = authenticator.data.get(name)
            yield from (each for each in (value if isinstance(value, list) else [value]) if isinstance(each, str))
    for entry in _personal_entries():
        yield from (value for name in PERSONAL for value in entry.changes.get(name, ()) if value)


def _personal_entries() -> Iterator[LogEntry]:
    return LogEntry.objects.filter(changes__has_any_keys=sorted(PERSONAL)).order_by("pk").iterator(chunk_size=BATCH)


def _rows(model: type[Model], field: "Field[Any, Any]") -> "QuerySet[Any]":
    return model._base_manager.annotate(ciphertext=Cast(field.name, TextField())).order_by("pk")


def _ciphertexts(model: type[Model], field: "Field[Any, Any]") -> Iterator[tuple[Any, str]]:
    """Yield the primary key and the ciphertext of each value, read in batches by key."""
    rows, last = _rows(model, field), None
    while batch := list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", "ciphertext")[:BATCH]):
        yield from ((pk, ciphertext) for pk, ciphertext in batch if ciphertext)
        last = batch[-1][0]


def _opens(key: Fernet, ciphertext: str) -> bool:
    try:
        key.decrypt(ciphertext.encode())
    except InvalidToken:
        return False
    return True


def _rotated(value: Any) -> Any:
    if isinstance(value, list):
        return [_rotated(each) for each in value]
    if not isinstance(value, str) or is_newest(value):
        return value
    try:
        return fernet().rotate(value.encode()).decode()
    except InvalidToken:
        return value
