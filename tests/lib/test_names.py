"""Names in letters to others contain no address and no link."""

import pytest
from django.core.exceptions import ValidationError
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.messages.names import group_name, person_name


@pytest.mark.parametrize(
    "name", ["Olive Officer", "José Ñúñez", "D’Arcy O'Neill", "Anne-Marie", "Dr. J.R. Smith Jr.", "हिन्दी नाम", "Дарья"]
)
def test_names_of_people_are_accepted(name):
    person_name(name)


@pytest.mark.parametrize(
    "name",
    [
        "Win at http://evil.example",
        "evil.example",
        "call 555-0100",
        "a@b.example",
        "Click <here>",
        "x\ny",
        "www.evil.example",
    ],
)
def test_names_of_people_are_no_addresses_and_no_links(name):
    with pytest.raises(ValidationError):
        person_name(name)


@given(st.text(), st.sampled_from(["http://", "@", "1", "/", "<", "\n", ":"]), st.text())
def test_a_persons_name_has_no_sign_that_a_link_needs(before, sign, after):
    with pytest.raises(ValidationError):
        person_name(before + sign + after)


@pytest.mark.parametrize("name", ["Benefits office", "Office of R&D", "Team 2.0", "A / B"])
def test_names_of_teams_are_accepted(name):
    group_name(name)


@pytest.mark.parametrize("name", ["see https://evil.example", "www.evil.example", "me@evil.example", "evil.example/x"])
def test_names_of_teams_have_no_link(name):
    with pytest.raises(ValidationError):
        group_name(name)
