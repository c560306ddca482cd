"""Addresses that mail servers refused. Deleting a row lets the next notification try."""

from django.contrib import admin
from django.http import HttpRequest

from myusa.lib.admin.read_only import ReadOnly
from notifications.models import RefusedAddress


@admin.register(RefusedAddress)
class RefusedAddressAdmin(ReadOnly, admin.ModelAdmin):
    list_display = ("user", "refused_at", "answer")
    list_select_related = ("user",)
    search_fields = ("=user__email",)
    readonly_fields = fields = ("user", "refused_at", "answer")

    def has_delete_permission(self, request: HttpRequest, obj: RefusedAddress | None = None) -> bool:
        return request.user.has_perm("notifications.delete_refusedaddress")  # type: ignore[union-attr]
