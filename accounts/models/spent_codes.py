"""Codes of authenticator apps and challenges of passkeys that were used: each works once, although it stays valid for a while."""

from datetime import timedelta

from django.db import IntegrityError, models, transaction
from django.utils import timezone

from myusa.lib.security.digests import keyed_digests

# At least as long as a code or challenge is valid; afterwards the same digits may come up again.
SPENT_FOR = timedelta(minutes=5)


class SpentCodeManager(models.Manager["SpentCode"]):
    def spend(self, scope: int | str, code: str) -> bool:
        """Note that `code` was used and return whether this was the first use; of parallel uses one is.

        `scope` is what the code belongs to: an authenticator's ID, or a name.
        """
        digest, *former = keyed_digests("spent-code", f"{scope}:{code}")
        now = timezone.now()
        if former and self.filter(pk__in=former, at__gte=now - SPENT_FOR).exists():
            return False
        if self.filter(pk=digest, at__lt=now - SPENT_FOR).update(at=now):
            return True
        try:
            with transaction.atomic():
                self.create(digest=digest, at=now)
        except IntegrityError:
            return False
        return True

    def purge(self) -> int:
        return self.filter(at__lt=timezone.now() - SPENT_FOR).delete()[0]


class SpentCode(models.Model):
    digest = models.CharField(max_length=64, primary_key=True)
    at = models.DateTimeField(db_index=True)

    objects = SpentCodeManager()
