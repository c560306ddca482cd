"""Statements of the hot paths, compiled by the ORM once and then only executed.

Building and compiling a query costs Django more than PostgreSQL needs to answer it. A `Select`, an
`Insert` or an `Exchange` keeps the models as the source of its SQL (columns, joins, converters) and pays for it
once per database vendor.
"""

from collections.abc import Callable, Sequence
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction

Row = TypeVar("Row")


def prepared_cursor(database: Any = None) -> Any:
    """Return a cursor whose statements the server plans once per connection, where the backend can do that."""
    database = database or connections[DEFAULT_DB_ALIAS]
    return getattr(database, "prepared_cursor", database.cursor)()


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
        database = connections[DEFAULT_DB_ALIAS]  # `connection` would look it up at every use
        sql, slots, converters = self._compiled.get(database.vendor) or self._compile()
        values = [parameters[slot[0]] if isinstance(slot, tuple) else slot for slot in slots]
        with prepared_cursor(database) as cursor:
            cursor.execute(sql, values)
            found = cursor.fetchone()
        if found is None:
            return None
        result = list(found)
        for position, functions, expression in converters:
            for convert in functions:
                result[position] = convert(result[position], expression, database)
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
    """An INSERT of one row into a table whose remaining columns may be NULL or have no other value.

    With `durable=False` PostgreSQL answers before the row is on disk, so that a crash of the server in the next
    moment loses it: for what its owner can simply ask for again.
    """

    def __init__(self, model: type[models.Model], *fields: str, durable: bool = True) -> None:
        self._model, self._names, self._durable = model, fields, durable
        self._compiled: dict[str, str] = {}

    def run(self, values: Sequence[Any]) -> None:
        """Insert one row with the values of the fields, in their order."""
        sql = self._compiled.get(connection.vendor) or self._compile()
        with prepared_cursor() as cursor:
            cursor.execute(sql, self.prepare(values))

    def prepare(self, values: Sequence[Any]) -> list[Any]:
        """Return the values as the database takes them."""
        return [field.get_db_prep_save(value, connection) for field, value in zip(self._fields, values, strict=True)]

    def select_from(self, source: str) -> str:
        """Return the statement that inserts one row for each row of `source`."""
        quote = connection.ops.quote_name
        columns = ", ".join(quote(str(field.column)) for field in self._fields)
        places = ", ".join(["%s"] * len(self._fields))
        return f"INSERT INTO {quote(self._model._meta.db_table)} ({columns}) SELECT {places} FROM {source}"  # noqa: S608 (names only)

    @cached_property
    def _fields(self) -> list[Any]:
        return [self._model._meta.get_field(name) for name in self._names]

    def _compile(self) -> str:
        if self._durable or connection.vendor != "postgresql":
            sql = self.select_from("(SELECT 1) AS once")
        else:
            sql = f"WITH once AS (SELECT set_config('synchronous_commit', 'off', true)) {self.select_from('once')}"
        self._compiled[connection.vendor] = sql
        return sql


class Exchange:
    """Sets a time column that is still NULL and, where that succeeds, inserts rows: of many who try at once, one does.

    It is one transaction; on PostgreSQL one statement.
    """

    def __init__(self, model: type[models.Model], field: str, *inserts: Insert) -> None:
        self._model, self._name, self._inserts = model, field, inserts

    def run(self, pk: int, at: datetime, *rows: Sequence[Any]) -> bool:
        """Set the column of one row, insert `rows`, one for each insert, and say whether this call did it."""
        at = self._field.get_db_prep_save(at, connection)
        if connection.vendor == "postgresql":
            values = [value for insert, row in zip(self._inserts, rows, strict=True) for value in insert.prepare(row)]
            with prepared_cursor() as cursor:
                cursor.execute(self._at_once, [at, pk, *values])
                return bool(cursor.rowcount)
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(self._claim, [at, pk])
            if not cursor.rowcount:
                return False
            for insert, row in zip(self._inserts, rows, strict=True):
                insert.run(row)
        return True

    @cached_property
    def _field(self) -> Any:
        return self._model._meta.get_field(self._name)

    @cached_property
    def _claim(self) -> str:
        quote, meta = connection.ops.quote_name, self._model._meta
        key_field: Any = meta.pk
        column, key = quote(self._field.column), quote(key_field.column)
        return f"UPDATE {quote(meta.db_table)} SET {column} = %s WHERE {key} = %s AND {column} IS NULL"  # noqa: S608 (names only)

    @cached_property
    def _at_once(self) -> str:
        *others, last = (insert.select_from("claimed") for insert in self._inserts)
        parts = [f"claimed AS ({self._claim} RETURNING 1)"]
        parts += [f"inserted_{number} AS ({statement})" for number, statement in enumerate(others)]
        return f"WITH {', '.join(parts)} {last}"
