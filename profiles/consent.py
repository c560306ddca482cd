"""What consent shows of a profile, and the missing values that people fill in there."""

from collections.abc import Collection, Mapping
from typing import TYPE_CHECKING, Any

from django import forms

from profiles.fields import Field, by_scope
from profiles.models import UNREADABLE, Profile

if TYPE_CHECKING:
    from accounts.models import User


class ProfileValues:
    """The `developer_apps.contributions.ConsentProvider` of the profile's scopes."""

    def values(self, user: "User", scopes: Collection[str]) -> dict[str, str | None]:
        profile = Profile.objects.of(user)
        if profile.is_unreadable:
            return {field.scope: str(UNREADABLE) if field.is_stored else user.email for field in _fields(scopes)}
        return {field.scope: _display(field, profile, user) for field in _fields(scopes)}

    def fields(self, user: "User", scopes: Collection[str], shown: Collection[str]) -> dict[str, forms.Field]:
        profile = Profile.objects.of(user)
        if profile.is_unreadable:
            return {}
        return {
            field.scope: field.form_field(initial=field.for_form(profile.value(field.name)))
            for field in _fields(scopes)
            if field.is_stored and (field.scope in shown or profile.value(field.name) is None)
        }

    def save(self, user: "User", values: Mapping[str, Any], by: "User") -> None:
        changes = {
            field.name: values[field.scope] for field in _fields(values) if values[field.scope] not in (None, "")
        }
        if changes:
            Profile.objects.of(user).update_values(changes, by=by)


def _fields(scopes: Collection[str]) -> list[Field]:
    return [field for scope, field in by_scope().items() if scope in scopes]


def _display(field: Field, profile: Profile, user: "User") -> str | None:
    return field.display(profile.value(field.name)) if field.is_stored else user.email
