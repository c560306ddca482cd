"""What stays of an app for people: the names it had, and who must be told that it was deleted."""

import datetime
from collections.abc import Iterable
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

if TYPE_CHECKING:
    from developer_apps.models.apps import App


class AppNameQuerySet(models.QuerySet["AppName"]):
    def keep(self, app: "App") -> None:
        """Record the app's name and organization if one of them has changed."""
        last = self.filter(app_id=app.pk).order_by("-since", "-pk").first()
        if last is None or (last.name, last.organization) != (app.name, app.organization):
            self.create(app_id=app.pk, name=app.name, organization=app.organization)

    def of(self, app_ids: Iterable[int]) -> dict[int, list["AppName"]]:
        """Return the names of each app, oldest first."""
        found: dict[int, list[AppName]] = {}
        for row in self.filter(app_id__in=set(app_ids)).order_by("since", "pk"):
            found.setdefault(row.app_id, []).append(row)
        return found


class AppName(models.Model):
    """A name that an app had from a time on. It outlives the app, because people's records of its calls do."""

    app_id = models.BigIntegerField(db_index=True)
    name = models.CharField(_("name"), max_length=100)
    organization = models.CharField(_("organization"), max_length=200, blank=True)
    since = models.DateTimeField(_("since"), default=timezone.now)

    objects = AppNameQuerySet.as_manager()

    class Meta:
        verbose_name = _("name of an app")
        verbose_name_plural = _("names of apps")

    def __str__(self) -> str:
        return f"{self.name} ({self.organization})" if self.organization else self.name


def name_at(names: list[AppName], moment: datetime.datetime) -> AppName | None:
    """Return the name that was used at `moment`; the first one for a time before it was recorded."""
    earlier = [each for each in names if each.since <= moment]
    return earlier[-1] if earlier else next(iter(names), None)


class FormerConnection(models.Model):
    """A person who was connected to an app when it was deleted, until they have been told."""

    app_id = models.BigIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")

    class Meta:
        verbose_name = _("former connection")
        verbose_name_plural = _("former connections")
        constraints = [models.UniqueConstraint(fields=["app_id", "user"], name="former_connection_once")]

    def __str__(self) -> str:
        return f"{self.app_id}: {self.user_id}"
