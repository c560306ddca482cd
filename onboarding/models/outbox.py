"""Emails that a step owes to people. They are rows first, so that none is lost when mail or the broker is down."""

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


class LetterQuerySet(models.QuerySet["Letter"]):
    def due(self) -> "LetterQuerySet":
        """Return unsent letters that nobody is sending at this moment and whose last failure is long enough ago."""
        free = Q(rests_until=None) | Q(rests_until__lt=timezone.now())
        return self.filter(free, sent_at=None, attempts__lt=MAX_ATTEMPTS).order_by("pk")

    def write(
        self,
        request: "ProductionRequest",
        name: str,
        to: Iterable[str],
        *,
        note: str = "",
        demo: "Demo | None" = None,
        affidavit: "Affidavit | None" = None,
    ) -> list["Letter"]:
        """Owe the letter `templates/onboarding/mail/words/<name>.txt` to each address, in the caller's transaction."""
        sequence = demo.sequence if demo else 0
        letters = [
            self.create(
                request=request, name=name, to=address, note=note, demo=demo, affidavit=affidavit, sequence=sequence
            )
            for address in dict.fromkeys(to)
        ]
        ids = [letter.pk for letter in letters]
        # robust: the step is done, and the sweep sends what could not be asked for now.
        transaction.on_commit(lambda: _ask_for_sending(ids), robust=True)
        return letters  # type: ignore[return-value]


class Letter(models.Model):
    request = models.ForeignKey("onboarding.ProductionRequest", models.CASCADE, related_name="letters")
    name = models.CharField(_("letter"), max_length=40)
    to = models.EmailField(_("to"), max_length=254)
    note = models.TextField(blank=True)
    demo = models.ForeignKey("onboarding.Demo", models.CASCADE, null=True, related_name="letters")
    affidavit = models.ForeignKey("onboarding.Affidavit", models.CASCADE, null=True, related_name="letters")
    # The invitation's revision when the letter was owed (RFC 5545 §3.8.7.4).
    sequence = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(_("owed"), auto_now_add=True)
    # While a process has it in hand, and after a failure.
    rests_until = models.DateTimeField(null=True)
    attempts = models.PositiveSmallIntegerField(_("attempts"), default=0)
    sent_at = models.DateTimeField(_("sent"), null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        verbose_name = _("letter")
        verbose_name_plural = _("letters")
        ordering = ["-pk"]
        indexes = [models.Index(fields=["created_at"], condition=Q(sent_at=None), name="letter_unsent")]

    def __str__(self) -> str:
        return f"{self.name} → {self.to}"

    def claim(self) -> bool:
        """Reserve the sending for this process; False if another has it or it is sent."""
        claimed = Letter.objects.due().filter(pk=self.pk)
        return bool(claimed.update(rests_until=timezone.now() + CLAIM_AGE, attempts=F("attempts") + 1))

    def put_off(self) -> None:
        """Wait before the next attempt, twice as long each time: in all 17 hours, which outlast most failures."""
        self.refresh_from_db(fields=["attempts"])
        Letter.objects.filter(pk=self.pk).update(rests_until=timezone.now() + timedelta(minutes=2**self.attempts))


def _ask_for_sending(ids: list[int]) -> None:
    # By name, because the jobs import the models.
    current_app.tasks["onboarding.jobs.send_letters"].delay(ids)
