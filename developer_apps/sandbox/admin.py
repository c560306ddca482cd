"""The test users of teams."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Team, TestUser
from developer_apps.sandbox import personas
from myusa.lib.admin.read_only import ReadOnlyAdmin


@admin.register(TestUser)
class TestUserAdmin(ReadOnlyAdmin):
    list_display = ("name", "team", "started_from", "is_default", "created_by", "created_at")
    list_filter = ("is_default", "created_at")
    list_select_related = ("team", "created_by")
    search_fields = ("name", "team__name", "user__email")
    fields = readonly_fields = ("name", "team", "uid", "started_from", "is_default", "created_by", "created_at")

    def subject_of_history(self, obj: Any) -> Team:
        return obj.team  # type: ignore[no-any-return]

    @admin.display(description=_("persona"), ordering="persona")
    def started_from(self, test_user: TestUser) -> str:
        names = {each.slug: each.name for each in personas.all_personas()}
        return str(names.get(test_user.persona, test_user.persona)) or "–"

    @admin.display(description=_("MyUSA ID"))
    def uid(self, test_user: TestUser) -> str:
        return str(test_user.user.uid)

    def has_module_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("developer_apps.view_testuser")  # type: ignore[union-attr]
