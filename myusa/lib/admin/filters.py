"""Filters that several admin lists share."""

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

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


class WaitingFilter(admin.SimpleListFilter):
    """Show what waits for staff until someone asks for more. A search finds everything."""

    title = gettext_lazy("status")
    parameter_name = "status"

    def __init__(self, request: HttpRequest, *rest: Any) -> None:
        super().__init__(request, *rest)
        self.shows_waiting = not (self.value() or request.GET.get("q"))

    def others(self) -> list[tuple[str, Any]]:
        """Return the values of the parameter, with their words, for rows that do not wait."""
        raise NotImplementedError

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*self.others(), ("any", _("All"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("Waiting for staff"), "selected": self.shows_waiting}
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.shows_waiting:
            return queryset.waiting()  # type: ignore[attr-defined,no-any-return]
        return self.other(queryset) if self.value() in dict(self.others()) else queryset

    def other(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        """Keep the rows of the value that was chosen."""
        return queryset.filter(**{self.parameter_name: self.value()})
