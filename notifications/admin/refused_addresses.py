"""Addresses that mail servers refused. Forgetting a row lets the next notification try again."""

from datetime import timedelta
from typing import Any

from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy, ngettext

from myusa.lib import history
from myusa.lib.admin.read_only import ReadOnly
from notifications.models import RefusedAddress

HOURS = (1, 6, 24, 72, 168)


class SinceFilter(admin.SimpleListFilter):
    """Refusals of the last hours, for example since a provider put us on a block list."""

    title = gettext_lazy("refused in the last")
    parameter_name = "hours"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, str]]:
        return [
            (str(hours), ngettext("%(count)d hour", "%(count)d hours", hours) % {"count": hours}) for hours in HOURS
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        hours = self.value() or ""
        if hours not in map(str, HOURS):
            return queryset
        return queryset.filter(refused_at__gte=timezone.now() - timedelta(hours=int(hours)))


@admin.register(RefusedAddress)
class RefusedAddressAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "domain", "first_refused_at", "refused_at", "given_up_at", "answer")
    list_select_related = ("user",)
    list_filter = (SinceFilter, ("given_up_at", admin.EmptyFieldListFilter))
    search_fields = ("=user__email", "=domain")
    search_help_text = gettext_lazy("A person’s address or a domain.")
    ordering = ("-refused_at",)
    readonly_fields = fields = ("user", "domain", "first_refused_at", "refused_at", "given_up_at", "answer")
    actions = ("forget",)

    def has_delete_permission(self, request: HttpRequest, obj: RefusedAddress | None = None) -> bool:
        return request.user.has_perm("notifications.delete_refusedaddress")  # type: ignore[union-attr]

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        actions = super().get_actions(request)
        actions.pop("delete_selected", None)  # the same without a history entry
        return actions

    @admin.action(description=gettext_lazy("Forget these refusals, so email is tried again"), permissions=["delete"])
    def forget(self, request: HttpRequest, queryset: QuerySet[RefusedAddress]) -> None:
        """Delete the chosen rows, however many the filters and "select all" cover."""
        chosen = RefusedAddress.objects.filter(pk__in=queryset.values("pk"))
        domains = sorted(set(chosen.values_list("domain", flat=True)))[:50]
        count = chosen.delete()[0]
        staff: Any = request.user
        history.record(staff, "refused_addresses_forgotten", by=staff, after={"count": count, "domains": domains})
        text = ngettext("%(count)d refusal forgotten.", "%(count)d refusals forgotten.", count)
        self.message_user(request, text % {"count": count}, messages.SUCCESS)
