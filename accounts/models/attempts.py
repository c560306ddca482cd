"""Wrong codes, counted in the database per account and per network address."""

from dataclasses import dataclass
from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone

from accounts.refusals import TooManyAttempts
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


def address_digest(address: str) -> str:
    """Return the digest under which the network of an address is counted; addresses that are not known share one."""
    return keyed_digest("code-address", network_of(address))


class FailedAttemptManager(models.Manager["FailedAttempt"]):
    def begin(self, account: str, address: str) -> "FailedAttempt":
        """Count a try before its outcome is known, so that parallel tries cannot exceed a cap.

        `account` and `address` are digests. Raises TooManyAttempts. The caller deletes the row when the try succeeds.
        """
        attempt = self.create(account_digest=account, address_digest=address)
        now = attempt.at
        by_account = self.filter(account_digest=account, at__gt=now - ACCOUNT_ATTEMPTS.window).count()
        by_address = self.filter(address_digest=address, at__gt=now - ADDRESS_ATTEMPTS.window).count() if address else 0
        if ACCOUNT_ATTEMPTS.is_passed_by(by_account) or ADDRESS_ATTEMPTS.is_passed_by(by_address):
            attempt.delete()  # what is refused does not prolong the wait
            raise TooManyAttempts
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
