"""Wrong codes, counted in the database per account and per network address, and for as long as no right one comes.

NIST SP 800-63B §5.2.2 allows 100 consecutive failures. Before that, each hour has a cap of its own.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.refusals import CodesOff, TooManyAttempts
from myusa.lib import history
from myusa.lib.database.encryption import EncryptedTextField, is_unreadable
from myusa.lib.http.network import network_of
from myusa.lib.security.digests import keyed_digest, keyed_digests

if TYPE_CHECKING:
    from accounts.models.user import User


@dataclass(frozen=True)
class Cap:
    """At most `count` events in each stretch of `window`."""

    count: int
    window: timedelta

    def is_passed_by(self, events: int) -> bool:
        return events > self.count * settings.CODE_LIMIT_FACTOR


ACCOUNT_ATTEMPTS = Cap(20, timedelta(hours=1))
ADDRESS_ATTEMPTS = Cap(100, timedelta(hours=1))
# Wrong codes without a right one in between: the owner gets an email, and later no code is accepted.
FAILURES_TOLD = 20
FAILURES_ALLOWED = 100
# For how long an owner can stop codes that strangers ask for.
PAUSE = timedelta(days=1)
# How long staff can see that a cap refused something. No cap counts further back.
REFUSALS_KEPT = timedelta(days=1)
# How long wrong codes for an address or number without an account are remembered. Those of an account count without end.
FAILURES_KEPT = timedelta(days=90)


def address_digest(address: str) -> str:
    """Return the digest under which the network of an address is counted; addresses that are not known share one."""
    return keyed_digest("code-address", network_of(address))


def second_factor_digest(user_id: int) -> str:
    """Return the digest under which codes of a person's second factor are counted."""
    return keyed_digest("second-factor-account", str(user_id))


class FailedAttemptManager(models.Manager["FailedAttempt"]):
    def begin(
        self, account: str, address: str, *, subject: str = "", network: str = "", kind: str = ""
    ) -> "FailedAttempt":
        """Count a try before its outcome is known, so that parallel tries cannot exceed a cap.

        `account` and `address` are digests, an empty one is not counted. `subject` and `network` name them for staff, and
        `kind` says what the account is. Raises CodesOff and TooManyAttempts. The caller calls `succeed` for a right code,
        and `take_back` if it turns out that nothing was tried.
        """
        guards = CodeGuard.objects.of_all([account, address])
        guard = guards[account]
        if guard.is_off:
            raise CodesOff
        attempt = self.create(account_digest=account, address_digest=address)
        by_account = self.filter(account_digest=account, at__gt=guard.since(attempt.at, ACCOUNT_ATTEMPTS)).count()
        since = guards[address].since(attempt.at, ADDRESS_ATTEMPTS)
        by_address = self.filter(address_digest=address, at__gt=since).count() if address else 0
        kind = kind or CodeGuard.Kind.RECIPIENT
        for is_passed, digest, name, what in (
            (ACCOUNT_ATTEMPTS.is_passed_by(by_account), account, subject, kind),
            (ADDRESS_ATTEMPTS.is_passed_by(by_address), address, network, CodeGuard.Kind.NETWORK),
        ):
            if is_passed:
                attempt.delete()  # what is refused does not prolong the wait
                CodeGuard.objects.note_refusal(digest, name, what)
                raise TooManyAttempts(has_link=kind == CodeGuard.Kind.RECIPIENT)
        CodeGuard.objects.count_failure(account, subject, kind)
        return attempt


class FailedAttempt(models.Model):
    """One wrong code, counted per account and per network address. Both are kept as digests."""

    account_digest = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    objects = FailedAttemptManager()

    class Meta:
        indexes = [
            models.Index(fields=["account_digest", "at"], name="attempt_account"),
            models.Index(fields=["address_digest", "at"], name="attempt_address"),
        ]

    def claim_telling(self) -> bool:
        """Return whether the owner should hear now that someone tries codes: once until a right one comes.

        Parallel tries can pass the number together, so it is not compared with a count.
        """
        guard = CodeGuard.objects.filter(digest=self.account_digest, failures__gte=FAILURES_TOLD, is_told=False)
        return bool(guard.update(is_told=True))

    def succeed(self) -> None:
        """Forget this try, and the failures before it: the owner gave the right code."""
        self.delete()
        CodeGuard.objects.forget_failures(self.account_digest)

    def take_back(self) -> None:
        """Forget this try alone: no code was compared."""
        self.delete()
        CodeGuard.objects.filter(digest=self.account_digest, failures__gt=0).update(failures=F("failures") - 1)


