"""Statements of the hot paths, compiled by the ORM once and then only executed.

Building and compiling a query costs Django more than PostgreSQL needs to run it (docs/decisions/0011). `Select`,
`Insert`, `InsertWithChildren` and `Exchange` keep the models as the source of their SQL (columns, joins, converters)
and compile it once, for PostgreSQL. On SQLite, and with COMPILED_STATEMENTS=false, they do the same through the ORM.
"""

from collections.abc import Callable, Sequence
from contextlib import nullcontext
from datetime import datetime
from functools import cached_property
from typing import Any, Generic, TypeVar

from django.conf import settings
from django.db import DEFAULT_DB_ALIAS, connection, connections, models, transaction

from myusa.lib.database.rows import Row, Rows

Model = TypeVar("Model", bound=models.Model)
Values = tuple[Any, ...]


def prepared_cursor(database: Any = None) -> Any:
    """Return a cursor whose statements the server plans once per connection, where the backend can do that."""
    database = database or connections[DEFAULT_DB_ALIAS]
    return getattr(database, "prepared_cursor", database.cursor)()


def _is_compiled() -> bool:
    """Whether statements are our own: on PostgreSQL, whose CTEs can also write several rows in one, unless switched off."""
    return settings.COMPILED_STATEMENTS and connections[DEFAULT_DB_ALIAS].vendor == "postgresql"


class Select(Generic[Row]):
    """A SELECT of one row.

    `build` receives one marker per text parameter and returns a queryset that filters on them; `row_type` names the
    columns (`Rows`). A wrong name raises at import. Markers must reach the database unchanged, so parameters are
    compared with text or integer columns only.
    """

    def __init__(self, build: Callable[..., models.QuerySet[Any]], row_type: type[Row], *kinds: type) -> None:
        self._build, self._rows = build, Rows(row_type)
        self._markers: list[str | int] = [
            7_000_000_000_000_000_000 + index if kind is int else f"parameter-{index}"
            for index, kind in enumerate(kinds or (str,))
        ]
        self._marked = self._rows.select(build(*self._markers))

    def one(self, *parameters: str | int) -> Row | None:
        """Run the statement and return its row, or None."""
        if not _is_compiled():
            values = self._rows.select(self._build(*parameters)).first()
            return None if values is None else self._rows.make(values)
        database = connections[DEFAULT_DB_ALIAS]  # `connection` would look it up at every use
        sql, slots, converters = self._compiled
        with prepared_cursor(database) as cursor:
            cursor.execute(sql, [parameters[slot[0]] if isinstance(slot, tuple) else slot for slot in slots])
            found = cursor.fetchone()
        if found is None:
            return None
        result = list(found)
        for position, functions, expression in converters:
            for convert in functions:
                result[position] = convert(result[position], expression, database)
        return self._rows.make(result)

    @cached_property
    def _compiled(self) -> tuple[str, list[Any], list[tuple[int, list[Any], Any]]]:
        compiler = self._marked.query.get_compiler(connection=connection)
        sql, values = compiler.as_sql()
        slots = [(self._markers.index(value),) if value in self._markers else value for value in values]
        columns = [expression for expression, _sql, _alias in compiler.select]
        converters = [(position, *each) for position, each in compiler.get_converters(columns).items()]
        return sql, slots, converters


class _Columns:
    """The columns of a model that a statement writes, and its parts of SQL."""

    def __init__(self, model: type[models.Model], names: Sequence[str]) -> None:
        self.model, self.names = model, tuple(names)
        self.fields: list[Any] = [model._meta.get_field(name) for name in names]

    def prepare(self, values: Sequence[Any]) -> list[Any]:
        """Return the values as the database takes them."""
        return [field.get_db_prep_save(value, connection) for field, value in zip(self.fields, values, strict=True)]

    def values_of(self, instance: models.Model) -> list[Any]:
        return self.prepare([getattr(instance, field.attname) for field in self.fields])

    def insert_into(self) -> str:
        quote = connection.ops.quote_name
        columns = ", ".join(quote(field.column) for field in self.fields)
        return f"INSERT INTO {quote(self.model._meta.db_table)} ({columns})"

    def places(self) -> str:
        return ", ".join(["%s"] * len(self.fields))

    def typed_places(self) -> str:
        """Return the placeholders of a row of VALUES: in a subquery their values are text unless cast."""
        kinds = [
            field.rel_db_type(connection) if field.is_relation else field.db_type(connection) for field in self.fields
        ]
        return ", ".join(f"%s::{kind}" for kind in kinds)


