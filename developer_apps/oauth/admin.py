"""What people granted to apps."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Authorization
from myusa.lib.admin.read_only import ReadOnlyAdmin


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnlyAdmin):
    """A person's standing grant to an app. Only the person ends it."""

    list_display = ("app", "user", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("app", "user")
    search_fields = ("app__name", "user__email")
    search_help_text = _("App or person")
    ordering = ("-created_at",)
    fields = readonly_fields = ("app", "user", "scopes", "declined_scopes", "created_at", "last_used_at", "revoked_at")
