"""Transactions that take turns: rules about many rows, such as "at most six", are checked by one at a time."""

import hashlib

from django.db import connection


def take_turn(*names: str) -> None:
    """Wait for other transactions that took one of these names; others wait until this transaction ends.

    On SQLite all transactions take turns, because they begin with the lock for writing.
    """
    if connection.vendor != "postgresql":
        return
    keys = sorted({int.from_bytes(hashlib.sha256(each.encode()).digest()[:8], signed=True) for each in names})
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(name) FROM unnest(%s::bigint[]) AS name", [keys])
