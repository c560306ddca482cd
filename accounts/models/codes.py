"""Codes of six digits that prove control of an email address or a mobile number, once.

A code belongs to a recipient and to a holder (the browser that asked, or a person signed in), so that
knowing it elsewhere is worth nothing. Only a keyed digest is stored; the job that sends the code makes
it. What guards against guessing is counted in the database (see `accounts.models.attempts`, too):

- `CODE_ATTEMPTS` tries of one code, then it is dead;
- `ACCOUNT_ATTEMPTS` wrong tries for one recipient, from wherever, and `ADDRESS_ATTEMPTS` from one network address;
- `RECIPIENT_SENDS` codes to one recipient, and `ADDRESS_SENDS` asked for from one network address.

A browser known to be the recipient's (`accounts.known_browsers`) counts for itself, so that what strangers use up is not missing there.

`settings.CODE_LIMIT_FACTOR` multiplies the last four: on a demo machine everybody has one address.
"""

import secrets
from datetime import timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

import structlog
from celery import current_app
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from kombu.exceptions import OperationalError

from accounts import contributions
from accounts.models.attempts import Cap, FailedAttempt, address_digest
from accounts.models.user import TEST_USER_DOMAIN
from accounts.refusals import (
    CodeExpired,
    CodeJustSent,
    CodeRefused,
    CodeSpent,
    CodeSuperseded,
    CodeUsed,
    TooManyCodes,
    WrongCode,
)
from myusa.lib.database.encryption import EncryptedTextField
from myusa.lib.messages import mail, sms
from myusa.lib.security.digests import keyed_digest, same

if TYPE_CHECKING:
    from accounts.models.user import User

logger = structlog.get_logger(__name__)

CODE_ATTEMPTS = 5
RECIPIENT_SENDS = Cap(6, timedelta(minutes=15))
ADDRESS_SENDS = Cap(60, timedelta(minutes=15))
RESEND_AFTER = timedelta(seconds=30)
# Rows are kept this long for the counts above and for questions of support.
KEPT_FOR = timedelta(days=1)


def recipient_digest(recipient: str) -> str:
    return keyed_digest("code-recipient", recipient)


class OneTimeCodeQuerySet(models.QuerySet["OneTimeCode"]):
    def live(self) -> "OneTimeCodeQuerySet":
        return self.filter(used_at=None, superseded_at=None, expires_at__gt=timezone.now(), attempts__lt=CODE_ATTEMPTS)

    def issue(
        self,
        purpose: str,
        recipient: str,
        *,
        holder: str,
        address: str = "",
        allowance: str = "",
        user: "User | None" = None,
    ) -> "OneTimeCode":
        """Make the code that `holder` asked for from the network address `address`; it replaces the holder's earlier one.

        It counts for the recipient, or for `allowance` if the browser has one of its own. It is sent by `OneTimeCode.deliver`, which a job calls. Raises CodeJustSent and TooManyCodes; then
        nothing is changed.
        """
        now = timezone.now()
        to, held, asked_from = recipient_digest(recipient), _holder_digest(holder), address_digest(address)
        allowance = allowance or to
        earlier = self.live().filter(purpose=purpose, holder_digest=held)
        latest = (
            earlier.filter(recipient_digest=to).order_by("-created_at").values_list("created_at", flat=True).first()
        )
        if latest and now - latest < RESEND_AFTER:
            raise CodeJustSent(max(1, round((latest + RESEND_AFTER - now).total_seconds())))
        code = self.create(
            purpose=purpose,
            recipient=recipient,
            recipient_digest=to,
            holder_digest=held,
            address_digest=asked_from,
            allowance_digest=allowance,
            user=user,
            created_at=now,
            expires_at=now + timedelta(seconds=settings.SIGN_IN_CODE_AGE),
        )
        sent_to = self.filter(allowance_digest=allowance, created_at__gt=now - RECIPIENT_SENDS.window).count()
        sent_from = self.filter(address_digest=asked_from, created_at__gt=now - ADDRESS_SENDS.window).count()
        if RECIPIENT_SENDS.is_passed_by(sent_to) or (asked_from and ADDRESS_SENDS.is_passed_by(sent_from)):
            code.delete()
            raise TooManyCodes
        earlier.exclude(pk=code.pk).update(superseded_at=now)
        return code

    def redeem(self, pk: int, code: str, *, purpose: str, holder: str, address: str = "") -> "OneTimeCode":
        """Use up the code `pk` if `code` is right and `holder` asked for it; one of several parallel uses wins.

        Raises WrongCode, CodeExpired, CodeUsed, CodeSuperseded, CodeSpent, TooManyAttempts or plain CodeRefused.
        Call it outside of a transaction that an exception would roll back, or tries are not counted.
        """
        mine = self.filter(pk=pk, purpose=purpose, holder_digest=_holder_digest(holder))
        row = mine.first()
        if row is None:
            raise CodeRefused
        attempt = FailedAttempt.objects.begin(row.allowance_digest, address_digest(address))
        if not mine.live().update(attempts=F("attempts") + 1):
            attempt.delete()  # a dead code tells nothing to a guesser
            raise mine.get().refusal()
        row.refresh_from_db()
        if not row.code_digest or not same(row.code_digest, row.digest_of(code)):
            raise WrongCode(CODE_ATTEMPTS - row.attempts)
        won = mine.filter(used_at=None, superseded_at=None, code_digest=row.code_digest).update(used_at=timezone.now())
        attempt.delete()
        if not won:
            raise mine.get().refusal()
        if purpose != OneTimeCode.Purpose.PHONE:
            contributions.address_proven(row.recipient)
        return row

    def purge(self) -> int:
        """Delete codes and failed attempts older than KEPT_FOR; return how many."""
        before = timezone.now() - KEPT_FOR
        codes, _codes = self.filter(created_at__lt=before).delete()
        attempts, _attempts = FailedAttempt.objects.filter(at__lt=before).delete()
        return codes + attempts


