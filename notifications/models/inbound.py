"""Text messages that people sent to us, as far as they must be known again."""

from datetime import timedelta

from django.db import models
from django.utils import timezone

from myusa.lib.database.deletion import delete_oldest

KEPT_FOR = timedelta(days=365)


class InboundTextQuerySet(models.QuerySet["InboundText"]):
    def is_new(self, provider_id: str) -> bool:
        """Record a message by its provider's id; False if it was recorded before, so that a replay changes nothing."""
        return not provider_id or self.get_or_create(provider_id=provider_id)[1]

    def purge(self) -> int:
        """Delete those of more than a year ago; return how many."""
        return delete_oldest(self.all(), "received_at", timezone.now() - KEPT_FOR)


class InboundText(models.Model):
    """A reply that stopped or started text messages. Neither number nor text is kept."""

    provider_id = models.CharField(max_length=64, unique=True)
    received_at = models.DateTimeField(default=timezone.now)

    objects = InboundTextQuerySet.as_manager()
