"""Error pages that people saw, so that support finds what happened by the number that the page shows."""

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
