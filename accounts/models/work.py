"""What staff keep about their own work: who claimed a row of a queue, and internal notes that no team ever sees."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.models import ContentType
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib.database.encryption import EncryptedTextField
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models.user import User


class ClaimQuerySet(models.QuerySet["Claim"]):
    def of(self, row: models.Model) -> "ClaimQuerySet":
        return self.filter(content_type=ContentType.objects.get_for_model(row), object_id=row.pk)

    @transaction.atomic
    def take(self, row: models.Model, *, by: "User", instead_of: int | None = None) -> "Claim":
        """Claim `row`, or take it over from the colleague with the key `instead_of`.

        Raises InvalidTransition if another colleague has it.
        """
        claim, _created = self.select_related("staff").get_or_create(
            content_type=ContentType.objects.get_for_model(row), object_id=row.pk, defaults={"staff": by}
        )
        if claim.staff_id == by.pk:
            return claim
        if not self.filter(pk=claim.pk, staff_id=instead_of).update(staff=by, at=timezone.now()):
            raise InvalidTransition(_("%(who)s claimed this in the meantime.") % {"who": claim.staff})
        claim.refresh_from_db()
        return claim


class Claim(models.Model):
    """One staff member works on one row of a queue. The row's model has a GenericRelation to this one."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    staff = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="claims")
    at = models.DateTimeField(default=timezone.now)

    objects = ClaimQuerySet.as_manager()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["content_type", "object_id"], name="claim_one_per_row")]

    def __str__(self) -> str:
        return f"#{self.pk}"


class StaffNote(models.Model):
    """What staff write to each other about a row. Its model has a GenericRelation to this one."""

    content_type = models.ForeignKey(ContentType, models.CASCADE, related_name="+")
    object_id = models.PositiveBigIntegerField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    text = EncryptedTextField(_("note"))
    at = models.DateTimeField(default=timezone.now)

    class Meta:
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["content_type", "object_id"], name="staff_note_row")]

    def __str__(self) -> str:
        return f"#{self.pk}"
