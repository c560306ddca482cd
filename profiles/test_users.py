"""The profiles of test users: the form on which developers edit them, and data that no one else has."""

import secrets
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from profiles.fields import by_name
from profiles.forms import ProfileForm
from profiles.models import Profile

if TYPE_CHECKING:
    from accounts.models import User


class TestUserProfileForm(ProfileForm):
    """Every field of a test user's profile."""

    __test__ = False
    groups = ("name", "address", "phone", "about")


def form_of(user: "User", data: Mapping[str, Any] | None = None) -> TestUserProfileForm:
    return TestUserProfileForm(data, profile=Profile.objects.of(user))


def fill_fresh(user: "User") -> dict[str, str]:
    """Give a test user a name and an address that no one else has; return them by the fields' labels.

    An app that shows them has read this test user's profile, and no other.
    """
    number = 1 + secrets.randbelow(9_999)
    values = {
        "first_name": _new_name(),
        "last_name": _new_name(),
        "address": f"{number} {_new_name()} Street",
        "city": "Springfield",
        "state": "IL",
        "zip": "62701",
    }
    Profile.objects.of(user).update_values(values, by=user)
    return {str(by_name()[name].label): values[name] for name in ("first_name", "last_name", "address")}


def _new_name() -> str:
    """Return a pronounceable name of 42 random bits, such as Bavokemi."""
    letters = [secrets.choice(kind) for _syllable in range(6) for kind in ("bdfgklmnprstvz", "aeiou")]
    return "".join(letters).capitalize()
