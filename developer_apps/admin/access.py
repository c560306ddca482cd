"""What people granted, what apps subscribed to, and the made-up people of teams: to be looked at."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from developer_apps.admin.base import LookingAdmin
from developer_apps.models import App, Authorization, Subscription, Team, TestUser


@admin.register(Authorization)
class AuthorizationAdmin(LookingAdmin):
    """A person's standing grant to an app. Only the person ends it."""

    list_display = ("app", "user", "created_at", "last_used_at", "revoked_at")
    list_filter = (("revoked_at", admin.EmptyFieldListFilter), "created_at")
    list_select_related = ("app", "user")
    search_fields = ("app__name", "user__email")
    search_help_text = _("App or person")
    ordering = ("-created_at",)
    fields = readonly_fields = ("app", "user", "scopes", "declined_scopes", "created_at", "last_used_at", "revoked_at")


@admin.register(Subscription)
class SubscriptionAdmin(LookingAdmin):
    """An app's access to a product. The sandbox is the team's choice, production that of a production request."""

    list_display = ("app", "product", "created_at", "production_since")
    list_filter = ("product", ("production_since", admin.EmptyFieldListFilter))
    list_select_related = ("app", "product")
    search_fields = ("app__name", "product__name")
    fields = readonly_fields = ("app", "product", "created_by", "created_at", "production_since")

    def subject_of_history(self, obj: Any) -> App:
        return obj.app  # type: ignore[no-any-return]


@admin.register(TestUser)
class TestUserAdmin(LookingAdmin):
    list_display = ("name", "team", "persona", "is_default", "created_by", "created_at")
    list_filter = ("is_default", "created_at")
    list_select_related = ("team", "created_by")
    search_fields = ("name", "team__name", "user__email")
    fields = readonly_fields = ("name", "team", "uid", "persona", "is_default", "created_by", "created_at")

    def subject_of_history(self, obj: Any) -> Team:
        return obj.team  # type: ignore[no-any-return]

    @admin.display(description=_("public id"))
    def uid(self, test_user: TestUser) -> str:
        return str(test_user.user.uid)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("developer_apps.view_testuser")  # type: ignore[union-attr]
