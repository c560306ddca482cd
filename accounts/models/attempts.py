"""Wrong codes, counted in the database per account and per network address, and for as long as no right one comes.

NIST SP 800-63B §5.2.2 allows 100 consecutive failures. Before that, each hour has a cap of its own.
"""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.db.models import F
from django.utils import timezone

from accounts.refusals import CodesOff, TooManyAttempts
from myusa.lib.http.network import network_of
from myusa.lib.security.digests import keyed_digest


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


def address_digest(address: str) -> str:
    """Return the digest under which the network of an address is counted; addresses that are not known share one."""
    return keyed_digest("code-address", network_of(address))


def second_factor_digest(user_id: int) -> str:
    """Return the digest under which codes of a person's second factor are counted."""
    return keyed_digest("second-factor-account", str(user_id))


class FailedAttemptManager(models.Manager["FailedAttempt"]):
    def begin(self, account: str, address: str) -> "FailedAttempt":
        """Count a try before its outcome is known, so that parallel tries cannot exceed a cap.

        `account` and `address` are digests. Raises CodesOff and TooManyAttempts. The caller calls `succeed` for a right
        code, and `take_back` if it turns out that nothing was tried.
        """
        guard = CodeGuard.objects.of(account)
        if guard.is_off:
            raise CodesOff
        attempt = self.create(account_digest=account, address_digest=address)
        now = attempt.at
        by_account = self.filter(account_digest=account, at__gt=now - ACCOUNT_ATTEMPTS.window).count()
        by_address = self.filter(address_digest=address, at__gt=now - ADDRESS_ATTEMPTS.window).count() if address else 0
        if ACCOUNT_ATTEMPTS.is_passed_by(by_account) or ADDRESS_ATTEMPTS.is_passed_by(by_address):
            attempt.delete()  # what is refused does not prolong the wait
            raise TooManyAttempts
        attempt.failures = guard.count_failure()
        return attempt


class FailedAttempt(models.Model):
    """One wrong code, counted per account and per network address. Both are kept as digests."""

    account_digest = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64, blank=True)
    at = models.DateTimeField(default=timezone.now, db_index=True)

    # How many failed in a row, with this one; known only while it is tried.
    failures = 0

    objects = FailedAttemptManager()

    class Meta:
        indexes = [
            models.Index(fields=["account_digest", "at"], name="attempt_account"),
            models.Index(fields=["address_digest", "at"], name="attempt_address"),
        ]

    @property
    def is_worth_telling(self) -> bool:
        """Whether the owner should hear now that someone tries codes."""
        return self.failures == FAILURES_TOLD

    def succeed(self) -> None:
        """Forget this try, and the failures before it: the owner gave the right code."""
        self.delete()
        CodeGuard.objects.filter(digest=self.account_digest).update(failures=0)

    def take_back(self) -> None:
        """Forget this try alone: no code was compared."""
        self.delete()
        CodeGuard.objects.filter(digest=self.account_digest, failures__gt=0).update(failures=F("failures") - 1)


class CodeGuardManager(models.Manager["CodeGuard"]):
    def of(self, digest: str) -> "CodeGuard":
        return self.filter(digest=digest).first() or CodeGuard(digest=digest)

    def is_paused(self, digests: list[str]) -> bool:
        """Return whether the owner of a recipient, given by its digests, stopped the codes that strangers ask for."""
        return self.filter(digest__in=digests, paused_until__gt=timezone.now()).exists()

    def pause(self, digest: str) -> None:
        """Let strangers send no codes to a recipient for a day."""
        self.update_or_create(digest=digest, defaults={"paused_until": timezone.now() + PAUSE})


class CodeGuard(models.Model):
    """What protects a recipient of codes over all time: failures in a row, and a pause that the owner asked for.

    Kept as a digest, like the tries. A known browser has a row of its own, so strangers cannot lock the owner out there.
    """

    digest = models.CharField(max_length=64, primary_key=True)
    failures = models.PositiveIntegerField(default=0)
    paused_until = models.DateTimeField(null=True)

    objects = CodeGuardManager()

    @property
    def is_off(self) -> bool:
        """Whether no code is accepted any more, however right it is."""
        return self.failures >= FAILURES_ALLOWED

    def count_failure(self) -> int:
        """Count a try as failed until it succeeds, and return how many there are in a row."""
        CodeGuard.objects.get_or_create(digest=self.digest)
        CodeGuard.objects.filter(pk=self.pk).update(failures=F("failures") + 1)
        return CodeGuard.objects.values_list("failures", flat=True).get(pk=self.pk)
