"""Emails that a step sends. They are rows first: none is lost when the mail server or the broker is down."""

from collections.abc import Iterable
from datetime import timedelta
from typing import TYPE_CHECKING

from celery import current_app
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from onboarding.models import Affidavit, Demo, ProductionRequest

CLAIM_AGE = timedelta(minutes=5)
MAX_ATTEMPTS = 10


class OutboxEmailQuerySet(models.QuerySet["OutboxEmail"]):
    def due(self) -> "OutboxEmailQuerySet":
        """Return unsent emails that no process has claimed and whose next attempt is due."""
        free = Q(retry_at=None) | Q(retry_at__lt=timezone.now())
        return self.filter(free, sent_at=None, attempts__lt=MAX_ATTEMPTS).order_by("pk")

    def queue(
        self,
        request: "ProductionRequest",
        name: str,
        to: Iterable[str],
        *,
        note: str = "",
        demo: "Demo | None" = None,
        affidavit: "Affidavit | None" = None,
    ) -> list["OutboxEmail"]:
        """Queue `templates/onboarding/mail/words/<name>.txt` for each address, in the caller's transaction."""
        sequence = demo.sequence if demo else 0
        queued = [
            self.create(
                request=request, name=name, to=address, note=note, demo=demo, affidavit=affidavit, sequence=sequence
            )
            for address in dict.fromkeys(to)
        ]
        ids = [email.pk for email in queued]
        # robust: the step is committed already. The sweep sends what could not be started now.
        transaction.on_commit(lambda: _start_sending(ids), robust=True)
        return queued  # type: ignore[return-value]


class OutboxEmail(models.Model):
    """One email to one address, from the step that sends it until a year after it was sent."""

    request = models.ForeignKey("onboarding.ProductionRequest", models.CASCADE, related_name="emails")
    name = models.CharField(_("email"), max_length=40)
    to = models.EmailField(_("to"), max_length=254)
    note = models.TextField(blank=True)
    demo = models.ForeignKey("onboarding.Demo", models.CASCADE, null=True, related_name="emails")
    affidavit = models.ForeignKey("onboarding.Affidavit", models.CASCADE, null=True, related_name="emails")
    # The revision of the calendar invitation when the email was queued (RFC 5545 §3.8.7.4).
    sequence = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("queued"), auto_now_add=True)
    # Set while a process has claimed the email, and after a failure.
    retry_at = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = OutboxEmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_at"], condition=Q(sent_at=None), name="onboarding_email_unsent")]

    def __str__(self) -> str:
        return f"{self.name} → {self.to}"

    def claim(self) -> bool:
        """Claim the email for this process; return False if another process has it or it was sent."""
        claimed = OutboxEmail.objects.due().filter(pk=self.pk)
        return bool(claimed.update(retry_at=timezone.now() + CLAIM_AGE, attempts=F("attempts") + 1))

    def postpone(self) -> None:
        """Schedule the next attempt, twice as late each time. Ten attempts take 17 hours."""
        self.refresh_from_db(fields=["attempts"])
        OutboxEmail.objects.filter(pk=self.pk).update(retry_at=timezone.now() + timedelta(minutes=2**self.attempts))


def _start_sending(ids: list[int]) -> None:
    # By name, because the jobs import the models.
    current_app.tasks["onboarding.jobs.send_emails"].delay(ids)
