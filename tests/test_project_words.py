"""The check of words finds what the style guide rules out, and nothing within other words."""

import runpy

import pytest

from tests.processes import ROOT

WORDS = runpy.run_path(str(ROOT / "scripts" / "words"))


@pytest.mark.parametrize(
    "text",
    [
        "Your case stands here.",
        "def start_anew():",
        "Mended",
        "class Lapsed:",
        "WHOEVER",
        "What is\nnext",
        "behaviour",
        "It was nobody.",
        "You get this email because",
    ],
)
def test_banned_word_is_found_in_sentences_and_names(text):
    assert len(WORDS["complaints"]("x.py", text)) == 1


@pytest.mark.parametrize(
    "text",
    [
        "understand",
        "standard",
        "STANDARD",
        "standing",
        "recommend",
        "amended",
        "elapsed",
        "for good reason",
        "canewood",
        'NOBODY = "nobody"',
        "any more than one",
    ],
)
def test_other_words_that_contain_one_are_fine(text):
    assert WORDS["complaints"]("x.py", text) == []


def test_complaint_names_the_line_and_what_to_use():
    assert WORDS["complaints"]("x.py", "a\nwhoever\n") == ["x.py:2: “whoever”: use anyone who, the person who"]
