"""What MyUSA itself tells everybody, or every developer."""

from typing import TYPE_CHECKING

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib import history

if TYPE_CHECKING:
    from accounts.models import User


class Announcement(models.Model):
    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("Everybody")
        DEVELOPERS = "developers", _("Developers")

    subject = models.CharField(_("subject"), max_length=255)
    body = models.TextField(
        _("text"), max_length=20_000, blank=True, help_text=_("Plain text; addresses become links.")
    )
    audience = models.CharField(_("audience"), max_length=20, choices=Audience.choices, default=Audience.DEVELOPERS)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
    )
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    started_at = models.DateTimeField(_("sending began"), null=True, editable=False)
    finished_at = models.DateTimeField(_("sending ended"), null=True, editable=False)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.subject

    def start(self, *, by: "User") -> bool:
        """Let the next job send it; return False if that was asked for before."""
        started = Announcement.objects.filter(pk=self.pk, started_at=None).update(started_at=timezone.now())
        if started:
            history.record(self, "announcement_started", by=by, after={"audience": self.audience})
        return bool(started)

    def remaining(self) -> models.QuerySet["User"]:
        """Return the people who should get it and have not, in a fixed order."""
        people = get_user_model().objects.filter(is_active=True, test_user=None)
        if self.audience == self.Audience.DEVELOPERS:
            people = people.filter(teams__isnull=False)
        return people.exclude(notifications__announcement=self).order_by("pk").distinct()
