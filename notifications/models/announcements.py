"""MyUSA's own announcements to everyone, or to every developer."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import FormerConnection, Membership
from developer_apps.traffic import exposure
from myusa.lib import history, texts
from notifications.models.preferences import RefusedAddress

if TYPE_CHECKING:
    from accounts.models import User


class AnnouncementQuerySet(models.QuerySet["Announcement"]):
    def in_progress(self) -> "AnnouncementQuerySet":
        """Return those that are being sent and not paused."""
        return self.filter(finished_at=None, paused_at=None).exclude(started_at=None)


class Announcement(models.Model):
    class Audience(models.TextChoices):
        EVERYBODY = "everybody", _("Everyone")
        DEVELOPERS = "developers", _("Developers")
        FORMER_USERS = "former_users", _("People who were connected to a deleted app")
        READ_BY_APP = "read_by_app", _("People whose data an app read")
        CORRECTED = "corrected", _("People who got the announcement that this one corrects")

    subject = models.CharField(_("subject"), max_length=255)
    body = models.TextField(
        _("text"), max_length=20_000, blank=True, help_text=_("Plain text; addresses become links.")
    )
    translations = texts.TranslationsField(of=("subject", "body"))
    audience = models.CharField(_("audience"), max_length=20, choices=Audience.choices, default=Audience.DEVELOPERS)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        editable=False,
        related_name="+",
        verbose_name=_("written by"),
    )
    # The app of FORMER_USERS and READ_BY_APP; no foreign key, because it may be deleted.
    about_app_id = models.BigIntegerField(null=True, editable=False)
    read_since = models.DateTimeField(_("read since"), null=True, editable=False)
    # What was sent cannot be changed: the people who have it get a correction. A correction can be corrected, too.
    corrects = models.OneToOneField(
        "self",
        models.PROTECT,
        null=True,
        editable=False,
        related_name="correction",
        verbose_name=_("corrects"),
    )
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
        constraints = [
            models.CheckConstraint(
                condition=models.Q(audience="corrected", corrects__isnull=False)
                | (models.Q(corrects=None) & ~models.Q(audience="corrected")),
                name="announcement_correction_has_original",
            )
        ]

    def __str__(self) -> str:
        return self.subject

    def language_of(self, subject: str) -> str:
        """Return the language in which `subject` is this announcement's."""
        of_others = (code for code, columns in self.translations.items() if columns.get("subject") == subject)
        return next(of_others, settings.LANGUAGE_CODE)

    @property
    def sent_correction(self) -> "Announcement | None":
        """The announcement that corrects this one, once it is on its way to people."""
        found = getattr(self, "correction", None)
        return found if found and found.started_at else None

    @property
    def percent(self) -> int:
        """How far sending has come, by the keys of the people: no one is counted."""
        if self.finished_at and not self.stopped_at:
            return 100
        return min(99, 100 * self.last_person // self.final_person) if self.final_person else 0

    @transaction.atomic
    def start(self, *, by: "User") -> bool:
        """Queue it for the job that sends, and take back what staff tried on themselves; False if it was started before."""
        newest = get_user_model().objects.order_by("-pk").values_list("pk", flat=True).first() or 0
        waiting = Announcement.objects.filter(pk=self.pk, started_at=None)
        is_new = self._change(waiting, "announcement_started", by, started_at=timezone.now(), final_person=newest)
        if is_new:
            self.notifications.all().delete()
        return is_new

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

    def next_people(self, most: int) -> list[tuple[int, str, str]]:
        """Return keys, email addresses and languages of the people who get it next. The cost does not depend on how many have it."""
        between = self.people().filter(pk__gt=self.last_person, pk__lte=self.final_person)
        return list(between.order_by("pk").values_list("pk", "email", "language")[:most])

    def people(self) -> "models.QuerySet[User]":
        """Return everyone in the audience now."""
        people = get_user_model().objects.filter(is_active=True, test_user=None)
        if self.corrects:
            return people.filter(Exists(self.corrects.notifications.filter(user=OuterRef("pk"))))
        if self.audience == self.Audience.FORMER_USERS:
            connected = FormerConnection.objects.filter(app_id=self.about_app_id or 0, user=OuterRef("pk"))
            return people.filter(Exists(connected))
        if self.audience == self.Audience.DEVELOPERS:
            return people.filter(Exists(Membership.objects.filter(user=OuterRef("pk"))))
        if self.audience == self.Audience.READ_BY_APP:
            reads = exposure.reads(self.about_app_id or 0, since=self.read_since)
            return people.filter(Exists(reads.filter(user=OuterRef("pk"))))
        return people

    def people_by_email(self) -> "models.QuerySet[User]":
        """Return those in the audience who get an email, too: they did not opt out, and their address works."""
        refused = RefusedAddress.objects.given_up().filter(user=OuterRef("pk"))
        return self.people().exclude(announcement_preference__by_email=False).exclude(Exists(refused))

    def _sending(self) -> "AnnouncementQuerySet":
        return Announcement.objects.filter(pk=self.pk, finished_at=None).exclude(started_at=None)

    def _change(self, rows: "AnnouncementQuerySet", verb: str, by: "User", **changes: Any) -> bool:
        changed = rows.update(**changes)
        if changed:
            history.record(self, verb, by=by, after={"audience": self.audience})
        return bool(changed)
