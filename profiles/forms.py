"""The forms of the profile pages, built from the registry of fields."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django import forms
from django.utils.functional import Promise

from myusa.lib.stale_forms import StaleSafeForm
from profiles.fields import GROUPS, of_group
from profiles.models import Profile

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class FieldGroup:
    """Fields that appear together on the page under one heading."""

    slug: str
    label: str | Promise
    fields: list[forms.BoundField]


class ProfileForm(StaleSafeForm):
    """Some groups of a person's profile. No field is required."""

    groups: tuple[str, ...] = ()

    def __init__(self, data: Mapping[str, Any] | None = None, *, profile: Profile) -> None:
        self.profile = profile
        chosen = [field for slug in self.groups for field in of_group(slug)]
        super().__init__(data, initial={field.name: field.for_form(profile.value(field.name)) for field in chosen})
        for field in chosen:
            self.fields[field.name] = field.form_field()

    def field_groups(self) -> list[FieldGroup]:
        return [
            FieldGroup(group.slug, group.label, [self[field.name] for field in of_group(group.slug)])
            for group in GROUPS
            if group.slug in self.groups
        ]

    def save(self, *, by: "User") -> list[str]:
        """Save what the user changed on the page and return the names of the fields that changed."""
        changes = {name: self.cleaned_data[name] for name in self.changed_data}
        return self.profile.update_values(changes, by=by)


class PersonalForm(ProfileForm):
    groups = ("name", "address", "phone")


class AdditionalForm(ProfileForm):
    groups = ("about",)
