"""A right code is accepted, whatever invisible or typographic characters came with it."""

import unicodedata

import pytest
from django import forms
from hypothesis import example, given
from hypothesis import strategies as st

from accounts.forms.fields import CodeField, PastedCodeField
from tests.accounts.codes import (
    CODE,
    add_second_factor,
    app_code,
    ask_for_code,
    is_signed_in,
    last_code,
    sign_in_by_code,
)

# One form of each digit in the mathematical, full-width, superscript and circled blocks.
FORMS = [
    {each: chr(0x1D7CE + int(each)) for each in "0123456789"},
    {each: chr(0xFF10 + int(each)) for each in "0123456789"},
    dict(zip("0123456789", "⁰¹²³⁴⁵⁶⁷⁸⁹", strict=True)),
    dict(zip("0123456789", "⓪①②③④⑤⑥⑦⑧⑨", strict=True)),
]


def _adds_nothing(character):
    return not any(each.isalnum() for each in unicodedata.normalize("NFKC", character))


noise = st.text(st.characters(codec="utf-8").filter(_adds_nothing), max_size=6)
codes = st.text("0123456789", min_size=6, max_size=6)


@given(code=codes, before=noise, after=noise, between=st.lists(noise, min_size=5, max_size=5))
@example("123456", "\ufeff", "\u200b", ["", "", "\u00a0", "\u2013", "\t"])
def test_characters_that_are_no_letters_and_no_digits_do_not_matter(code, before, after, between):
    pasted = before + "".join(digit + extra for digit, extra in zip(code, [*between, ""], strict=True)) + after
    assert CodeField().clean(pasted) == code
    assert PastedCodeField().clean(pasted) == code


@given(code=codes, styles=st.lists(st.sampled_from(FORMS), min_size=6, max_size=6))
def test_digits_in_another_form_are_the_same_digits(code, styles):
    assert CodeField().clean("".join(style[digit] for digit, style in zip(code, styles, strict=True))) == code


@given(
    st.text(max_size=30).filter(lambda text: sum(each.isalnum() for each in unicodedata.normalize("NFKC", text)) != 6)
)
def test_any_other_text_is_refused(text):
    with pytest.raises(forms.ValidationError, match="Enter the 6-digit code"):
        CodeField().clean(text)


@pytest.mark.parametrize("form", ["{0} {1}", "\ufeff{0}{1}", "{0}\u2013{1}\u200b", "{0}\u00a0{1}", "“{0}{1}”"])
def test_person_signs_in_with_a_pasted_code(anonymous, citizen, form):
    ask_for_code(anonymous, citizen.email)
    code = last_code()
    anonymous.post(CODE, {"code": form.format(code[:3], code[3:])})
    assert is_signed_in(anonymous)


def test_second_factor_accepts_a_pasted_code(anonymous, citizen):
    add_second_factor(citizen)
    sign_in_by_code(anonymous, citizen.email)
    code = app_code()
    anonymous.post("/users/second_factor", {"code": f"\u200b{code[:3]}\u2009\u2014\u2009{code[3:]}"})
    assert is_signed_in(anonymous)
