"""Columns that are encrypted at rest with rotating keys (`ENCRYPTION_KEYS`, Fernet).

A value that no key decrypts does not stop the row from loading. It reads as an empty text or object that
`is_unreadable` recognizes, and saving it writes the same ciphertext again. Code that would do something wrong with
an empty value, such as send a message or merge new values into it, takes it through `readable`.
"""

import base64
import hashlib
import json
import time
from functools import lru_cache
from typing import Any

import structlog
from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models
from prometheus_client import Counter

logger = structlog.get_logger(__name__)
_unreadable = Counter(
    "myusa_unreadable_values", "Encrypted values that were read and that no key decrypts.", ["column"]
)
_LOG_SECONDS = 60.0
_logged: dict[str, float] = {}


class UnreadableValue(InvalidToken):
    """An encrypted value is needed that none of ENCRYPTION_KEYS decrypts."""


class UnreadableText(str):
    """In place of a text that no key decrypts."""

    ciphertext: str


class UnreadableObject(dict[str, Any]):
    """In place of a JSON value that no key decrypts."""

    ciphertext: str


@lru_cache(maxsize=4)
def _fernet(keys: tuple[str, ...], secret_key: str) -> MultiFernet:
    if not keys:  # only outside production: a system check refuses a production start without keys
        keys = (base64.urlsafe_b64encode(hashlib.sha256(f"encryption:{secret_key}".encode()).digest()).decode(),)
    return MultiFernet([Fernet(key) for key in keys])


def fernet() -> MultiFernet:
    """Return the cipher of the current keys: the first key encrypts, all of them decrypt."""
    return _fernet(tuple(settings.ENCRYPTION_KEYS), settings.SECRET_KEY)


def encrypt(text: str) -> str:
    """Encrypt `text` with the newest key."""
    return fernet().encrypt(text.encode()).decode()


def decrypt(token: str) -> str:
    """Decrypt what `encrypt` made; raise `cryptography.fernet.InvalidToken` if no key fits."""
    return fernet().decrypt(token.encode()).decode()


def is_unreadable(value: Any) -> bool:
    """Return whether `value` was read from an encrypted column and no key decrypts it."""
    return isinstance(value, UnreadableText | UnreadableObject)


def readable(value: Any) -> Any:
    """Return `value`; raise UnreadableValue if no key decrypts it."""
    if is_unreadable(value):
        raise UnreadableValue
    return value


def count_unreadable(column: str) -> None:
    """Count a value that no key decrypts, and log it, at most once a minute for each column."""
    _unreadable.labels(column).inc()
    now = time.monotonic()
    if now - _logged.get(column, -_LOG_SECONDS) >= _LOG_SECONDS:
        _logged[column] = now
        logger.error("value_unreadable", column=column, hint="Put the missing key back into ENCRYPTION_KEYS.")


def _unreadable_value(kind: Any, ciphertext: str, field: "models.Field[Any, Any]") -> Any:
    count_unreadable(f"{field.model._meta.label}.{field.name}")
    value = kind()
    value.ciphertext = ciphertext
    return value


class EncryptedTextField(models.TextField):
    """A text column that holds ciphertext; it can be neither searched nor ordered by."""

    def get_prep_value(self, value: Any) -> Any:
        if is_unreadable(value):
            return value.ciphertext
        value = super().get_prep_value(value)
        return value if value in (None, "") else encrypt(value)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        if value is None or value == "":
            return value
        try:
            return decrypt(value)
        except InvalidToken:
            return _unreadable_value(UnreadableText, value, self)  # type: ignore[no-any-return]


class EncryptedJSONField(models.TextField):
    """A JSON value that is stored as ciphertext."""

    # What the type checker takes an attribute of a model for: any JSON value, not text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        if is_unreadable(value):
            return value.ciphertext
        return None if value is None else encrypt(json.dumps(value, separators=(",", ":")))

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        if value is None or value == "":
            return None
        try:
            return json.loads(decrypt(value))
        except InvalidToken:
            return _unreadable_value(UnreadableObject, value, self)

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))


__all__ = [
    "EncryptedJSONField",
    "EncryptedTextField",
    "InvalidToken",
    "UnreadableValue",
    "count_unreadable",
    "decrypt",
    "encrypt",
    "fernet",
    "is_unreadable",
    "readable",
]
