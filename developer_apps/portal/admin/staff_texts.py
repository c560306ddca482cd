"""What the admin pages of texts share that staff write: the slug stays, and an edit is recorded."""

from typing import Any

from django.http import HttpRequest
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy

from accounts.guards import person
from developer_apps.models.staff_texts import StaffText
from myusa.lib.admin.read_only import AdminWithHistory


class StaffTextAdmin(AdminWithHistory):
    """`written` are the fields that staff fill in. Those of `kept` stay once the row exists."""

    written: tuple[str, ...] = ()
    kept: tuple[str, ...] = ("slug",)
    prepopulated_fields = {"slug": ("title",)}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*self.written, "preview") if obj else self.written

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        return {} if obj else super().get_prepopulated_fields(request, obj)

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*self.kept, "preview") if obj else ()

    def preview(self, text: StaffText) -> SafeString:
        return format_html('<div class="markdown-preview">{}</div>', text.html_below_heading)

    preview.short_description = gettext_lazy("as readers see it")  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: StaffText, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        before = {name: form.initial.get(name) for name in changes} if change else {}
        obj.edit(before, changes, by=person(request))
