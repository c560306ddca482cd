"""Staff roles: superusers say what each role may view and do."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as _auth_admin  # noqa: F401 - registers its own page, which this one replaces
from django.contrib.auth.models import Group, Permission
from django.http import HttpRequest

from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import CHECKBOXES

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(admin.ModelAdmin):
    form = StaleSafeModelForm
    search_fields = ("name",)
    ordering = ("name",)
    formfield_overrides = CHECKBOXES

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            kwargs["queryset"] = Permission.objects.select_related("content_type")
        return super().formfield_for_manytomany(db_field, request, **kwargs)
