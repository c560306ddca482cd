"""Terms and privacy notice: staff add versions and translate them; earlier versions stay unchanged."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.guards import person
from accounts.models import LegalText
from myusa.lib import history
from myusa.lib.admin.read_only import AdminWithHistory
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import ONE_INPUT_FOR_DATE_AND_TIME


@admin.register(LegalText)
class LegalTextAdmin(AdminWithHistory):
    form = StaleSafeModelForm
    formfield_overrides = ONE_INPUT_FOR_DATE_AND_TIME
    list_display = ("kind", "version", "effective_at", "created_by")
    list_filter = ("kind",)
    fields = ("kind", "version", "effective_at", "body", "translations")

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        """Start a new version from the text in effect."""
        kind = request.GET.get("kind", LegalText.Kind.TERMS)
        current = LegalText.objects.current(kind)
        return {"kind": kind, "body": current.body if current else ""}

    def get_fields(self, request: HttpRequest, obj: LegalText | None = None) -> Any:
        return ("kind", "version", "effective_at", "rendered", "translations") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: LegalText | None = None) -> Any:
        return ("kind", "version", "effective_at", "rendered") if obj else ("rendered",)

    @admin.display(description=_("text"))
    def rendered(self, text: LegalText) -> SafeString:
        return text.html

    def has_delete_permission(self, request: HttpRequest, obj: LegalText | None = None) -> bool:
        """Only a version that is not in effect yet can be withdrawn."""
        is_planned = obj is not None and obj.effective_at > timezone.now()
        return is_planned and super().has_delete_permission(request, obj)

    def save_model(self, request: HttpRequest, obj: LegalText, form: Any, change: bool) -> None:
        if change:
            texts = {"translations": obj.translations}
            history.record(
                obj,
                "legal_text_translated",
                by=person(request),
                before={"translations": form.initial["translations"]},
                after=texts,
            )
        else:
            obj.created_by = person(request)
        super().save_model(request, obj, form, change)
        if not change:
            history.record(obj, "legal_text_added", by=person(request), after={"version": obj.version})
