"""The form on which developers edit the profiles of their test users."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

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
