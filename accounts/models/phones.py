"""The mobile number at which a person takes text messages: encrypted, and theirs by proof."""

from datetime import datetime
from typing import TYPE_CHECKING

import phonenumbers
from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.codes import OneTimeCode
from accounts.refusals import CodeRefused
from myusa.lib import history, phone_numbers
from myusa.lib.database.encryption import EncryptedTextField, is_unreadable, readable
from myusa.lib.security.digests import keyed_digest, keyed_digests
from myusa.lib.typed_text import dialed

if TYPE_CHECKING:
    from accounts.models.user import User


_PURPOSE = "phone-number"
_TEXTABLE = (phonenumbers.PhoneNumberType.MOBILE, phonenumbers.PhoneNumberType.FIXED_LINE_OR_MOBILE)


def normalize_number(number: str) -> str:
    """Return a US or international number as E.164; raise ValidationError if there is no such number."""
    try:
        parsed = phonenumbers.parse(dialed(number), settings.PHONENUMBER_DEFAULT_REGION)
    except phonenumbers.NumberParseException as error:
        raise ValidationError(_("Enter a phone number, such as 415-555-3455.")) from error
    if not phonenumbers.is_valid_number(parsed) or parsed.extension:
        raise ValidationError(_("Enter a 10-digit mobile number, for example 415-555-3455."))
    return phonenumbers.format_number(parsed, phonenumbers.PhoneNumberFormat.E164)


def textable_number(number: str) -> str:
    """Return a number as E.164 if codes may be texted to it; raise ValidationError otherwise.

    It is a mobile number, or may be one where the numbering plan does not tell, in one of `settings.SMS_REGIONS`.
    Premium, shared-cost, toll-free and landline numbers get no texts anywhere.
    """
    normalized = normalize_number(number)
    parsed = phonenumbers.parse(normalized)
    is_mobile = phonenumbers.number_type(parsed) in _TEXTABLE
    if not is_mobile or phonenumbers.region_code_for_number(parsed) not in settings.SMS_REGIONS:
        raise ValidationError(_("We can’t text this number. Enter a U.S. mobile number."))
    return normalized


def number_digest(number: str) -> str:
    return keyed_digest(_PURPOSE, number)


def number_digests(number: str) -> list[str]:
    """Return the digest to store and those that may have been stored before a change of SECRET_KEY."""
    return keyed_digests(_PURPOSE, number)


class PhoneQuerySet(models.QuerySet["Phone"]):
    def start_verification(
        self, user: "User", number: str, request_ip: str = "", *, allowance: str = ""
    ) -> OneTimeCode:
        """Text a code to `number`; the number that is verified now stays until the code comes back.

        `allowance`: the browser's own for the number, if it has one (`accounts.known_browsers`). Raises ValidationError for a number that cannot be texted, and CodeRefused (`message`) when too many were sent.
        """
        return OneTimeCode.objects.issue(
            OneTimeCode.Purpose.PHONE,
            textable_number(number),
            holder=_holder(user),
            address=request_ip,
            allowance=allowance,
            user=user,
        )

    def pending(self, user: "User") -> str | None:
        """Return the number that waits for its code, as E.164."""
        code = self.awaited(user)
        return code.recipient if code else None

    def redeem(self, user: "User", code: str, request_ip: str = "") -> "Phone":
        """Take the pending number for the person's own if `code` is the one texted; raise CodeRefused otherwise."""
        pending = self.awaited(user)
        if pending is None:
            raise CodeRefused
        used = OneTimeCode.objects.redeem(
            pending.pk, code, purpose=OneTimeCode.Purpose.PHONE, holder=_holder(user), address=request_ip
        )
        return self._keep(user, readable(used.recipient))

    def remove(self, user: "User") -> None:
        """Forget the person's number and any pending one."""
        OneTimeCode.objects.filter(user=user, purpose=OneTimeCode.Purpose.PHONE, used_at=None).supersede()
        removed, _by_model = self.filter(user=user).delete()
        user._state.fields_cache.pop("phone", None)
        if removed:
            history.record(user, "mobile_number_removed", by=user)

    def opt_out(self, number: str, *, at: datetime | None = None) -> int:
        """Stop text messages to a number, for everyone who has it, as after a reply of STOP; return how many people had it.

        `at`: when the person wrote that, if it is known.
        """
        at = at or timezone.now()
        is_older = Q(opted_out_at=None) | Q(opted_out_at__lt=at)
        return self.with_number(number).filter(is_older).update(opted_out_at=at)

    def opt_in(self, number: str, *, at: datetime | None = None) -> int:
        """Allow text messages to a number again, as after a reply of START that is newer than the last STOP."""
        return self.with_number(number).filter(opted_out_at__lt=at or timezone.now()).update(opted_out_at=None)

    def with_number(self, number: str) -> "PhoneQuerySet":
        """Keep the rows that hold `number`, an E.164 number, whichever key made their digest."""
        return self.filter(number_digest__in=number_digests(number))

    def awaited(self, user: "User") -> OneTimeCode | None:
        """Return the newest code that was texted to the person, or is going to be, and not entered yet."""
        codes = OneTimeCode.objects.filter(
            user=user, purpose=OneTimeCode.Purpose.PHONE, used_at=None, superseded_at=None
        )
        return codes.order_by("-created_at", "-pk").first()

    @transaction.atomic
    def _keep(self, user: "User", number: str) -> "Phone":
        values = {
            "number": number,
            "number_digest": number_digest(number),
            "verified_at": timezone.now(),
            "opted_out_at": None,
        }
        phone, _made = self.update_or_create(user=user, defaults=values)
        user._state.fields_cache.pop("phone", None)
        history.record(user, "mobile_number_verified", by=user)
        return phone


class Phone(models.Model):
    """A person's one verified mobile number. A digest finds it; only the encryption keys show it."""

    user = models.OneToOneField(settings.AUTH_USER_MODEL, models.CASCADE, related_name="phone")
    number = EncryptedTextField(_("mobile number"))
    number_digest = models.CharField(max_length=64, db_index=True)
    verified_at = models.DateTimeField(_("verified"))
    opted_out_at = models.DateTimeField(_("opted out"), null=True)

    objects = PhoneQuerySet.as_manager()

    class Meta:
        verbose_name = _("mobile number")
        verbose_name_plural = _("mobile numbers")

    @property
    def in_words(self) -> str:
        return phone_numbers.in_words(self.number)

    @property
    def takes_messages(self) -> bool:
        return self.opted_out_at is None

    @property
    def is_unreadable(self) -> bool:
        """Whether no key decrypts the number."""
        return is_unreadable(self.number)


def _holder(user: "User") -> str:
    return f"user:{user.pk}"
