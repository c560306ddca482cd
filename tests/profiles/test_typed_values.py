"""What people type or paste is stored in one canonical form."""

import unicodedata

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.typed_text import is_invisible
from profiles.fields import by_name
from profiles.models import Profile

ZIP, PHONE, NAME = by_name()["zip"], by_name()["phone_number"], by_name()["first_name"]
DIGITS = [
    lambda each: each,
    lambda each: chr(0xFF10 + int(each)),
    lambda each: chr(0x1D7CE + int(each)),
]
separators = st.text(st.sampled_from(" -\u00a0\u2010\u2011\u2012\u2013\u2014\u2212\u200b\t."), max_size=3)
edges = st.text(st.sampled_from(" \u00a0\u200b\u200e\ufeff\u2060\t\u00ad\u3164"), max_size=3)
written = st.sampled_from(DIGITS)


@given(five=st.text("0123456789", min_size=5, max_size=5), four=st.text("0123456789", min_size=4, max_size=4),
       between=separators, before=edges, after=edges, digit=written)  # fmt: skip
def test_every_way_to_write_a_zip_code_is_stored_in_one_form(five, four, between, before, after, digit):
    def typed(text):
        return "".join(digit(each) for each in text)

    assert ZIP.clean(f"{before}{typed(five)}{after}") == five
    stored = ZIP.clean(f"{before}{typed(five)}{between}{typed(four)}{after}")
    assert stored == f"{five}-{four}"
    assert ZIP.clean(stored) == stored


@pytest.mark.parametrize("wrong", ["1234", "123456", "12345-678", "123-45-6789", "12345-67890", "1234a", "12345 apt 1"])
def test_what_is_no_zip_code_is_refused(wrong):
    with pytest.raises(ValidationError, match="Enter five digits"):
        ZIP.clean(wrong)


@given(between=st.lists(st.sampled_from([" ", "-", "\u2013", "\u00a0", "\u200b ", "."]), min_size=2, max_size=2),
       before=edges, after=edges, digit=written)  # fmt: skip
def test_every_way_to_write_a_phone_number_is_stored_as_e164(between, before, after, digit):
    typed = f"415{between[0]}555{between[1]}3455"
    number = "".join(digit(each) if each.isdigit() else each for each in typed)
    stored = PHONE.clean(f"{before}{number}{after}")
    assert stored == "+14155553455"
    assert PHONE.clean(stored) == stored


@pytest.mark.parametrize(
    "typed", ["00442079460958", "011 44 20 7946 0958", "+44 20 7946 0958", "00 44 (0)20 7946 0958"]
)
def test_a_number_abroad_is_stored_as_e164_with_either_prefix(typed):
    assert PHONE.clean(typed) == "+442079460958"


letters = st.characters(categories=["L", "Mn"]).filter(lambda each: not is_invisible(each))


@given(name=st.text(letters, min_size=1, max_size=20), before=edges, after=edges)
def test_a_name_is_stored_composed_and_without_invisible_edges(name, before, after):
    try:
        stored = NAME.clean(f"{before}A{name}a{after}")
    except ValidationError:
        return
    assert stored == unicodedata.normalize("NFC", f"A{name}a")
    assert NAME.clean(stored) == stored


def test_a_name_with_a_combining_accent_and_a_zero_width_space_is_accepted_on_the_page(sign_in, citizen):
    browser = sign_in(citizen)
    browser.post("/profile", {"first_name": "Jose\u0301\u200b", "zip": "123456789", "phone_number": "00442079460958"})
    assert Profile.objects.of(citizen).values == {
        "first_name": "José",
        "zip": "12345-6789",
        "phone_number": "+442079460958",
    }
