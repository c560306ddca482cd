"""Which keys each process knows: short marks in the names of its database connections.

A key may be used to write only when every process can read it. `manage.py rotate_keys --check` reads the marks of all
connections, so no one has to remember which machine was restarted with which keys.
"""

import hashlib
import re
from collections.abc import Iterable
from dataclasses import dataclass

from django.conf import settings

_MARK = re.compile(r"e=([0-9a-f,]*) s=([0-9a-f,]*)")


@dataclass(frozen=True)
class KnownKeys:
    """The fingerprints of ENCRYPTION_KEYS, and of SECRET_KEY with its fallbacks, each in the order of the settings."""

    encryption: tuple[str, ...]
    signing: tuple[str, ...]


def fingerprint(key: str) -> str:
    """Return a short name of a key that tells nothing about it."""
    return hashlib.sha256(f"fingerprint:{key}".encode()).hexdigest()[:6]


def own() -> KnownKeys:
    """Return what this process knows."""
    return KnownKeys(
        tuple(map(fingerprint, settings.ENCRYPTION_KEYS)),
        tuple(map(fingerprint, [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS])),
    )


def mark(name: str) -> str:
    """Return the name of a connection of this process. PostgreSQL cuts names after 63 bytes."""
    keys = own()
    return f"{name[:12]} e={','.join(keys.encryption)} s={','.join(keys.signing)}"


def of_names(names: Iterable[str]) -> set[KnownKeys]:
    """Return what the processes know that gave these names to their connections."""
    found = (_MARK.search(name) for name in names)
    return {KnownKeys(_split(each[1]), _split(each[2])) for each in found if each}


def _split(text: str) -> tuple[str, ...]:
    return tuple(each for each in text.split(",") if len(each) == len(fingerprint("")))
