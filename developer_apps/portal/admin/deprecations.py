"""Deprecations, which superusers mark as data."""

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.guards import person
from developer_apps.docs import reference
from developer_apps.models import Deprecation
from myusa.lib.admin.read_only import AdminWithHistory
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import TYPED_TEXT, DateTimeInput

_ZONE = gettext_lazy("In the time zone of this site.")


def _moment(label: Any, *, required: bool) -> forms.DateTimeField:
    return forms.DateTimeField(label=label, required=required, widget=DateTimeInput(), help_text=_ZONE)


class DeprecationForm(StaleSafeModelForm):
    version = forms.ChoiceField(label=gettext_lazy("Version"))
    operation = forms.ChoiceField(label=gettext_lazy("Operation"), required=False)
    since = _moment(gettext_lazy("Deprecated since"), required=True)
    sunset = _moment(gettext_lazy("Works until"), required=False)

    class Meta:
        model = Deprecation
        fields = ("version", "operation", "since", "sunset", "advice")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        known = reference.deprecatable()
        versions = sorted({version for version, _operation, _title in known})
        self.fields["version"].choices = [(version, version) for version in versions]  # type: ignore[attr-defined]
        choices = [(operation, title) for _version, operation, title in known]
        self.fields["operation"].choices = [("", _("The whole version")), *choices]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        since, sunset = cleaned.get("since"), cleaned.get("sunset")
        if since and sunset and sunset < since:
            self.add_error("sunset", ValidationError(_("The end date can’t be before the deprecation date.")))
        return cleaned


@admin.register(Deprecation)
class DeprecationAdmin(AdminWithHistory):
    form = DeprecationForm
    formfield_overrides = TYPED_TEXT
    list_display = ("version", "operation", "since", "sunset")
    fields = ("version", "operation", "since", "sunset", "advice")

    def save_model(self, request: HttpRequest, obj: Deprecation, form: Any, change: bool) -> None:
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        before = {name: form.initial.get(name) for name in changes} if change else {}
        obj.edit(before, changes, by=person(request))
