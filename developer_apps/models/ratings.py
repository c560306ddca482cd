"""Whether pages of the documentation help: numbers of responses, and nothing about who gave them."""

import datetime

from django.db import models
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class PageRatingQuerySet(models.QuerySet["PageRating"]):
    def add(self, path: str, *, is_helpful: bool) -> None:
        """Count one response for the page at `path`."""
        month = timezone.now().astimezone(datetime.UTC).date().replace(day=1)
        row, _created = self.get_or_create(path=path, month=month)
        name = "helpful" if is_helpful else "not_helpful"
        self.filter(pk=row.pk).update(**{name: F(name) + 1})


class PageRating(models.Model):
    """How many readers found one page helpful in one month (UTC), and how many did not."""

    path = models.CharField(_("page"), max_length=150)
    month = models.DateField(_("month"))
    helpful = models.PositiveIntegerField(_("helpful"), default=0)
    not_helpful = models.PositiveIntegerField(_("not helpful"), default=0)

    objects = PageRatingQuerySet.as_manager()

    class Meta:
        verbose_name = _("rating of a page")
        verbose_name_plural = _("ratings of pages")
        ordering = ["-month", "-not_helpful", "path"]
        constraints = [models.UniqueConstraint(fields=["path", "month"], name="page_rating_once")]

    def __str__(self) -> str:
        return f"{self.path} {self.month:%Y-%m}"
