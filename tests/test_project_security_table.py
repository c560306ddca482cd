"""docs/security.md names requirements of the OAuth specifications, each with the test functions that show it."""

import re

import pytest

from tests.processes import ROOT

PAGE = (ROOT / "docs" / "security.md").read_text()
TESTS = ROOT / "tests" / "developer_apps" / "oauth"
ROWS = [line for line in PAGE.splitlines() if line.startswith("| RFC")]
SPECIFICATIONS = ["6749", "7009", "7636", "7662", "8252", "8414", "9207", "9700"]
NAMES = sorted(set(re.findall(r"`([\w./]*test_\w+\.py)(?:::(\w+))?`", PAGE)))


@pytest.mark.parametrize("number", SPECIFICATIONS)
def test_each_specification_has_rows(number):
    assert any(f"RFC {number} §" in row for row in ROWS)


@pytest.mark.parametrize("row", ROWS)
def test_each_row_names_a_test(row):
    specification, requirement, tests = (cell.strip() for cell in row.strip("|").split("|"))
    assert "§" in specification
    assert requirement
    assert re.fullmatch(r"`[\w./]*test_\w+\.py::\w+`(, `[\w./]*test_\w+\.py::\w+`)*", tests)


@pytest.mark.parametrize(("path", "function"), NAMES)
def test_each_named_test_exists(path, function):
    file = ROOT / path if path.startswith("tests/") else TESTS / path
    wanted = rf"def {function}\(" if function else "def test_"
    assert re.search(f"^{wanted}", file.read_text(), re.MULTILINE), f"{path}::{function}"
