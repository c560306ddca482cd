"""What a team asks and staff decide once: approve, deny with a reason; the team can withdraw it before."""

from typing import TYPE_CHECKING, ClassVar, Self

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Claim, StaffNote
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User


class DecisionQuerySet(models.QuerySet["Decision"]):
    def waiting(self) -> Self:
        """Keep what staff have to decide, the oldest first."""
        return self.filter(status=Decision.Status.PENDING).order_by("requested_at", "pk")


class Decision(models.Model):
    class Status(models.TextChoices):
        PENDING = "pending", _("Pending")
        APPROVED = "approved", _("Approved")
        DENIED = "denied", _("Denied")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    # What people read who come too late.
    decided_words: ClassVar[str | Promise] = _("This request was already decided.")

    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.PENDING)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=_("requested by"),
    )
    requested_at = models.DateTimeField(_("requested"), default=timezone.now)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("decided by")
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    reason = models.TextField(_("reason"), blank=True)
    claims = GenericRelation(Claim)
    staff_notes = GenericRelation(StaffNote)

    objects = DecisionQuerySet.as_manager()

    class Meta:
        abstract = True
        ordering = ["requested_at"]

    def __str__(self) -> str:
        return f"{self.app} ({self.get_status_display()})"  # type: ignore[attr-defined]

    def _decide(self, status: str, *, by: "User", reason: str = "") -> None:
        self.decided_at = timezone.now()
        claimed = (
            type(self)
            ._default_manager.filter(pk=self.pk, status=self.Status.PENDING)
            .update(status=status, decided_by=by, decided_at=self.decided_at, reason=reason)
        )
        if not claimed:
            raise InvalidTransition(self.decided_words)
        self.status, self.decided_by, self.reason = status, by, reason
