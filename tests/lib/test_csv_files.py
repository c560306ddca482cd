"""A CSV download opens as text in a spreadsheet."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.http.csv_files import CHUNK, csv_response


def read(response):
    return list(csv.reader(io.StringIO(response.getvalue().decode(), newline="")))


@given(st.text(st.characters(exclude_characters="\r\n\0", codec="utf-8")))
def test_a_text_is_kept_and_no_spreadsheet_runs_it(text):
    (cell,) = read(
        csv_response(
            "x",
            ["name"],
            [
                [
                    text,
                ]
            ],
        )
    )[1] or [""]
    assert cell in (text, f"'{text}")
    assert not cell.startswith(("=", "+", "-", "@", "\t"))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@sum", "\t=1", "\r=1"])
def test_what_would_run_as_a_formula_gets_an_apostrophe(text):
    assert read(csv_response("x", ["name"], [[text]]))[1] == [f"'{text}"]


def test_numbers_stay_numbers_and_nothing_is_an_empty_cell():
    assert read(csv_response("x", ["a", "b", "c"], [[-3, -0.5, None]]))[1] == ["-3", "-0.5", ""]


def test_the_file_has_its_name():
    response = csv_response("apps", ["a"], [])
    assert response["Content-Disposition"] == 'attachment; filename="apps.csv"'
    assert response["Content-Type"] == "text/csv; charset=utf-8"


def test_rows_are_taken_while_the_file_is_sent():
    taken = []

    def rows():
        for number in range(3 * CHUNK):
            taken.append(number)
            yield [number]

    pieces = iter(csv_response("x", ["number"], rows()))
    assert not taken
    next(pieces)
    assert len(taken) < CHUNK
    assert sum(piece.count(b"\r\n") for piece in pieces) + CHUNK == 3 * CHUNK + 1
