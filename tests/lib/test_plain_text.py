"""Texts of every script are accepted as people type and paste them; what misleads a reader is refused by name."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.messages.plain_text import ForbiddenCharacter, read

OVERRIDES = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069\u206a\u206f"

TYPED = [
    "\u200fשלום, יש לך הודעה (5)\u200f!",
    "مرحبا\u061c 12-34",
    "می\u200cخواهم",
    "ශ\u0dca\u200dරී ලංකා",
    "ക\u0d4d\u200d",
    "हिन्दी क\u094d\u200dष",
    "ភាសា\u200bខ្មែរ",
    "ᠮᠣᠩᠭᠣᠯ\u180e\u1820",
    "ሰላም ለዓለም",
    "한국어 \u1112\u1161\u11ab",
    "こんにちは、世界",
    "葛\U000e0100城市",
    "⠓⠑\u2800⠺",
    "\u0601١٢٣",
    "👩\u200d👩\u200d👧 👍🏽 ❤️ 🇺🇸",
    "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f England",
    "Ünïcode – “quotes” … 10 €\u00a0½\u202f°",
]


@pytest.mark.parametrize("text", TYPED)
def test_text_of_every_script_stays_as_it_was_typed(text):
    assert read(text) == text
    assert read(f"{text}\n\t{text}", lines=True) == f"{text}\n\t{text}"


@pytest.mark.parametrize(
    ("pasted", "seen"),
    [
        ("Ver\u00adwal\u00adtung", "Verwaltung"),
        ("\ufeffHello", "Hello"),
        ("my\u200b.usa\u2060.gov", "my.usa.gov"),
        ("a\u200db", "ab"),
        ("a\u2062b\ufffc", "ab"),
        ("\u3164\u115f\u1160\u2800\uffa0", ""),
        ("\uf0b7 one", "• one"),
    ],
)
def test_invisible_characters_that_mean_nothing_are_removed(pasted, seen):
    assert read(pasted) == seen


@pytest.mark.parametrize("separator", ["\r\n", "\r", "\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"])
def test_separators_become_line_breaks_in_texts_of_several_lines_only(separator):
    assert read(f"one{separator}two", lines=True) == "one\ntwo"
    with pytest.raises(ForbiddenCharacter):
        read(f"one{separator}two")


@pytest.mark.parametrize(
    ("text", "position", "character"),
    [
        ("Pay \u202emoc.live", 5, "U+202E RIGHT-TO-LEFT OVERRIDE"),
        ("a\x1b[31m", 2, "U+001B"),
        ("\ue000", 1, "U+E000"),
        ("Hi \U000e0041", 4, "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("\U0001f3f4\U000e0041\U000e007f", 2, "U+E0041 TAG LATIN CAPITAL LETTER A"),
        ("\ufdd0", 1, "U+FDD0"),
        ("é\ud800", 2, "U+D800"),
    ],
)
def test_what_misleads_is_refused_by_its_code_point_and_position(text, position, character):
    with pytest.raises(ForbiddenCharacter) as refused:
        read(text, lines=True)
    assert (refused.value.position, refused.value.character) == (position, character)
    assert refused.value.message == f"Character {position} can mislead readers: {character}. Remove it."


@given(st.text(), st.booleans())
def test_accepted_text_is_stable_and_has_nothing_that_reorders_or_hides(text, lines):
    try:
        kept = read(text, lines=lines)
    except ForbiddenCharacter:
        return
    assert not set(kept) & set(OVERRIDES)
    assert all(unicodedata.category(each) not in ("Cc", "Cs", "Co", "Zl", "Zp") for each in kept if each not in "\n\t")
    assert lines or "\n" not in kept
    assert [each for each in kept if each.isalnum()] == [each for each in text if each.isalnum()]


@given(st.text(st.characters(categories=("L", "M", "N", "P", "S", "Zs"), codec="utf-8")))
def test_letters_marks_numbers_punctuation_and_symbols_are_never_refused(text):
    read(text)
