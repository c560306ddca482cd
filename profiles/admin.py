"""Profiles in the admin: staff see that one exists and when it changed, never its values."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from myusa.lib.admin.read_only import ReadOnlyAdmin
from profiles.models import Profile


@admin.register(Profile)
class ProfileAdmin(ReadOnlyAdmin):
    list_display = ("user", "created_at", "updated_at")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__uid")
    date_hierarchy = "updated_at"
    fields = ("user", "created_at", "updated_at")

    def get_queryset(self, request: HttpRequest) -> Any:
        return super().get_queryset(request).defer("values")
