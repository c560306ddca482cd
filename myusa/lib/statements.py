"""Statements of the hot paths, compiled by the ORM once and then only executed.

Building and compiling a query costs Django more than PostgreSQL needs to answer it. A `Select`, an
`Insert` or a `Claim` keeps the ORM as the source of its SQL (columns, joins, converters) and pays for it
once per database vendor.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Any, Generic, TypeVar

from django.db import connection, models

Row = TypeVar("Row")


def prepared_cursor() -> Any:
    """Return a cursor whose statements the server plans once per connection, where the backend can do that."""
    return getattr(connection, "prepared_cursor", connection.cursor)()


class Select(Generic[Row]):
    """A SELECT of one row.

    `build` receives one marker per text parameter and returns a `values_list` queryset that filters on them;
    `row` makes the result from the values. Markers must reach the database unchanged, so parameters are
    compared with text or integer columns only.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any, Any]], row: Callable[..., Row], *kinds: type) -> None:
        self._build, self._row = build, row
        self._markers: list[str | int] = [
            7_000_000_000_000_000_000 + index if kind is int else f"parameter-{index}"
            for index, kind in enumerate(kinds or (str,))
        ]
        self._compiled: dict[str, tuple[str, list[Any], list[tuple[int, list[Any], Any]]]] = {}

    def one(self, *parameters: str | int) -> Row | None:
        """Run the statement and return its row, or None."""
        sql, slots, converters = self._compiled.get(connection.vendor) or self._compile()
        values = [parameters[slot[0]] if isinstance(slot, tuple) else slot for slot in slots]
        with prepared_cursor() as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchone()
        if found is None:
            return None
        result = list(found)
        for position, functions, expression in converters:
            for convert in functions:
                result[position] = convert(result[position], expression, connection)
        return self._row(*result)

    def _compile(self) -> tuple[str, list[Any], list[tuple[int, list[Any], Any]]]:
        compiler = self._build(*self._markers).query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        slots = [(self._markers.index(value),) if value in self._markers else value for value in values]
        columns = [expression for expression, _sql, _alias in compiler.select]
        converters = [(position, *each) for position, each in compiler.get_converters(columns).items()]
        self._compiled[connection.vendor] = (sql, slots, converters)
        return self._compiled[connection.vendor]


class Insert:
    """An INSERT of one row into a table whose remaining columns may be NULL or have no other value."""

    def __init__(self, model: type[models.Model], *fields: str) -> None:
        self._model, self._names = model, fields
        self._compiled: dict[str, tuple[str, list[Any]]] = {}

    def run(self, values: Sequence[Any]) -> None:
        """Insert one row with the values of the fields, in their order."""
        sql, fields = self._compiled.get(connection.vendor) or self._compile()
        with connection.cursor() as cursor:
            cursor.execute(
                sql, [field.get_db_prep_save(value, connection) for field, value in zip(fields, values, strict=True)]
            )

    def _compile(self) -> tuple[str, list[Any]]:
        fields: list[Any] = [self._model._meta.get_field(name) for name in self._names]
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in fields)
        places = ", ".join(["%s"] * len(fields))
        sql = f"INSERT INTO {quote(self._model._meta.db_table)} ({columns}) VALUES ({places})"  # noqa: S608 (names only)
        self._compiled[connection.vendor] = (sql, fields)
        return self._compiled[connection.vendor]


class Claim:
    """Sets a time column that is still NULL: of many who try at once, one succeeds."""

    def __init__(self, model: type[models.Model], field: str) -> None:
        self._model, self._name = model, field
        self._compiled: dict[str, tuple[str, Any]] = {}

    def run(self, pk: int, at: datetime) -> bool:
        """Set the column of one row and say whether this call was the one that did."""
        sql, field = self._compiled.get(connection.vendor) or self._compile()
        with prepared_cursor() as cursor:
            cursor.execute(sql, [field.get_db_prep_save(at, connection), pk])
            return bool(cursor.rowcount)

    def _compile(self) -> tuple[str, Any]:
        quote, meta = connection.ops.quote_name, self._model._meta
        field: Any = meta.get_field(self._name)
        key_field: Any = meta.pk
        column, key = quote(field.column), quote(key_field.column)
        sql = f"UPDATE {quote(meta.db_table)} SET {column} = %s WHERE {key} = %s AND {column} IS NULL"  # noqa: S608 (names only)
        self._compiled[connection.vendor] = (sql, field)
        return self._compiled[connection.vendor]
