"""Names that look alike have one key, whatever characters they are written with."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib import look_alikes

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=30)
# What a reader takes for each letter: Cyrillic, Greek, fullwidth, mathematical and others.
DISGUISES = {
    "a": "аɑ𝐚ａ",
    "e": "еｅ𝐞",
    "i": "іɩ𝐢",
    "l": "Iⅼ|1",
    "o": "оοσ０",
    "p": "рρ",
    "s": "ѕｓ",
    "y": "уγ",
    "O": "0О",
}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("MyUSA", "МуUЅА"),
        ("MyUSA", "my  usa"),
        ("MyUSA", "rnyusa"),
        ("IRS", "lRS"),
        ("IRS", "1rs"),
        ("Login.gov", "Lоgin gov"),
        ("Benefit Finder", "BENEFIT-FINDER"),
        ("Straße", "STRASSE"),
    ],
)
def test_disguised_names_look_alike(one, other):
    assert look_alikes.key(one) == look_alikes.key(other) != ""


@pytest.mark.parametrize(
    ("one", "other"), [("MyUSA", "MyUSB"), ("Benefit Finder", "Benefits Finder"), ("健康", "建康"), ("Дом", "Том")]
)
def test_different_names_stay_different(one, other):
    assert look_alikes.key(one) != look_alikes.key(other)


@given(TEXT)
def test_the_key_of_a_key_is_itself_and_case_makes_no_difference(text):
    key = look_alikes.key(text)
    assert look_alikes.key(key) == key
    assert look_alikes.key(f"  {text} ") == key


@given(st.data(), st.text("aeilopsyO bcd", min_size=1, max_size=20))
def test_any_mix_of_disguises_looks_like_the_plain_name(data, text):
    disguised = "".join(
        data.draw(st.sampled_from([each, *DISGUISES[each]])) if each in DISGUISES else each for each in text
    )
    assert look_alikes.key(disguised) == look_alikes.key(text)


def test_a_name_of_signs_alone_is_compared_with_nothing():
    assert look_alikes.key("… – !") == ""
