"""What people, teams and recipients used of their allowances, and a button that fills one again."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import Allowance
from accounts.models.allowances import kinds
from myusa.lib.admin.actions import ActionAdmin, AdminAction


class UsedUpFilter(admin.SimpleListFilter):
    title = gettext_lazy("used up")
    parameter_name = "used_up"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [("yes", _("Used up"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Allowance]) -> QuerySet[Allowance]:
        return queryset & Allowance.objects.used_up() if self.value() == "yes" else queryset


class KindFilter(admin.SimpleListFilter):
    title = gettext_lazy("kind")
    parameter_name = "kind"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [(kind.slug, str(kind.label).capitalize()) for kind in kinds.values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Allowance]) -> QuerySet[Allowance]:
        return queryset.filter(kind=self.value()) if self.value() else queryset


@admin.register(Allowance)
class AllowanceAdmin(ActionAdmin):
    list_display = ("what", "subject", "used_of", "full_at", "state")
    list_filter = (UsedUpFilter, KindFilter)
    fields = ("what", "subject", "used_of", "full_at", "state")
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "refill",
            gettext_lazy("Fill it again"),
            gettext_lazy("All of it can be used again now."),
            Allowance.refill,
            lambda allowance: allowance.used > 0,
        ),
    )

    @admin.display(description=gettext_lazy("kind"), ordering="kind")
    def what(self, allowance: Allowance) -> str:
        return allowance.label.capitalize()

    @admin.display(description=gettext_lazy("used"))
    def used_of(self, allowance: Allowance) -> str:
        kind = kinds.get(allowance.kind)
        return f"{allowance.used} / {kind.count}" if kind else "–"

    @admin.display(description=gettext_lazy("state"))
    def state(self, allowance: Allowance) -> str:
        return _("Used up") if allowance.is_used_up else "–"