class CodeGuardQuerySet(models.QuerySet["CodeGuard"]):
    def of(self, digest: str) -> "CodeGuard":
        return self.of_all([digest])[digest]

    def of_all(self, digests: Iterable[str]) -> dict[str, "CodeGuard"]:
        """Return the guard of each digest; one without a row guards nothing."""
        digests = list(digests)
        found = {guard.digest: guard for guard in self.filter(digest__in=digests)}
        return {digest: found.get(digest) or CodeGuard(digest=digest) for digest in digests}

    def named(self, subject: str) -> "CodeGuardQuerySet":
        """Keep those of a recipient or a network, given in plain."""
        return self.filter(subject_digest__in=keyed_digests(_SUBJECT, subject))

    def of_person(self, user: "User") -> "CodeGuardQuerySet":
        """Keep those of a person's address and second factor."""
        address = Q(subject_digest__in=keyed_digests(_SUBJECT, user.email))
        return self.filter(address | Q(digest=second_factor_digest(user.pk)))

    def is_paused(self, digests: list[str]) -> bool:
        """Return whether the owner of a recipient, given by its digests, stopped the codes that strangers ask for."""
        return self.filter(digest__in=digests, paused_until__gt=timezone.now()).exists()

    def pause(self, digest: str, subject: str) -> None:
        """Let strangers send no codes to a recipient for a day."""
        self._note(digest, subject, CodeGuard.Kind.RECIPIENT, paused_until=timezone.now() + PAUSE)

    def note_refusal(self, digest: str, subject: str, kind: str) -> None:
        """Let staff see that a cap refused something."""
        self._note(digest, subject, kind, refused_at=timezone.now())

    def count_failure(self, digest: str, subject: str, kind: str) -> None:
        """Count a try as failed until it succeeds."""
        self.get_or_create(digest=digest, defaults=_names(subject, kind))
        self.filter(digest=digest).update(failures=F("failures") + 1, review_at=timezone.now() + FAILURES_KEPT)

    def forget_failures(self, digest: str) -> None:
        """Begin the count of failures in a row again: the owner proved who they are."""
        self.filter(digest=digest).update(failures=0, is_told=False)

    def purge(self) -> int:
        """Delete those that no longer guard anything; return how many."""
        now = timezone.now()
        is_over = Q(paused_until=None) | Q(paused_until__lt=now)
        for name in ("refused_at", "lifted_at"):
            is_over &= Q(**{name: None}) | Q(**{f"{name}__lt": now - REFUSALS_KEPT})
        deleted = self.filter(is_over, failures=0).delete()[0]
        for guard in self.filter(is_over, failures__gt=0, review_at__lt=now).iterator():
            if guard.is_of_account:
                self.filter(pk=guard.pk).update(review_at=now + FAILURES_KEPT)
            else:
                deleted += self.filter(pk=guard.pk, review_at=guard.review_at).delete()[0]
        return deleted

    def forget(self, user: "User") -> None:
        """Forget the failures of a person whose account is deleted: there is nothing left to guess."""
        self.of_person(user).update(failures=0, is_told=False)

    def _note(self, digest: str, subject: str, kind: str, **values: datetime) -> None:
        self.update_or_create(digest=digest, defaults=values, create_defaults={**_names(subject, kind), **values})


class CodeGuard(models.Model):
    """What protects a recipient, a known browser, a second factor or a network: failures in a row, a pause, refusals.

    A row exists only after one of these. A known browser has a row of its own, so strangers cannot lock the owner out
    there.
    """

    class Kind(models.TextChoices):
        RECIPIENT = "recipient", _("address or number")
        BROWSER = "browser", _("known browser")
        SECOND_FACTOR = "second_factor", _("two-step sign-in")
        NETWORK = "network", _("network")

    digest = models.CharField(max_length=64, unique=True)
    kind = models.CharField(_("kind"), max_length=20, choices=Kind.choices, default=Kind.RECIPIENT)
    subject = EncryptedTextField(_("whose"), blank=True)
    subject_digest = models.CharField(max_length=64, blank=True, db_index=True)
    failures = models.PositiveIntegerField(_("wrong codes in a row"), default=0)
    # When it is looked up whether an account still needs this count.
    review_at = models.DateTimeField(null=True)
    # Whether the owner heard of these failures.
    is_told = models.BooleanField(default=False)
    paused_until = models.DateTimeField(_("stopped until"), null=True)
    refused_at = models.DateTimeField(_("last refused"), null=True)
    # Since then the caps count. Staff set it.
    lifted_at = models.DateTimeField(_("last lifted"), null=True)

    objects = CodeGuardQuerySet.as_manager()

    class Meta:
        verbose_name = _("limit of codes")
        verbose_name_plural = _("limits of codes")

    def __str__(self) -> str:
        return f"{self.get_kind_display()} #{self.pk}"  # without the subject: the history keeps this in plain text

    @property
    def is_of_account(self) -> bool:
        """Whether it guards someone's account. One whose subject cannot be read counts as such."""
        users = get_user_model()._default_manager
        return is_unreadable(self.subject) or users.filter(email=self.subject).exists()

    @property
    def is_off(self) -> bool:
        """Whether codes are no longer accepted, even correct ones."""
        return self.failures >= FAILURES_ALLOWED

    @property
    def is_paused(self) -> bool:
        return self.paused_until is not None and self.paused_until > timezone.now()

    @property
    def has_refused(self) -> bool:
        """Whether a cap refused something within a day, and staff have not lifted it since."""
        return self.refused_at is not None and self.refused_at > timezone.now() - REFUSALS_KEPT

    def since(self, now: datetime, cap: Cap) -> datetime:
        """Return from when on a cap counts."""
        return max(now - cap.window, self.lifted_at or now - cap.window)

    @transaction.atomic
    def lift(self, *, by: "User", reason: str) -> None:
        """Let all of it be used again: wrong codes, codes that were sent, and what the owner stopped."""
        before = {"failures": self.failures, "paused_until": self.paused_until}
        values = {
            "failures": 0,
            "is_told": False,
            "paused_until": None,
            "refused_at": None,
            "lifted_at": timezone.now(),
        }
        CodeGuard.objects.filter(pk=self.pk).update(**values)
        history.record(self, "code_limit_lifted", by=by, before=before, after={"failures": 0}, note=reason)
        self.refresh_from_db()


_SUBJECT = "code-subject"


def _names(subject: str, kind: str) -> dict[str, str]:
    return {"subject": subject, "subject_digest": keyed_digest(_SUBJECT, subject) if subject else "", "kind": kind}
