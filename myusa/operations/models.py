"""Error pages that people saw, sums over all workers, and what the status page shows."""

from datetime import timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ErrorPageQuerySet(models.QuerySet["ErrorPage"]):
    def purge(self) -> int:
        """Delete what is older than KEPT_FOR; return how many rows went."""
        return self.filter(at__lt=timezone.now() - ErrorPage.KEPT_FOR).delete()[0]


class ErrorPage(models.Model):
    """One error page shown to a signed-in person, or one failure of the server. No query and no body is stored."""

    KEPT_FOR = timedelta(days=90)
    MAX_PATH = 500

    request_id = models.UUIDField(_("request ID"), unique=True)
    at = models.DateTimeField(_("time"), default=timezone.now, db_index=True)
    method = models.CharField(_("method"), max_length=10)
    path = models.CharField(_("path"), max_length=MAX_PATH)
    status = models.PositiveSmallIntegerField(_("status"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+", verbose_name=_("person")
    )

    objects = ErrorPageQuerySet.as_manager()

    class Meta:
        verbose_name = _("error page")
        verbose_name_plural = _("error pages")
        indexes = [models.Index(fields=["user", "at"], name="error_page_user_at")]

    def __str__(self) -> str:
        return f"{self.status} {self.method} {self.path}"


class Tally(models.Model):
    """A figure of jobs or messages with its labels (JSON), summed over all workers; see `myusa.operations.tallies`."""

    name = models.CharField(max_length=50)
    labels = models.CharField(max_length=300)
    value = models.FloatField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "labels"], name="tally_once")]

    def __str__(self) -> str:
        return f"{self.name}{self.labels}"


class Impact(models.TextChoices):
    """What an incident means for those who use a service, the least first."""

    MAINTENANCE = "maintenance", _("Maintenance")
    DEGRADED = "degraded", _("Degraded")
    DOWN = "down", _("Down")


class ServiceDay(models.Model):
    """What was observed of one service on one UTC day: checks, calls or messages that worked or failed on our side.

    `recent_good` and `recent_bad` are those of the last count that observed any, at `seen_at`.
    """

    KEPT_FOR = timedelta(days=120)

    service = models.CharField(_("service"), max_length=80)
    day = models.DateField(_("day"), db_index=True)
    good = models.PositiveBigIntegerField(default=0)
    bad = models.PositiveBigIntegerField(default=0)
    recent_good = models.PositiveIntegerField(default=0)
    recent_bad = models.PositiveIntegerField(default=0)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("day of a service")
        verbose_name_plural = _("days of services")
        constraints = [models.UniqueConstraint(fields=["service", "day"], name="service_day_once")]

    def __str__(self) -> str:
        return f"{self.service} {self.day}"


class ServiceCount(models.Model):
    """Until when services are counted: one row, which a count locks."""

    counted_until = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.counted_until:%Y-%m-%d %H:%M:%S}"


class ServiceIncident(models.Model):
    """A disturbance or planned work that staff describe on the status page. `services` is empty if all are concerned."""

    title = models.CharField(_("title"), max_length=150, help_text=_("What people notice: Text messages are late."))
    impact = models.CharField(_("impact"), max_length=12, choices=Impact.choices, default=Impact.DEGRADED)
    services = models.CharField(_("services"), max_length=500, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True, help_text=_("Leave empty while it lasts."))

    class Meta:
        verbose_name = _("service incident")
        verbose_name_plural = _("service incidents")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                condition=models.Q(ended_at=None) | models.Q(ended_at__gte=models.F("started_at")),
                name="service_incident_ends_after_start",
            )
        ]

    def __str__(self) -> str:
        return self.title


class ServiceIncidentUpdate(models.Model):
    """What staff report about an incident at one time."""

    incident = models.ForeignKey(ServiceIncident, models.CASCADE, related_name="updates")
    at = models.DateTimeField(_("time"), default=timezone.now)
    text = models.TextField(_("text"), max_length=2000)

    class Meta:
        verbose_name = _("update")
        verbose_name_plural = _("updates")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return self.text[:80]
