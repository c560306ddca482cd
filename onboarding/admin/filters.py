"""Filters of the queue: whose turn it is, and for how long."""

from datetime import timedelta
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from onboarding.models import ProductionRequest
from onboarding.states import Turn

# Whose turn it is in the words of staff; developers read `Turn.label`.
TURN_WORDS = {
    Turn.STAFF: _("MyUSA staff"),
    Turn.TEAM: _("the team"),
    Turn.OFFICER: _("the officer"),
    Turn.NOBODY: _("nobody"),
}


class TurnFilter(admin.SimpleListFilter):
    title = _("turn")
    parameter_name = "turn"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(turn.value, words) for turn, words in TURN_WORDS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProductionRequest]) -> QuerySet[ProductionRequest]:
        if self.value() not in Turn.values:
            return queryset
        return queryset.filter(pk__in=ProductionRequest.objects.waiting_for(Turn(str(self.value()))).values("pk"))


class AgeFilter(admin.SimpleListFilter):
    """How long a request has been in its state."""

    title = _("age in this state")
    parameter_name = "age"
    DAYS = {"3": _("more than 3 days"), "7": _("more than a week"), "30": _("more than 30 days")}

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return list(self.DAYS.items())

    def queryset(self, request: HttpRequest, queryset: QuerySet[ProductionRequest]) -> QuerySet[ProductionRequest]:
        days = self.value()
        if days not in self.DAYS:
            return queryset
        return queryset.filter(state_since__lt=timezone.now() - timedelta(days=int(days)))
