"""Filters that several admin lists share."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _

DAYS = ("3", "7", "30")


class AgeFilter(admin.SimpleListFilter):
    """Rows whose `field`, a time that each subclass names, is more than so many days ago."""

    parameter_name = "age"
    field = "created_at"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return list(zip(DAYS, (_("more than 3 days"), _("more than a week"), _("more than 30 days")), strict=True))

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        days = self.value()
        if days not in DAYS:
            return queryset
        return queryset.filter(**{f"{self.field}__lt": timezone.now() - timedelta(days=int(days))})
