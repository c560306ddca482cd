"""CSV downloads that a spreadsheet opens as text."""

import csv
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice
from typing import Any

from django.http import StreamingHttpResponse

# Spreadsheets run a cell that begins with one of these as a formula.
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")
# Rows that are read from the database, and sent, together.
CHUNK = 500


def csv_response(name: str, head: Sequence[str], rows: Iterable[Iterable[Any]]) -> StreamingHttpResponse:
    """Return `rows` as the download `<name>.csv`, with an apostrophe before each text that would run as a formula.

    Numbers are unchanged, so spreadsheets can sum negative ones. Rows are taken while the file is sent, so a long one
    takes no more memory than a short one.
    """
    response = StreamingHttpResponse(_pieces(chain([head], rows)), content_type="text/csv; charset=utf-8")
    response["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


class _Line:
    """In place of a file: what is written comes back."""

    def write(self, text: str) -> str:
        return text


def _pieces(rows: Iterable[Iterable[Any]]) -> Iterator[str]:
    writer = csv.writer(_Line())
    lines = (writer.writerow([_cell(value) for value in row]) for row in rows)
    while piece := "".join(islice(lines, CHUNK)):
        yield piece


def _cell(value: Any) -> Any:
    if value is None or isinstance(value, int | float):
        return value
    text = str(value)
    return f"'{text}" if text.startswith(_FORMULA_STARTS) else text
