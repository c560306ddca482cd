"""MyUSA's own announcements to everybody, or to every developer."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import FormerConnection, Membership
from myusa.lib import history

if TYPE_CHECKING:
    from accounts.models import User


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def in_progress(self) -> "AnnouncementQuerySet":
        """Return those that are being sent and not paused."""
        return self.filter(finished_at=None, paused_at=None).exclude(started_at=None)


class Announcement(models.Model):
    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("Everybody")
        DEVELOPERS = "developers", _("Developers")
        FORMER_USERS = "former_users", _("People who were connected to a deleted app")

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
    deleted_app_id = models.BigIntegerField(null=True, editable=False)
    created_at = models.DateTimeField(_("written"), auto_now_add=True)
    started_at = models.DateTimeField(_("sending began"), null=True, editable=False)
    paused_at = models.DateTimeField(_("paused"), null=True, editable=False)
    stopped_at = models.DateTimeField(_("stopped"), null=True, editable=False)
    finished_at = models.DateTimeField(_("sending ended"), null=True, editable=False)
    # People get it in the order of their keys, up to the newest account at the start: who joins later does not get it.
    last_person = models.BigIntegerField(default=0, editable=False)
    final_person = models.BigIntegerField(default=0, editable=False)
    sent_count = models.PositiveBigIntegerField(_("people"), default=0, editable=False)

    objects = AnnouncementQuerySet.as_manager()

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ["-created_at"]

    def __str__(self) -> str:
        return self.subject

    @property
    def percent(self) -> int:
        """How far sending has come, by the keys of the people: no one is counted."""
        if self.finished_at and not self.stopped_at:
            return 100
        return min(99, 100 * self.last_person // self.final_person) if self.final_person else 0

    def start(self, *, by: "User") -> bool:
        """Queue it for the job that sends; return False if it was started before."""
        newest = get_user_model().objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        waiting = Announcement.objects.filter(pk=self.pk, started_at=None)
        return self._change(waiting, "announcement_started", by, started_at=timezone.now(), final_person=newest)

    def pause(self, *, by: "User") -> bool:
        """Pause sending until `resume`; return False if it is not being sent."""
        return self._change(self._sending().filter(paused_at=None), "announcement_paused", by, paused_at=timezone.now())

    def resume(self, *, by: "User") -> bool:
        """Continue after `pause`; return False if it is not paused."""
        return self._change(self._sending().exclude(paused_at=None), "announcement_resumed", by, paused_at=None)

    def stop(self, *, by: "User") -> bool:
        """Stop sending permanently; return False if it is not being sent."""
        now = timezone.now()
        return self._change(self._sending(), "announcement_stopped", by, stopped_at=now, finished_at=now)

    def next_people(self, most: int) -> list[tuple[int, str]]:
        """Return keys and email addresses of the people who get it next. The cost does not depend on how many have it."""
        people = get_user_model().objects.filter(is_active=True, test_user=None)
        if self.audience == self.Audience.FORMER_USERS:
            connected = FormerConnection.objects.filter(app_id=self.deleted_app_id or 0, user=OuterRef("pk"))
            people = people.filter(Exists(connected))
        if self.audience == self.Audience.DEVELOPERS:
            people = people.filter(Exists(Membership.objects.filter(user=OuterRef("pk"))))
        between = people.filter(pk__gt=self.last_person, pk__lte=self.final_person)
        return list(between.order_by("pk").values_list("pk", "email")[:most])

    def _sending(self) -> "AnnouncementQuerySet":
        return Announcement.objects.filter(pk=self.pk, finished_at=None).exclude(started_at=None)

    def _change(self, rows: "AnnouncementQuerySet", verb: str, by: "User", **changes: Any) -> bool:
        changed = rows.update(**changes)
        if changed:
            history.record(self, verb, by=by, after={"audience": self.audience})
        return bool(changed)
