"""The rows that migrations write, kept in memory and put back after a test that really commits.

Django truncates every table after such a test and loads a serialized copy object by object before the next one, which
takes seconds; here only tables with rows are emptied, and the seeded ones are filled as they were.
"""

from typing import Any

from django.db import connection, transaction
from django.test import TransactionTestCase

_seeded: dict[str, Any] = {}


def remember() -> None:
    """Keep the rows of the new test database, and use them after every test that commits."""
    with connection.cursor() as cursor:
        _seeded.update({table: _read(cursor, table) for table in _with_rows(cursor)})
    setattr(TransactionTestCase, "_fixture_teardown", lambda _test: restore())  # noqa: B010 (no public hook)


def restore() -> None:
    """Give every table the rows that it had when the database was new."""
    with transaction.atomic(), connection.cursor() as cursor:
        for table in _with_rows(cursor):  # constraints are checked at the end, so in any order
            cursor.execute(f"DELETE FROM {connection.ops.quote_name(table)}")
        for table, rows in _seeded.items():
            _write(cursor, table, rows)


def _with_rows(cursor: Any) -> list[str]:
    quote = connection.ops.quote_name
    tables = set(connection.introspection.django_table_names(include_views=False)) - {"django_migrations"}
    each = [f"SELECT '{table}' WHERE EXISTS (SELECT 1 FROM {quote(table)})" for table in sorted(tables)]
    found: list[str] = []
    for first in range(0, len(each), 100):  # SQLite takes 500 parts at most
        cursor.execute(" UNION ALL ".join(each[first : first + 100]))
        found += [table for (table,) in cursor.fetchall()]
    return found


def _read(cursor: Any, table: str) -> Any:
    quoted = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {quoted} TO STDOUT") as copy:
            return b"".join(copy)
    cursor.execute(f"SELECT * FROM {quoted}")
    return cursor.fetchall()


def _write(cursor: Any, table: str, rows: Any) -> None:
    quoted = connection.ops.quote_name(table)
    if connection.vendor == "postgresql":
        with cursor.copy(f"COPY {quoted} FROM STDIN") as copy:
            copy.write(rows)
        return
    places = ", ".join(["%s"] * len(rows[0]))
    cursor.executemany(f"INSERT INTO {quoted} VALUES ({places})", rows)
