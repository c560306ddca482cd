"""How much an app may send: the settings' numbers, or those that staff gave it."""

from dataclasses import dataclass
from functools import partial

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App

_number = partial(models.PositiveIntegerField, null=True, blank=True, validators=[MinValueValidator(1)])  # type: ignore[misc]


@dataclass(frozen=True, slots=True)
class Allowance:
    """Notifications that an app may send in all, and to one person, in a minute and in a UTC day."""

    per_minute: int
    per_day: int
    user_per_minute: int
    user_per_day: int


class AppLimitQuerySet(models.QuerySet["AppLimit"]):
    def allowance(self, app_id: int) -> Allowance:
        own = self.filter(app_id=app_id).first() or AppLimit()
        return Allowance(
            per_minute=own.per_minute or settings.NOTIFICATIONS_PER_APP[0],
            per_day=own.per_day or settings.NOTIFICATIONS_PER_APP[1],
            user_per_minute=own.user_per_minute or settings.NOTIFICATIONS_PER_USER[0],
            user_per_day=own.user_per_day or settings.NOTIFICATIONS_PER_USER[1],
        )


class AppLimit(models.Model):
    """Limits that staff set for one app; an empty one leaves the default."""

    app = models.OneToOneField(App, models.CASCADE, related_name="notification_limit", verbose_name=_("app"))
    per_minute = _number(_("per minute, in total"))
    per_day = _number(_("per day, in total"))
    user_per_minute = _number(_("per minute, to one person"))
    user_per_day = _number(_("per day, to one person"))

    objects = AppLimitQuerySet.as_manager()

    class Meta:
        verbose_name = _("limit of an app")
        verbose_name_plural = _("limits of apps")

    def __str__(self) -> str:
        return str(self.app)
