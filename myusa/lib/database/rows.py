"""Rows of a query by name: the fields of a row type name the columns, so no value can land in the wrong field.

A row type is a NamedTuple or a dataclass. A field reads the lookup of its own name, or the one that
`Annotated[str, "application__client_id"]` gives. A field whose type is a row type itself reads its fields below that
lookup; `Annotated[Other, ""]` reads them next to its own.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import fields, is_dataclass
from functools import cache
from typing import Annotated, Any, Generic, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

from django.db import DEFAULT_DB_ALIAS, models

Row = TypeVar("Row")
Model = TypeVar("Model", bound=models.Model)


class Rows(Generic[Row]):
    """Reads rows of one type: `columns` for `values_list`, and `make` to build a row from its values."""

    def __init__(self, row_type: type[Row]) -> None:
        self.columns, self.make = _read(row_type)

    def select(self, queryset: models.QuerySet[Any]) -> "models.QuerySet[Any, Any]":
        """Return the queryset with the columns of the row type.

        Raises FieldError for a field without a column, and TypeError for an annotation that no field reads.
        """
        unread = set(queryset.query.annotations) - set(self.columns)
        if unread:
            raise TypeError(f"No field of the row type reads {', '.join(sorted(unread))}.")
        return queryset.values_list(*self.columns)

    def of(self, queryset: models.QuerySet[Any]) -> Iterator[Row]:
        """Run the query and yield its rows."""
        return map(self.make, self.select(queryset))


def instance(model: type[Model], row: NamedTuple) -> Model:
    """Return the model instance with the values of a row whose fields are columns of it; others stay deferred."""
    names = _column_names(model, type(row))
    return model.from_db(DEFAULT_DB_ALIAS, names, [getattr(row, name) for name in names])


@cache
def _column_names(model: type[models.Model], row_type: type) -> list[str]:
    """Return the columns among the row type's fields in the model's order, in which `from_db` takes them."""
    wanted = {name for name, _hint in _fields(row_type)}
    return [field.attname for field in model._meta.concrete_fields if field.attname in wanted]


def _read(row_type: type[Row], prefix: str = "") -> tuple[list[str], Callable[[Sequence[Any]], Row]]:
    columns: list[str] = []
    nested: list[tuple[int, int, Callable[[Sequence[Any]], Any] | None]] = []
    for name, hint in _fields(row_type):
        lookup, kind = name, hint
        if get_origin(hint) is Annotated:
            kind, lookup = get_args(hint)[:2]
        path = "__".join(part for part in (prefix, lookup) if part)
        start = len(columns)
        if _is_row_type(kind):
            inner, make = _read(kind, path)
            columns += inner
            nested.append((start, len(columns), make))
        else:
            columns.append(path)
            nested.append((start, start + 1, None))
    if all(make is None for _start, _end, make in nested):
        return columns, lambda values: row_type(*values)

    def build(values: Sequence[Any]) -> Row:
        return row_type(*[values[start] if make is None else make(values[start:end]) for start, end, make in nested])

    return columns, build


def _fields(row_type: type) -> list[tuple[str, Any]]:
    hints = get_type_hints(row_type, include_extras=True)
    names = [each.name for each in fields(row_type)] if is_dataclass(row_type) else getattr(row_type, "_fields")  # noqa: B009
    return [(name, hints[name]) for name in names]


def _is_row_type(kind: Any) -> bool:
    return isinstance(kind, type) and (is_dataclass(kind) or hasattr(kind, "_fields"))
