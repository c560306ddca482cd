"""How a person wants to be told, and where they cannot be reached."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Authorization
from myusa.lib.security.digests import keyed_digest

if TYPE_CHECKING:
    from accounts.models import User


def address_digest(email: str) -> str:
    return keyed_digest("refused-address", email.strip().lower())


class PreferenceQuerySet(models.QuerySet["Preference"]):
    def set_for(self, authorization: Authorization, **channels: bool) -> "Preference":
        """Turn channels (`by_email`, `by_sms`) on or off for the messages of one connected app."""
        preference, _made = self.update_or_create(authorization=authorization, defaults=channels)
        return preference


class Preference(models.Model):
    """The channels for one connected app. Without a row: email, no text messages."""

    authorization = models.OneToOneField(Authorization, models.CASCADE, related_name="notification_preference")
    by_email = models.BooleanField(_("email"), default=True)
    by_sms = models.BooleanField(_("text message"), default=False)

    objects = PreferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("preference for an app")
        verbose_name_plural = _("preferences for apps")


class AnnouncementPreference(models.Model):
    """Whether MyUSA's own announcements are emailed, too. Without a row: yes."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="announcement_preference")
    by_email = models.BooleanField(_("email"), default=True)

    class Meta:
        verbose_name = _("preference for announcements")
        verbose_name_plural = _("preferences for announcements")


class RefusedAddressQuerySet(models.QuerySet["RefusedAddress"]):
    def of(self, user: "User") -> "RefusedAddress | None":
        """Return the refusal of the address that the person has now."""
        return self.filter(user=user, address_digest=address_digest(user.email)).first()

    def note(self, user_id: int, email: str, answer: str) -> None:
        """Remember that a mail server refused `email` for good: nothing is sent to it until the person asks for it."""
        self.update_or_create(
            user_id=user_id,
            address_digest=address_digest(email),
            defaults={"answer": answer[:500], "refused_at": timezone.now()},
        )

    def try_again(self, user: "User") -> int:
        """Forget every refusal of the person's addresses."""
        return self.filter(user=user).delete()[0]


class RefusedAddress(models.Model):
    """An address of a person that its mail server does not know. A changed address starts with a clean slate."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="refused_addresses")
    address_digest = models.CharField(max_length=64)
    answer = models.CharField(_("what the mail server said"), max_length=500, blank=True)
    refused_at = models.DateTimeField(_("refused"))

    objects = RefusedAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("refused address")
        verbose_name_plural = _("refused addresses")
        constraints = [models.UniqueConstraint(fields=["user", "address_digest"], name="refused_address_once")]
