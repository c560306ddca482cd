"""Tasks as staff see them: without their texts. Only apps and people change tasks."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from myusa.lib.admin.read_only import ReadOnlyAdmin, ReadOnlyInline
from tasks.models import Task, TaskItem


class CompletionFilter(admin.SimpleListFilter):
    title = _("state")
    parameter_name = "state"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Open")), ("done", _("Done")), ("dismissed", _("Dismissed"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        state = self.value()
        return getattr(queryset, state)() if state in ("open", "done", "dismissed") else queryset


class TaskItemInline(ReadOnlyInline):
    model = TaskItem
    fields = ("position", "external_id", "completed_at")


@admin.register(Task)
class TaskAdmin(ReadOnlyAdmin):
    list_display = ("__str__", "app", "user", "created_at", "completed_at")
    list_select_related = ("app", "user")
    list_filter = (CompletionFilter,)
    search_fields = ("app__name", "user__email", "user__uid")
    date_hierarchy = "created_at"
    fields = ("app", "user", "created_at", "updated_at", "completed_at", "dismissed_at")
    inlines = (TaskItemInline,)
