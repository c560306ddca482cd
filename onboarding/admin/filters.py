"""Filters of the queue (who has the next step, and for how long) and of slots and demos."""

from collections.abc import Iterator
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from myusa.lib.admin.filters import AgeFilter
from onboarding.models import ProductionRequest
from onboarding.states import Turn, with_turn

# Who has the next step, in words for staff. Developers read `Turn.label`.
TURN_WORDS = {
    Turn.STAFF: _("MyUSA staff"),
    Turn.TEAM: _("the team"),
    Turn.OFFICER: _("the officer"),
    Turn.NOBODY: _("no one"),
}


class TurnFilter(admin.SimpleListFilter):
    """Who has the next step. Finished requests are left out until someone filters or searches."""

    title = _("next step")
    parameter_name = "turn"

    def __init__(self, request: HttpRequest, *rest: Any) -> None:
        super().__init__(request, *rest)
        asked = self.value() or request.GET.get("state__exact") or request.GET.get("q")
        self.leaves_out_done = not asked

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [*((turn.value, words) for turn, words in TURN_WORDS.items()), ("any", _("All, finished ones included"))]

    def choices(self, changelist: Any) -> Iterator[Any]:
        first, *others = super().choices(changelist)
        yield {**first, "display": _("All open requests")} if self.leaves_out_done else first
        yield from others

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProductionRequest]) -> QuerySet[ProductionRequest]:
        if self.leaves_out_done:
            return queryset.exclude(state__in=with_turn(Turn.NOBODY))
        if self.value() not in Turn.values:
            return queryset
        return queryset.filter(pk__in=ProductionRequest.objects.waiting_for(Turn(str(self.value()))).values("pk"))


class StateAgeFilter(AgeFilter):
    """How long a request has been in its state."""

    title = _("age in this state")
    field = "state_since"


class ProductFilter(admin.RelatedOnlyFieldListFilter):
    @property
    def include_empty_choice(self) -> bool:
        return False  # every request names a product


class MomentFilter(admin.SimpleListFilter):
    """Whether the time in the field `parameter_name` is set."""

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        if self.value() not in ("yes", "no"):
            return queryset
        return queryset.filter(**{f"{self.parameter_name}__isnull": self.value() == "no"})


class ClosedFilter(MomentFilter):
    title, parameter_name = _("closed"), "closed_at"


class CancelledFilter(MomentFilter):
    title, parameter_name = _("canceled"), "cancelled_at"
