"""What consent shows of a profile, and the missing values that people fill in on the spot."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from profiles.fields import BY_NAME, BY_SCOPE, FIELDS, Field
from profiles.models import Profile

if TYPE_CHECKING:
    from accounts.models import User


class MissingValuesForm(forms.Form):
    """One optional field for each value that an app asks for and the person has not given yet."""

    def __init__(self, missing: Collection[Field], data: Mapping[str, Any] | None, prefix: str) -> None:
        super().__init__(data, prefix=prefix)
        for field in missing:
            self.fields[field.name] = field.form_field()


class ProfileValues:
    """The provider that `developer_apps.oauth.consent_values` asks."""

    def values(self, user: "User", scopes: Collection[str]) -> dict[str, str | None]:
        """Return, for each profile scope among `scopes`, what would be shared in people's words, or None."""
        profile = Profile.objects.of(user)
        return {scope: _display(field, profile, user) for scope, field in BY_SCOPE.items() if scope in scopes}

    def form(
        self, user: "User", scopes: Collection[str], data: Mapping[str, Any] | None = None, prefix: str = "profile"
    ) -> MissingValuesForm:
        profile = Profile.objects.of(user)
        missing = [
            field for field in FIELDS if field.is_stored and field.scope in scopes and profile.value(field.name) is None
        ]
        return MissingValuesForm(missing, data, prefix)

    def save(self, user: "User", cleaned: Mapping[str, Any], by: "User") -> None:
        """Keep the values that were given; empty answers and unknown names change nothing."""
        changes = {name: value for name, value in cleaned.items() if name in BY_NAME and value not in (None, "")}
        if changes:
            Profile.objects.of(user).update_values(changes, by=by)


def _display(field: Field, profile: Profile, user: "User") -> str | None:
    return field.display(profile.value(field.name)) if field.is_stored else user.email
