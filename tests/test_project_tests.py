"""Tests keep the rules of docs/style.md: one exact status, no private names, no annotations on test functions."""

import ast
import re
from pathlib import Path

import pytest

from tests.processes import ROOT

FILES = sorted((ROOT / "tests").rglob("*.py"))
# Django and its test client have no public name for these.
PRIVATE_OF_LIBRARIES = {
    "_meta",
    "_base_manager",
    "_default_manager",
    "_registry",
    "_asdict",
    "_replace",
    "_fields",
}


def is_test_or_fixture(node):
    fixture = any("fixture" in ast.unparse(each) for each in node.decorator_list)
    return isinstance(node, ast.FunctionDef) and (node.name.startswith("test_") or fixture)


def private_names(tree):
    """Return names with a leading underscore that are imported, or read from anything but the object itself."""
    imported = {
        alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if re.fullmatch(r"_[a-z]\w*", alias.name)
    }
    return imported | {
        node.attr
        for node in ast.walk(tree)
        if isinstance(node, ast.Attribute)
        and re.fullmatch(r"_[a-z]\w*", node.attr)
        and node.attr not in PRIVATE_OF_LIBRARIES
        and ast.unparse(node.value) not in ("self", "cls", "super()")
    }


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_file_keeps_the_rules(path):
    text = path.read_text()
    tree = ast.parse(text)
    lenient = re.findall(r"status_code (?:not )?in \(", text) if path != Path(__file__) else []
    private = private_names(tree)
    annotated = [
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
        and path.name.startswith("test_")
        and is_test_or_fixture(node)
        and (node.returns or any(each.annotation for each in node.args.args))
    ]
    assert not lenient, "state one exact status"
    assert not private, f"private: {private}"
    assert not annotated, f"annotated: {annotated}"