class OneTimeCode(models.Model):
    """A code on its way to a recipient. Neither the code nor the recipient is readable in the database."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("signing in")
        CONFIRM = "confirm", _("confirming who is signed in")
        CHANGE_EMAIL = "change_email", _("changing the email address")
        PHONE = "phone", _("verifying a mobile number")

    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    recipient = EncryptedTextField()
    recipient_digest = models.CharField(max_length=64)
    holder_digest = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64, blank=True)
    # Whose allowance it counts against: `recipient_digest`, or a known browser's.
    allowance_digest = models.CharField(max_length=64)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    code_digest = models.CharField(max_length=64, blank=True)
    attempts = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    used_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    objects = OneTimeCodeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["allowance_digest", "created_at"], name="code_allowance"),
            models.Index(fields=["address_digest", "created_at"], name="code_address"),
            models.Index(fields=["holder_digest", "purpose"], name="code_holder"),
        ]
        constraints = [models.CheckConstraint(condition=Q(attempts__lte=CODE_ATTEMPTS), name="code_attempts_capped")]

    def digest_of(self, code: str) -> str:
        """Return the digest of `code` for this recipient, holder and row only."""
        return keyed_digest(
            "one-time-code", f"{self.pk}:{self.purpose}:{self.recipient_digest}:{self.holder_digest}:{code}"
        )

    def make_code(self) -> str | None:
        """Store the digest of a fresh code and return the code; None if this one was sent or is dead already."""
        code = f"{secrets.randbelow(10**6):06}"
        unsent = OneTimeCode.objects.live().filter(pk=self.pk, sent_at=None)
        return code if unsent.update(code_digest=self.digest_of(code)) else None

    def send_soon(self) -> None:
        """Let the job send it: the answer takes as long for an address that gets no mail as for any other.

        Where there is no broker (the demo, a developer's machine) or it is down, it is sent at once.
        """
        if settings.CELERY_BROKER_URL.startswith("memory:"):
            self._deliver_now()
            return
        try:
            # By name, because the job's module needs this one; `AccountsConfig.ready` has registered it.
            current_app.tasks["accounts.jobs.send_code"].delay(self.pk)
        except OperationalError:
            self._deliver_now()

    def _deliver_now(self) -> None:
        """Send it, or log that it could not be sent: the person can ask for another one."""
        try:
            self.deliver()
        except OSError as error:
            logger.error("code_not_sent", purpose=self.purpose, error=str(error))

    def deliver(self) -> None:
        """Make the code and send it; does nothing if it was sent, used or replaced before.

        Raises what the mail backend or the provider of text messages raises; then it can be called again.
        """
        code = self.make_code()
        if code is None or not self.is_deliverable:
            return
        if self.purpose == self.Purpose.PHONE:
            text = _("%(code)s is your %(site)s code. It works for %(minutes)d minutes. Do not tell it to anybody.")
            sms.send(
                self.recipient,
                text % {"code": code, "site": settings.SITE_NAME, "minutes": settings.SIGN_IN_CODE_AGE // 60},
            )
        elif (
            self.purpose == self.Purpose.CHANGE_EMAIL and get_user_model().objects.filter(email=self.recipient).exists()
        ):
            mail.send(self.recipient, "accounts/address_taken")
        else:
            mail.send(self.recipient, f"accounts/code_{self.purpose}", self._mail_context(code))
        self.mark_sent()

    @property
    def is_deliverable(self) -> bool:
        """Whether the recipient may get codes: neither a synthetic person nor one whose account staff deactivated."""
        if self.purpose == self.Purpose.PHONE:
            return True
        inactive = get_user_model().objects.filter(email=self.recipient, is_active=False).exists()
        return not inactive and not self.recipient.endswith(f"@{TEST_USER_DOMAIN}")

    def mark_sent(self) -> None:
        OneTimeCode.objects.filter(pk=self.pk).update(sent_at=timezone.now())

    def _mail_context(self, code: str) -> dict[str, Any]:
        link = f"{settings.BASE_URL}{reverse('accounts:code')}?{urlencode({'code': code})}"
        return {"code": code, "link": link, "minutes": settings.SIGN_IN_CODE_AGE // 60, "at": self.created_at}

    def refusal(self) -> CodeRefused:
        """Return why this code cannot be used any more."""
        if self.used_at:
            return CodeUsed()
        if self.superseded_at:
            return CodeSuperseded()
        return CodeSpent() if self.attempts >= CODE_ATTEMPTS else CodeExpired()


def _holder_digest(holder: str) -> str:
    return keyed_digest("code-holder", holder)
