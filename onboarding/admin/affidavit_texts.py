"""The text of the affidavit. Each edit creates a new version; signed versions never change."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from myusa.lib.admin.read_only import AdminWithHistory, ReadOnly
from myusa.lib.typed_text import TextField
from onboarding.models import AffidavitText


class AffidavitTextForm(forms.ModelForm):
    statements = TextField(
        label=_("Statements"),
        widget=forms.Textarea(attrs={"rows": 12}),
        help_text=_("One per line. The officer checks each one."),
    )

    class Meta:
        model = AffidavitText
        fields = ["title", "body", "statements"]
        field_classes = {"title": TextField, "body": TextField}

    def clean_statements(self) -> list[str]:
        return [line.strip() for line in self.cleaned_data["statements"].splitlines() if line.strip()]


@admin.register(AffidavitText)
class AffidavitTextAdmin(ReadOnly, AdminWithHistory):
    list_display = ["__str__", "title", "created_by", "created_at"]
    form = AffidavitTextForm

    def get_fields(self, request: HttpRequest, obj: AffidavitText | None = None) -> Any:
        return ["title", "body", "listed_statements"] if obj else ["title", "body", "statements"]

    def get_readonly_fields(self, request: HttpRequest, obj: AffidavitText | None = None) -> Any:
        return self.get_fields(request, obj) if obj else []

    @admin.display(description=_("statements"))
    def listed_statements(self, text: AffidavitText) -> SafeString:
        return format_html("<ol>{}</ol>", format_html_join("", "<li>{}</li>", ((each,) for each in text.statements)))

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("onboarding.add_affidavittext")  # type: ignore[union-attr]

    def get_changeform_initial_data(self, request: HttpRequest) -> dict[str, Any]:
        current = AffidavitText.objects.current()
        return {"title": current.title, "body": current.body, "statements": "\n".join(current.statements)}

    def save_model(self, request: HttpRequest, obj: AffidavitText, form: Any, change: bool) -> None:
        made = AffidavitText.objects.publish(
            title=obj.title,
            body=obj.body,
            statements=obj.statements,
            by=request.user,  # type: ignore[arg-type]
        )
        obj.pk, obj.version = made.pk, made.version
