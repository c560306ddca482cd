"""The answers as they were sent, one copy per sending."""

from typing import Any

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from myusa.lib.database.encryption import EncryptedJSONField, EncryptedTextField
from onboarding.models.requests import ProductionRequest


class Submission(models.Model):
    """A copy of the answers that never changes: what staff judged stays readable."""

    request = models.ForeignKey(ProductionRequest, models.CASCADE, related_name="submissions")
    number = models.PositiveSmallIntegerField(_("number"))
    answers = EncryptedJSONField()
    submitted_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    submitted_at = models.DateTimeField(_("sent"), auto_now_add=True)
    # Where it was sent from, as limits count it; staff are warned if the signature comes from there, too.
    network = EncryptedTextField(blank=True)

    class Meta:
        verbose_name = _("submission")
        verbose_name_plural = _("submissions")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["request", "number"], name="submission_number_unique")]

    def __str__(self) -> str:
        return f"{self.request} ({self.number})"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("A submission never changes.")
        super().save(*args, **kwargs)
