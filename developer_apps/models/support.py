"""What developers ask MyUSA staff, and what they reply."""

import uuid
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models, transaction
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Claim, StaffNote, allowances
from developer_apps import emails
from developer_apps.models.apps import App
from developer_apps.models.products import Product
from myusa.lib import history
from myusa.lib.database.encryption import EncryptedTextField
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

KEPT_AFTER_CLOSING = timedelta(days=365)


class SupportRequestQuerySet(models.QuerySet["SupportRequest"]):
    def waiting(self) -> "SupportRequestQuerySet":
        """Keep those that wait for staff, the one that waits the longest on top."""
        return self.filter(status=SupportRequest.Status.OPEN).order_by("updated_at", "pk")

    def of(self, user: "User") -> "SupportRequestQuerySet":
        return self.filter(user=user).select_related("app").order_by("-updated_at", "-pk")

    @transaction.atomic
    def ask(
        self,
        user: "User",
        *,
        subject: str,
        text: str,
        app: App | None = None,
        product: Product | None = None,
        trace_id: uuid.UUID | None = None,
    ) -> "SupportRequest":
        """Store a request, and email it to support and its sender; raise UsedUp."""
        allowances.SUPPORT_REQUESTS.take(user)
        request = self.create(user=user, subject=subject, app=app, product=product, trace_id=trace_id)
        message = request.messages.create(author=user, text=text)
        emails.support_requested(request, message)
        return request

    def purge(self) -> int:
        """Delete requests that were closed a year ago; return how many."""
        old = self.filter(status=SupportRequest.Status.CLOSED, updated_at__lt=timezone.now() - KEPT_AFTER_CLOSING)
        return old.delete()[1].get("developer_apps.SupportRequest", 0)


class SupportRequest(models.Model):
    """A conversation between one person and staff. The person's team doesn't see it."""

    class Status(models.TextChoices):
        OPEN = "open", _("Waiting for staff")
        REPLIED = "replied", _("Staff replied")
        CLOSED = "closed", _("Closed")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="support_requests", verbose_name=_("asked by")
    )
    app = models.ForeignKey(App, models.SET_NULL, null=True, related_name="+")
    # The product that a comment is about.
    product = models.ForeignKey(Product, models.SET_NULL, null=True, related_name="+", verbose_name=_("comment on"))
    subject = EncryptedTextField(_("subject"))
    trace_id = models.UUIDField(_("trace ID"), null=True)
    status = models.CharField(_("status"), max_length=10, choices=Status.choices, default=Status.OPEN)
    created_at = models.DateTimeField(_("asked"), default=timezone.now)
    updated_at = models.DateTimeField(_("last message"), default=timezone.now)
    claims = GenericRelation(Claim)
    staff_notes = GenericRelation(StaffNote)

    objects = SupportRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("support request")
        verbose_name_plural = _("support requests")
        ordering = ["-updated_at"]
        indexes = [models.Index(fields=["status", "updated_at"], name="support_request_queue")]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """The name of the request in emails and calls: `S-12`."""
        return f"S-{self.pk}"

    @transaction.atomic
    def write(self, text: str) -> None:
        """Add a message of the person who asked, and open the request again; raise UsedUp."""
        allowances.SUPPORT_REQUESTS.take(self.user)
        self._set(self.Status.OPEN)
        emails.support_requested(self, self.messages.create(author=self.user, text=text))

    @transaction.atomic
    def reply(self, *, by: "User", reason: str) -> None:
        """Add a message of staff, whose text is `reason`, and email it to the person."""
        self._set(self.Status.REPLIED)
        emails.support_replied(self, self.messages.create(author=by, is_staff=True, text=reason))
        history.record(self, "support_replied", by=by)

    @transaction.atomic
    def close(self, *, by: "User") -> None:
        """Close the request without a further message; raise InvalidTransition if it is closed."""
        if not SupportRequest.objects.filter(pk=self.pk).exclude(status=self.Status.CLOSED).exists():
            raise InvalidTransition(_("This request is already closed."))
        self._set(self.Status.CLOSED)
        history.record(self, "support_closed", by=by)

    def _set(self, status: str) -> None:
        self.status, self.updated_at = status, timezone.now()
        self.save(update_fields=["status", "updated_at"])


class SupportMessage(models.Model):
    request = models.ForeignKey(SupportRequest, models.CASCADE, related_name="messages")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    is_staff = models.BooleanField(default=False)
    text = EncryptedTextField(_("message"))
    at = models.DateTimeField(_("written"), default=timezone.now)

    class Meta:
        verbose_name = _("message")
        verbose_name_plural = _("messages")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.request}: {self.at:%Y-%m-%d}"
