"""The emails that the steps of a request have sent. `myusa.outbox` delivers them and deletes them after a year."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from myusa.outbox.models import OutgoingEmail


class RequestEmailQuerySet(models.QuerySet["RequestEmail"]):
    def with_delivery(self) -> "RequestEmailQuerySet":
        """Load with each email its state and recipient, without its content."""
        joined = self.select_related("outgoing_email")
        return joined.defer("outgoing_email__content")


class RequestEmail(models.Model):
    """One email to one address, from the step that sends it until a year later."""

    request = models.ForeignKey("onboarding.ProductionRequest", models.CASCADE, related_name="emails")
    affidavit = models.ForeignKey("onboarding.Affidavit", models.CASCADE, null=True, related_name="emails")
    outgoing_email = models.OneToOneField(OutgoingEmail, models.CASCADE, related_name="+")
    name = models.CharField(_("email"), max_length=40)

    objects = RequestEmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("email")
        verbose_name_plural = _("emails")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name} ({self.outgoing_email_id})"

    @property
    def to(self) -> str:
        return self.outgoing_email.to
