"""Numbers are shown as people write them, the same on all pages, in emails and in the API."""

import pytest

from myusa.lib import phone_numbers


@pytest.mark.parametrize(
    ("number", "written"),
    [
        ("+14155553455", "415-555-3455"),
        ("+17875550143", "787-555-0143"),
        ("+16715550107", "671-555-0107"),
        ("+14165550123", "+1 416-555-0123"),
        ("+442079460958", "+44 20 7946 0958"),
        ("not a number", "not a number"),
    ],
)
def test_numbers_of_the_united_states_are_written_as_at_home(number, written):
    assert phone_numbers.in_words(number) == written
