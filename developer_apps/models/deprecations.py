"""Versions and operations of the APIs served here that will end: what responses, documents and emails say about them."""

import time
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any, ClassVar, NamedTuple

import structlog
from django.conf import settings
from django.db import InterfaceError, OperationalError, models, transaction
from django.db.models import F, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.http import http_date
from django.utils.translation import gettext_lazy as _

from developer_apps.models.apps import App
from myusa.lib import history

if TYPE_CHECKING:
    from accounts.models import User

CACHE_SECONDS = 5
logger = structlog.get_logger(__name__)


class Notice(NamedTuple):
    """What is deprecated, as plain values. An empty `operation` means the whole version."""

    version: str
    operation: str
    since: datetime
    sunset: datetime | None
    advice: str

    def covers(self, version: str, operation: str) -> bool:
        return version == self.version and self.operation in ("", operation)

    @property
    def headers(self) -> dict[str, str]:
        """The headers of a response (RFC 9745, RFC 8594)."""
        link = settings.BASE_URL + reverse("developer_apps:docs_page", args=["versions"])
        sunset = {"Sunset": http_date(self.sunset.timestamp())} if self.sunset else {}
        return {
            "Deprecation": f"@{int(self.since.timestamp())}",
            **sunset,
            "Link": f'<{link}>; rel="deprecation"; type="text/html"',
        }


class Deprecation(models.Model):
    """A version, or one of its operations, that staff marked. Teams whose apps call it get emails."""

    # Days before the sunset on which teams are reminded. Who gets a late one gets no earlier one after it.
    REMINDERS: ClassVar = (7, 30)
    CALLED_WITHIN = timedelta(days=90)

    version = models.CharField(_("version"), max_length=10, default="v1")
    # Method and endpoint, such as "GET profile".
    operation = models.CharField(_("operation"), max_length=70, blank=True)
    since = models.DateTimeField(_("deprecated since"), default=timezone.now)
    sunset = models.DateTimeField(_("works until"), null=True, blank=True)
    advice = models.TextField(
        _("what to use instead"), max_length=1000, help_text=_("Developers read it in emails and the reference.")
    )

    class Meta:
        verbose_name = _("deprecation")
        verbose_name_plural = _("deprecations")
        ordering = ["version", "operation"]
        constraints = [
            models.UniqueConstraint(fields=["version", "operation"], name="deprecation_once"),
            models.CheckConstraint(
                condition=Q(sunset__isnull=True) | Q(sunset__gte=F("since")),
                name="deprecation_before_sunset",
                violation_error_message=_("The end date can’t be before the deprecation date."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.version} {self.operation}".strip()

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        invalidate()

    def delete(self, *args: Any, **kwargs: Any) -> Any:
        deleted = super().delete(*args, **kwargs)
        invalidate()
        return deleted

    @property
    def stage(self) -> str:
        """Which email is due now: the announcement, or the reminder of so many days before the sunset."""
        left = self.sunset - timezone.now() if self.sunset else None
        due = (days for days in self.REMINDERS if left is not None and left <= timedelta(days=days))
        return str(next(due, "announced"))

    @transaction.atomic
    def edit(self, before: dict[str, Any], after: dict[str, Any], *, by: "User") -> None:
        """Store what was set. Teams are notified again when what ends, or its day, has changed."""
        verb = "edited" if self.pk else "added"
        self.save()
        if {"version", "operation", "sunset"} & before.keys():
            self.notices.all().delete()
        history.record(self, verb, by=by, before=before, after=after)

    def callers(self) -> models.QuerySet[App]:
        """Return the apps that called it in the last days, by the sums of their traffic."""
        first = timezone.now() - self.CALLED_WITHIN
        method, _space, endpoint = self.operation.partition(" ")
        sums = Q(dailytraffic__day__gte=first.date())
        if not self.operation:
            sums &= Q(dailytraffic__product__is_built_in=True) | Q(dailytraffic__endpoint="tokeninfo")
            return App.objects.filter(sums).distinct()
        apps = App.objects.filter(sums, dailytraffic__endpoint=endpoint).distinct()
        # Sums do not know methods; the single calls are asked only for apps that call the endpoint at all.
        return App.objects.filter(
            pk__in=[
                app.pk for app in apps if app.calls.filter(at__gte=first, endpoint=endpoint, method=method).exists()
            ]
        )


class DeprecationNotice(models.Model):
    """An email about a deprecation that the team of an app got: each stage once."""

    deprecation = models.ForeignKey(Deprecation, models.CASCADE, related_name="notices")
    app = models.ForeignKey(App, models.CASCADE, related_name="deprecation_notices")
    stage = models.CharField(max_length=10)
    sent_at = models.DateTimeField(default=timezone.now)

    class Meta:
        verbose_name = _("notice of a deprecation")
        verbose_name_plural = _("notices of deprecations")
        constraints = [models.UniqueConstraint(fields=["deprecation", "app", "stage"], name="deprecation_notice_once")]

    def __str__(self) -> str:
        return f"{self.deprecation}: {self.app}"


_current: tuple[float, tuple[Notice, ...]] | None = None


def current() -> tuple[Notice, ...]:
    """Return what is deprecated, at most CACHE_SECONDS old: every call asks, after its work is done.

    While the database is down, what was last known: a call that did its work must not be answered with an error.
    """
    global _current
    now = time.monotonic()
    if _current is None or now - _current[0] > CACHE_SECONDS:
        try:
            found = tuple(_notice(row) for row in Deprecation.objects.all())
        except (OperationalError, InterfaceError) as error:
            logger.warning("deprecations_unreadable", error=type(error).__name__)
            found = _current[1] if _current else ()
        _current = (now, found)
    return _current[1]


def of(version: str, operation: str) -> Notice | None:
    """Return the notice of one operation, or that of its version."""
    covering = [each for each in current() if each.covers(version, operation)]
    return max(covering, key=lambda each: each.operation, default=None)


def invalidate() -> None:
    """Let the next `current()` read the database."""
    global _current
    _current = None


def _notice(row: Deprecation) -> Notice:
    sunset = row.sunset.astimezone(UTC) if row.sunset else None
    return Notice(row.version, row.operation, row.since.astimezone(UTC), sunset, row.advice)
