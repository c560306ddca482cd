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

    def __init__(self, data: Mapping[str, Any] | None = None, *, profile: Profile) -> None:
        super().__init__(data, profile=profile)
        self.profile = profile

    def save(self, *, by: "User") -> list[str]:
        """Keep what was entered and return the names of the fields that changed."""
        return self.profile.update_values(self.cleaned_data, by=by)


def form_of(user: "User", data: Mapping[str, Any] | None = None) -> TestUserProfileForm:
    return TestUserProfileForm(data, profile=Profile.objects.of(user))
