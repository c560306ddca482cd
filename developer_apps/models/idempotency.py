"""The responses of creating calls, kept for a day for calls that are repeated."""

from django.conf import settings
from django.db import models
from django.utils import timezone

from developer_apps.models.apps import App
from myusa.lib.database.encryption import EncryptedJSONField


class IdempotentResponse(models.Model):
    """The response that an app got when it created something for a person under an Idempotency-Key."""

    app = models.ForeignKey(App, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    key_digest = models.CharField(max_length=64)
    # Of the path and the parameters.
    request_digest = models.CharField(max_length=64)
    response = EncryptedJSONField(null=True)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["user", "app", "key_digest"], name="idempotency_key_once")]
