"""Read the whole database as text, table by table."""

from collections.abc import Collection, Iterator

from django.db import connection


def rows(*, but: Collection[str] = ()) -> Iterator[tuple[str, str]]:
    """Yield (table, row) for every row of every table except those named in `but`; binary values as what they hold."""
    with connection.cursor() as cursor:
        for table in sorted(connection.introspection.table_names(cursor)):
            if table in but:
                continue
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            for row in cursor.fetchall():
                yield table, " | ".join(_text(value) for value in row)


def _text(value: object) -> str:
    return bytes(value).decode("latin-1") if isinstance(value, bytes | bytearray | memoryview) else str(value)
