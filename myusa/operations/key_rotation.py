"""Encrypt again, with the newest key, what an older key encrypted. docs/operations.md says when."""

from collections.abc import Iterator
from typing import Any

from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, InvalidToken
from django.apps import apps
from django.conf import settings
from django.db.models import Field, Model, TextField
from django.db.models.functions import Cast

from myusa.lib.database.encryption import EncryptedJSONField, EncryptedTextField, fernet

BATCH = 500
# What allauth keeps of a second factor is JSON with these values encrypted.
_AUTHENTICATOR_VALUES = ("secret", "seed", "migrated_codes")


def encrypted_fields() -> Iterator[tuple[type[Model], "Field[Any, Any]"]]:
    """Yield every encrypted column of every app."""
    for model in apps.get_models():
        for field in model._meta.local_fields:
            if isinstance(field, EncryptedTextField | EncryptedJSONField):
                yield model, field


def rotate_column(model: type[Model], field: "Field[Any, Any]") -> int:
    """Encrypt one column again, in batches; return how many values changed.

    It may run while the site does: a value that a person changes in the meantime stays as they wrote it,
    with the newest key. Raises `InvalidToken` if no key fits a value.
    """
    rows = model._base_manager.annotate(ciphertext=Cast(field.name, TextField())).order_by("pk")
    changed, last = 0, None
    while batch := list((rows if last is None else rows.filter(pk__gt=last)).values_list("pk", "ciphertext")[:BATCH]):
        for pk, ciphertext in batch:
            if ciphertext and not is_newest(ciphertext):
                value = field.from_db_value(ciphertext, None, None)  # type: ignore[attr-defined]
                changed += rows.filter(pk=pk, ciphertext=ciphertext).update(**{field.name: value})
        last = batch[-1][0]
    return changed


def rotate_second_factors() -> int:
    """Encrypt the seeds of second factors again; return how many."""
    changed = 0
    for authenticator in Authenticator.objects.order_by("pk").iterator(chunk_size=BATCH):
        data = {name: _rotated(name, value) for name, value in authenticator.data.items()}
        if data != authenticator.data:
            # Recovery codes are marked used in the same column: leave what has changed since.
            changed += Authenticator.objects.filter(pk=authenticator.pk, data=authenticator.data).update(data=data)
    return changed


def is_newest(ciphertext: str) -> bool:
    """Return whether the first of ENCRYPTION_KEYS opens `ciphertext`."""
    try:
        Fernet(settings.ENCRYPTION_KEYS[0]).decrypt(ciphertext.encode())
    except InvalidToken:
        return False
    return True


def _rotated(name: str, value: Any) -> Any:
    if name not in _AUTHENTICATOR_VALUES:
        return value
    if isinstance(value, list):
        return [_rotated(name, each) for each in value]
    return value if not isinstance(value, str) or is_newest(value) else fernet().rotate(value.encode()).decode()
