"""Staff roles: superusers say what each role may view and do."""

from typing import Any

from django.contrib import admin
from django.contrib.auth import admin as _auth_admin  # noqa: F401 - registers its own page, which this one replaces
from django.contrib.auth.models import Group, Permission
from django.db.models import Q
from django.http import HttpRequest

from accounts.guards import person
from myusa.lib import history
from myusa.lib.admin.read_only import AdminWithHistory
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import CHECKBOXES

admin.site.unregister(Group)


@admin.register(Group)
class GroupAdmin(AdminWithHistory):
    form = StaleSafeModelForm
    search_fields = ("name",)
    ordering = ("name",)
    formfield_overrides = CHECKBOXES

    def formfield_for_manytomany(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "permissions":
            pages = [(model._meta.app_label, model._meta.model_name) for model in admin.site._registry]
            with_page = Q(
                *(Q(content_type__app_label=app, content_type__model=name) for app, name in pages), _connector=Q.OR
            )
            kwargs["queryset"] = Permission.objects.select_related("content_type").filter(with_page)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Record what the role can now do that it could not before, and the other way around."""
        role: Group = form.instance
        before = set(role.permissions.values_list("codename", flat=True))
        super().save_related(request, form, formsets, change)
        after = set(role.permissions.values_list("codename", flat=True))
        if before != after:
            taken, given = (" ".join(sorted(names)) for names in (before - after, after - before))
            history.record(
                role,
                "roles_changed",
                by=person(request),
                before={"permissions": taken},
                after={"permissions": given},
            )
