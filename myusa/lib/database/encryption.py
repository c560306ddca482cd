"""Columns that are encrypted at rest with rotating keys (`ENCRYPTION_KEYS`, Fernet)."""

import base64
import hashlib
import json
from functools import lru_cache
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.db import models


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


class EncryptedTextField(models.TextField):
    """A text column that holds ciphertext; it can be neither searched nor ordered by."""

    def get_prep_value(self, value: Any) -> Any:
        value = super().get_prep_value(value)
        return value if value in (None, "") else encrypt(value)

    def from_db_value(self, value: str | None, expression: object, connection: object) -> str | None:
        return value if value in (None, "") else decrypt(value)  # type: ignore[arg-type]


class EncryptedJSONField(models.TextField):
    """A JSON value that is stored as ciphertext."""

    # What the type checker takes an attribute of a model for: any JSON value, not text.
    _pyi_private_set_type: Any
    _pyi_private_get_type: Any

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else encrypt(json.dumps(value, separators=(",", ":")))

    def from_db_value(self, value: str | None, expression: object, connection: object) -> Any:
        return None if value in (None, "") else json.loads(decrypt(value))  # type: ignore[arg-type]

    def to_python(self, value: Any) -> Any:
        return json.loads(value) if isinstance(value, str) else value

    def value_to_string(self, obj: models.Model) -> str:
        return json.dumps(self.value_from_object(obj))


__all__ = ["EncryptedJSONField", "EncryptedTextField", "InvalidToken", "decrypt", "encrypt", "fernet"]
