"""What people granted to apps."""

from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from developer_apps import scopes
from developer_apps.models import Authorization
from myusa.lib.admin.read_only import ReadOnlyAdmin


@admin.register(Authorization)
class AuthorizationAdmin(ReadOnlyAdmin):
    """A person's standing grant to an app. Only the person ends it."""

    list_display = ("app", "user", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("app", "user")
    search_fields = ("app__name", "user__email", "user__uid")
    search_help_text = _("App, or a person’s email address or MyUSA ID")
    ordering = ("-created_at",)
    fields = readonly_fields = ("app", "user", "allowed", "declined", "created_at", "last_used_at", "revoked_at")

    @admin.display(description=_("allowed"))
    def allowed(self, authorization: Authorization) -> str:
        return _labels(authorization.scopes)

    @admin.display(description=_("not allowed"))
    def declined(self, authorization: Authorization) -> str:
        return _labels(authorization.declined_scopes)


def _labels(names: str) -> str:
    known = scopes.known()
    return ", ".join(str(known[name].label) if name in known else name for name in names.split()) or "–"
