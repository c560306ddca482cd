"""CSV downloads that a spreadsheet opens as text."""

import csv
from collections.abc import Iterable, Sequence
from itertools import chain
from typing import Any

from django.http import HttpResponse, StreamingHttpResponse

# Spreadsheets run a cell that begins with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_response(name: str, head: Sequence[str], rows: Iterable[Iterable[Any]]) -> HttpResponse:
    """Return `rows` as the download `<name>.csv`, with an apostrophe before each text that would run as a formula.

    Numbers are unchanged, so spreadsheets can sum negative ones.
    """
    response = HttpResponse(content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    writer = csv.writer(response)
    writer.writerow(head)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return response


def streamed_csv(name: str, head: Sequence[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Return the same as `csv_response`, row by row, so its length does not matter."""
    writer = csv.writer(_Echo())
    lines = (writer.writerow([_cell(value) for value in row]) for row in chain([head], rows))
    response = StreamingHttpResponse(lines, content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


class _Echo:
    """A file that returns what is written to it."""

    def write(self, line: str) -> str:
        return line


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
