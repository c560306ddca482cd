"""Admin pages that only show rows, each with the history of its row."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse

from myusa.lib.history import lines
from myusa.lib.widgets import TYPED_TEXT


class ReadOnly:
    """Refuse to add, change and delete. For admins and inlines; a subclass opens what staff may do after all."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    """Rows that belong to the row of the page, each with a link to its own page where there is one."""

    extra = 0
    template = "admin/read_only_inline.html"


class AdminWithHistory(admin.ModelAdmin):
    """End the page of a row with its history; Django's own history page would be empty."""

    change_form_template = "admin/change_form_with_history.html"
    formfield_overrides = TYPED_TEXT  # type: ignore[assignment]

    def subject_of_history(self, obj: Any) -> Model:
        """Return the object whose history is shown: the row itself, or the whole of which it is a part."""
        return obj  # type: ignore[no-any-return]

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        if obj is not None:
            context["history_lines"] = lines.of(self.subject_of_history(obj), limit=50, for_staff=True)
        return super().render_change_form(request, context, *args, **kwargs)


class ReadOnlyAdmin(ReadOnly, AdminWithHistory):
    """Staff can view rows and their history, and change nothing."""

    list_per_page = 50
