"""Terms and privacy notice: staff add versions; what was in force stays as it was."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.guards import person
from accounts.models import LegalText
from myusa.lib import history
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import ONE_INPUT_FOR_DATE_AND_TIME


@admin.register(LegalText)
class LegalTextAdmin(admin.ModelAdmin):
    form = StaleSafeModelForm
    formfield_overrides = ONE_INPUT_FOR_DATE_AND_TIME
    list_display = ("kind", "version", "effective_at", "created_by")
    list_filter = ("kind",)
    fields = ("kind", "version", "effective_at", "body")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start a new version from the text in force."""
        kind = request.GET.get("kind", LegalText.Kind.TERMS)
        current = LegalText.objects.current(kind)
        return {"kind": kind, "body": current.body if current else ""}

    def get_fields(self, request: HttpRequest, obj: LegalText | None = None) -> Any:
        return ("kind", "version", "effective_at", "rendered") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: LegalText | None = None) -> Any:
        return ("rendered",)

    @admin.display(description=_("text"))
    def rendered(self, text: LegalText) -> SafeString:
        return text.html

    def has_change_permission(self, request: HttpRequest, obj: LegalText | None = None) -> bool:
        return obj is None and super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: LegalText | None = None) -> bool:
        """Only what is not in force yet can be taken back."""
        is_planned = obj is not None and obj.effective_at > timezone.now()
        return is_planned and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: LegalText, form: Any, change: bool) -> None:
        obj.created_by = person(request)
        super().save_model(request, obj, form, change)
        history.record(obj, "legal_text_added", by=person(request), after={"version": obj.version})
