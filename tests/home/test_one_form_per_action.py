"""An action has one form on all pages of people: the same words, and the same kind of link or button."""

import re
from pathlib import Path

import pytest

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
FOLDERS = ["accounts", "profiles", "tasks", "notifications", "mfa", "developer_apps/oauth", "home", "components"]
PAGES = [
    path
    for folder in FOLDERS
    for path in sorted((TEMPLATES / folder).rglob("*.html"))
    if not {"mail", "admin"} & set(path.parts)
]
ACTION = re.compile(r'<(a|button)\b([^>]*)>\s*\{% translate "([^"]+)" %\}')
# What an action looks like wherever it is: links lead on, and a button that ends something is red.
LOOKS = {
    ("a", "Cancel"): "usa-link",
    ("a", "Disconnect this app"): "usa-link",
    ("button", "Disconnect this app"): "usa-button usa-button--danger",
    ("button", "Delete my account"): "usa-button usa-button--danger",
    ("a", "Delete my account"): "usa-button usa-button--outline",
    ("button", "Save"): "usa-button",
    ("button", "Continue"): "usa-button",
    ("button", "Show"): "usa-button usa-button--outline",
}


def actions():
    for path in PAGES:
        for tag, attributes, words in ACTION.findall(path.read_text()):
            classes = re.search(r'class="([^"]*)"', attributes)
            yield path.relative_to(TEMPLATES), tag, words, classes[1] if classes else ""


@pytest.mark.parametrize(("tag", "words"), LOOKS)
def test_an_action_looks_the_same_everywhere(tag, words):
    found = {(str(page), look) for page, kind, text, look in actions() if (kind, text) == (tag, words)}
    assert found, "no page has it"
    assert {look for _page, look in found} == {LOOKS[tag, words]}, found


def test_a_way_out_is_called_cancel_or_names_its_page():
    for page, tag, words, _look in actions():
        if tag == "a" and re.match(r"(go )?back|return|never mind|close", words, re.IGNORECASE):
            assert re.fullmatch(r"Back to (the )?\w+", words), (page, words)


def test_a_page_that_asks_names_what_the_safe_choice_keeps():
    for path in TEMPLATES.rglob("*.html"):
        for included in re.findall(r'\{% include "components/confirm_form.html" [^%]*%\}', path.read_text()):
            assert "cancel_text=" in included, path
