"""No text that a person reads is written without being marked for translation: labels, hints, errors and messages in code."""

import ast

import pytest

from tests.processes import ROOT

PACKAGES = ("accounts", "developer_apps", "myusa", "notifications", "onboarding", "profiles", "tasks")
# The argument that people read: its place, or its name.
READ = {
    "ValidationError": 0,
    "PermissionDenied": 0,
    "add_error": 1,
    "success": 1,
    "error": 1,
    "warning": 1,
    "info": 1,
}
NAMED = {"label", "help_text", "error_messages", "empty_label"}
_WITHOUT_A_REQUEST = {"success", "error", "warning", "info"}
# English for everyone: commands, sample data, and what the OpenAPI document and its models say to developers.
SOURCES = sorted(
    path
    for package in PACKAGES
    for path in (ROOT / package).rglob("*.py")
    if not {"migrations", "management", "seeds", "demo", "api"} & set(path.parts)
    and path.name not in ("openapi.py", "tokens.py")
)


def unmarked(tree: ast.AST) -> list[str]:
    """Return the plain texts where a translated one belongs."""
    return [
        text
        for call in ast.walk(tree)
        if isinstance(call, ast.Call)
        for value in _read_by_people(call)
        for text in _plain(value)
    ]


def _read_by_people(call: ast.Call) -> list[ast.expr]:
    name = call.func.attr if isinstance(call.func, ast.Attribute) else getattr(call.func, "id", "")
    place = READ.get(name)
    found = [keyword.value for keyword in call.keywords if keyword.arg in NAMED]
    is_message = isinstance(call.func, ast.Attribute) and getattr(call.func.value, "id", "") == "messages"
    if place is not None and len(call.args) > place and (name not in _WITHOUT_A_REQUEST or is_message):
        found.append(call.args[place])
    return found


def _plain(value: ast.expr) -> list[str]:
    parts = value.values if isinstance(value, ast.Dict) else [value]
    return [ast.unparse(part) for part in parts if _has_words(part)]


def _has_words(part: ast.expr) -> bool:
    if isinstance(part, ast.JoinedStr):
        return any(_has_words(piece) for piece in part.values)
    return isinstance(part, ast.Constant) and isinstance(part.value, str) and any(map(str.isalpha, part.value))


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_texts_in_code_are_marked(path):
    assert unmarked(ast.parse(path.read_text())) == []


@pytest.mark.parametrize(
    "line",
    [
        'raise ValidationError("No.")',
        'form.add_error("email", "No.")',
        'messages.success(request, f"{count} done.")',
        'forms.CharField(label="Name")',
        'forms.CharField(error_messages={"required": "Enter it."})',
    ],
)
def test_a_text_that_is_not_marked_is_found(line):
    assert len(unmarked(ast.parse(line))) == 1
    assert unmarked(ast.parse('logger.error("event", "text")\nforms.CharField(label=_("Name"), help_text="")')) == []
