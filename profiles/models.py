"""A person's profile: entered once, and shared with the apps that the person allows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.database.encryption import EncryptedJSONField, is_unreadable, readable
from profiles.fields import Value, by_name, stored

if TYPE_CHECKING:
    from accounts.models import User

UNREADABLE = _("We can’t read this right now. We know about the problem, and nothing was deleted. Try again later.")


class ProfileQuerySet(models.QuerySet["Profile"]):
    def of(self, user: "User") -> "Profile":
        """Return the stored profile of `user`, or an empty unsaved one."""
        return self.filter(user=user).first() or Profile(user=user)


class Profile(models.Model):
    """All values of a person in one encrypted column: a read decrypts once."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, primary_key=True, related_name="profile")
    # Field name → value as `profiles.fields` keeps it; missing for fields the person has not filled in.
    values: Any = EncryptedJSONField(_("values"), default=dict, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = ProfileQuerySet.as_manager()

    class Meta:
        verbose_name = _("profile")
        verbose_name_plural = _("profiles")

    def __str__(self) -> str:
        return f"Profile {self.pk}"

    def value(self, name: str) -> Value:
        """Return the value of a field as it is kept, or None."""
        return self.values.get(name)

    @property
    def is_unreadable(self) -> bool:
        """Whether no key decrypts the values."""
        return is_unreadable(self.values)

    @property
    def filled_count(self) -> int:
        return sum(1 for field in stored() if self.values.get(field.name) is not None)

    @property
    def field_count(self) -> int:
        return len(stored())

    @transaction.atomic
    def update_values(self, changes: Mapping[str, Any], *, by: "User") -> list[str]:
        """Set the named fields (None or "" empties one) and return the names of those that changed.

        Other fields keep their values, also when someone else changes them at the same moment. The history
        records which fields changed, never their values. Raises ValidationError, by field, when a value is not allowed,
        and UnreadableValue when no key decrypts the values that are stored.
        """
        cleaned = _cleaned(changes)
        Profile.objects.get_or_create(user_id=self.user_id)
        kept = Profile.objects.select_for_update().get(user_id=self.user_id)
        readable(kept.values)
        changed = [name for name, value in cleaned.items() if kept.values.get(name) != value]
        if changed:
            merged = {**kept.values, **cleaned}
            kept.values = {name: value for name, value in merged.items() if value is not None}
            kept.save(update_fields=["values", "updated_at"])
            history.record(kept, "profile_changed", by=by, after={"fields": ", ".join(changed)})
        self.values, self.created_at, self.updated_at = kept.values, kept.created_at, kept.updated_at
        self._state.adding, self._state.db = False, kept._state.db
        return changed


def _cleaned(changes: Mapping[str, Any]) -> dict[str, Value]:
    problems: dict[str, Any] = {}
    cleaned: dict[str, Value] = {}
    fields = by_name()
    for name, value in changes.items():
        try:
            cleaned[name] = fields[name].clean(value)
        except ValidationError as error:
            problems[name] = error.messages
    if problems:
        raise ValidationError(problems)
    return cleaned
