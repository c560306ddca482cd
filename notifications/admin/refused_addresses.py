"""Addresses that mail servers refused. Deleting a row lets the next notification try."""

from django.contrib import admin
from django.http import HttpRequest

from notifications.models import RefusedAddress


@admin.register(RefusedAddress)
class RefusedAddressAdmin(admin.ModelAdmin):
    list_display = ("user", "refused_at", "answer")
    list_select_related = ("user",)
    search_fields = ("=user__email",)
    readonly_fields = fields = ("user", "refused_at", "answer")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: RefusedAddress | None = None) -> bool:
        return False