class Insert(Generic[Row]):
    """An INSERT of one row, given as a `row_type` whose fields are columns of `model`. A wrong name raises at import.

    The table's other columns may be NULL or have a default in the database. With `durable=False` PostgreSQL answers
    before the row is on disk, so a crash of the server in the next moment loses it: for what its owner can ask for
    again.
    """

    def __init__(self, model: type[models.Model], row_type: type[Row], *, durable: bool = True) -> None:
        self.columns, self._durable = _Columns(model, Rows(row_type).columns), durable

    def run(self, row: Any) -> None:
        """Insert the row."""
        if not _is_compiled():
            names = [field.attname for field in self.columns.fields]
            self.columns.model(**dict(zip(names, row, strict=True))).save(force_insert=True)
            return
        with prepared_cursor() as cursor:
            cursor.execute(self._compiled, self.columns.prepare(row))

    def select_from(self, source: str) -> str:
        """Return the statement that inserts one row for each row of `source`."""
        return f"{self.columns.insert_into()} SELECT {self.columns.places()} FROM {source}"  # noqa: S608 (names only)

    @cached_property
    def _compiled(self) -> str:
        if self._durable:
            return self.select_from("(SELECT 1) AS once")
        return f"WITH once AS (SELECT set_config('synchronous_commit', 'off', true)) {self.select_from('once')}"


class InsertWithChildren(Generic[Model]):
    """An INSERT of a row and the rows that point to it by the foreign key `link`: all of them or none.

    On PostgreSQL it is one statement, which needs no transaction around it. It writes every column except keys and
    those that the database fills in.
    """

    def __init__(self, parent: type[Model], child: type[models.Model], link: str) -> None:
        self._parent, self._link = _Columns(parent, _written(parent)), link
        self._child = _Columns(child, [name for name in _written(child) if name != link])
        self._compiled: dict[int, str] = {}

    def run(self, parent: Model, children: Sequence[models.Model]) -> None:
        """Insert the rows and set the parent's key. Raises IntegrityError, having written nothing."""
        if _is_compiled():
            # Inside someone's transaction a savepoint keeps it usable after an IntegrityError.
            with transaction.atomic() if connection.in_atomic_block else nullcontext():
                self._run_as_one(parent, children)
            return
        with transaction.atomic():
            parent.save(force_insert=True)
            for child in children:
                setattr(child, self._link, parent)
            self._child.model._base_manager.bulk_create(children)

    def _run_as_one(self, parent: Model, children: Sequence[models.Model]) -> None:
        sql = self._compiled.get(len(children)) or self._compile(len(children))
        values = self._parent.values_of(parent)
        for child in children:
            values += self._child.values_of(child)
        with prepared_cursor() as cursor:
            cursor.execute(sql, values)
            (parent.pk,) = cursor.fetchone()
        parent._state.adding = False

    def _compile(self, count: int) -> str:
        quote = connection.ops.quote_name
        key_field: Any = self._parent.model._meta.pk
        key = quote(key_field.column)
        parts = [f"parent AS ({self._parent.insert_into()} VALUES ({self._parent.places()}) RETURNING {key})"]
        if count:
            columns = _Columns(self._child.model, [self._link, *self._child.names])
            rows = ", ".join([f"({self._child.typed_places()})"] * count)
            source = f"SELECT parent.{key}, given.* FROM parent, (VALUES {rows}) AS given"  # noqa: S608 (names only)
            parts.append(f"children AS ({columns.insert_into()} {source})")
        self._compiled[count] = f"WITH {', '.join(parts)} SELECT {key} FROM parent"  # noqa: S608 (names only)
        return self._compiled[count]


def _written(model: type[models.Model]) -> list[str]:
    fields = model._meta.concrete_fields
    return [field.name for field in fields if not field.primary_key and not field.has_db_default()]


class Exchange:
    """Sets a time column that is still NULL and, where that succeeds, inserts rows: of many who try at once, one does.

    It is one transaction; on PostgreSQL one statement.
    """

    def __init__(self, model: type[models.Model], field: str, *inserts: Insert[Any]) -> None:
        self._model, self._field, self._inserts = model, model._meta.get_field(field), inserts

    def run(self, pk: int, at: datetime, *rows: Any) -> bool:
        """Set the column of one row, insert `rows`, one for each insert, and say whether this call did it."""
        pairs = list(zip(self._inserts, rows, strict=True))
        if _is_compiled():
            values = [value for insert, row in pairs for value in insert.columns.prepare(row)]
            time: Any = self._field
            with prepared_cursor() as cursor:
                cursor.execute(self._at_once, [time.get_db_prep_save(at, connection), pk, *values])
                return bool(cursor.rowcount)
        with transaction.atomic():
            name = self._field.name
            if not self._model._base_manager.filter(pk=pk, **{name: None}).update(**{name: at}):
                return False
            for insert, row in pairs:
                insert.run(row)
        return True

    @cached_property
    def _at_once(self) -> str:
        quote, meta = connection.ops.quote_name, self._model._meta
        key_field: Any = meta.pk
        time: Any = self._field
        column, key = quote(time.column), quote(key_field.column)
        claim = f"UPDATE {quote(meta.db_table)} SET {column} = %s WHERE {key} = %s AND {column} IS NULL"  # noqa: S608 (names only)
        *others, last = (insert.select_from("claimed") for insert in self._inserts)
        parts = [f"claimed AS ({claim} RETURNING 1)"]
        parts += [f"inserted_{number} AS ({statement})" for number, statement in enumerate(others)]
        return f"WITH {', '.join(parts)} {last}"
