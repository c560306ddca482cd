"""The channels that a person chose, and the addresses that do not work."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Authorization
from myusa.lib.security.digests import keyed_digest, keyed_digests

if TYPE_CHECKING:
    from accounts.models import User

_PURPOSE = "refused-address"


def address_digest(email: str) -> str:
    return keyed_digest(_PURPOSE, email.strip().lower())


def address_digests(email: str) -> list[str]:
    """Return the digest to store and those that may have been stored before a change of SECRET_KEY."""
    return keyed_digests(_PURPOSE, email.strip().lower())


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
    def given_up(self) -> "RefusedAddressQuerySet":
        """Return the addresses to which nothing more is sent."""
        return self.exclude(given_up_at=None)

    def of(self, user: "User") -> "RefusedAddress | None":
        """Return the refusal that ended email to the person's current address."""
        return self.given_up().filter(user=user, address_digest__in=address_digests(user.email)).first()

    @transaction.atomic
    def note(self, user_id: int, email: str, answer: str) -> None:
        """Record that a mail server says that `email` does not exist.

        The address is given up at the second such refusal on another day (UTC): one may be a server's mistake.
        """
        now = timezone.now()
        digest, *former = address_digests(email)
        if former:
            self.filter(user_id=user_id, address_digest__in=former).renew(digest)
        known, created = self.select_for_update().get_or_create(
            user_id=user_id,
            address_digest=digest,
            defaults={
                "domain": email.rpartition("@")[2].lower()[:255],
                "answer": answer[:500],
                "first_refused_at": now,
                "refused_at": now,
            },
        )
        if created:
            return
        known.answer, known.refused_at = answer[:500], now
        if known.given_up_at is None and known.first_refused_at.date() != now.date():
            known.given_up_at = now
        known.save(update_fields=["answer", "refused_at", "given_up_at"])

    def renew(self, digest: str) -> int:
        """Give one person's rows of one address the digest under the current SECRET_KEY; return how many had another.

        One row per person and address stays.
        """
        newest = self.exclude(address_digest=digest).order_by("-refused_at").first()
        if newest is None:
            return 0
        kept = type(self)(self.model).filter(user_id=newest.user_id)
        if kept.filter(address_digest=digest).exists():
            return self.exclude(address_digest=digest).delete()[0]
        self.exclude(address_digest=digest).exclude(pk=newest.pk).delete()
        return kept.filter(pk=newest.pk).update(address_digest=digest)

    def renew_digests(self) -> int:
        """Recompute the digests of people's current addresses with the current SECRET_KEY; return how many differ."""
        changed = 0
        for row in self.select_related("user").iterator():
            digest, *former = address_digests(row.user.email)
            if row.address_digest in former:
                changed += self.filter(pk=row.pk).renew(digest)
        return changed

    def forget_address(self, email: str) -> int:
        """Forget the refusals of an address that has just been proven to exist."""
        return self.filter(address_digest__in=address_digests(email)).delete()[0]

    def try_again(self, user: "User") -> int:
        """Forget every refusal of the person's addresses."""
        return self.filter(user=user).delete()[0]


class RefusedAddress(models.Model):
    """An address of a person that its mail server does not know. A changed address has no refusals."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="refused_addresses")
    address_digest = models.CharField(max_length=64, db_index=True)
    domain = models.CharField(_("domain"), max_length=255, db_index=True)
    answer = models.CharField(_("mail server’s reply"), max_length=500, blank=True)
    first_refused_at = models.DateTimeField(_("first refused"))
    refused_at = models.DateTimeField(_("last refused"), db_index=True)
    given_up_at = models.DateTimeField(_("given up"), null=True)

    objects = RefusedAddressQuerySet.as_manager()

    class Meta:
        verbose_name = _("refused address")
        verbose_name_plural = _("refused addresses")
        constraints = [models.UniqueConstraint(fields=["user", "address_digest"], name="refused_address_once")]
