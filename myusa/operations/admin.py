"""Incidents of the status page, which staff write while they happen."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.guards import person
from myusa.lib import history
from myusa.lib.admin.inlines import StaleSafeInline
from myusa.lib.admin.read_only import AdminWithHistory
from myusa.lib.admin.words_field import WordsField
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import ONE_INPUT_FOR_DATE_AND_TIME
from myusa.operations import service_status
from myusa.operations.models import ServiceIncident, ServiceIncidentUpdate


class ServiceIncidentForm(StaleSafeModelForm):
    services = WordsField(
        label=gettext_lazy("Services"),
        required=False,
        help_text=gettext_lazy("Leave all unchecked if every service is affected."),
    )

    class Meta:
        model = ServiceIncident
        fields = ("title", "impact", "services", "started_at", "ended_at")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["services"].choices = service_status.names()  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        start, end = cleaned.get("started_at"), cleaned.get("ended_at")
        if start and end and end < start:
            self.add_error("ended_at", ValidationError(_("Enter a time after the start.")))
        return cleaned


class UpdateInline(StaleSafeInline):
    model = ServiceIncidentUpdate
    extra = 1
    fields = ("at", "text")
    formfield_overrides = ONE_INPUT_FOR_DATE_AND_TIME  # type: ignore[assignment]


@admin.register(ServiceIncident)
class ServiceIncidentAdmin(AdminWithHistory):
    """Everyone can read an incident as soon as it is saved."""

    form = ServiceIncidentForm
    formfield_overrides = ONE_INPUT_FOR_DATE_AND_TIME  # type: ignore[assignment]
    inlines = [UpdateInline]
    list_display = ("title", "impact", "started_at", "ended_at")
    list_filter = ("impact", "started_at")
    search_fields = ("title", "updates__text")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        before = _updates(form.instance) if change else []
        super().save_related(request, form, formsets, change)
        changes = {name: form.cleaned_data[name] for name in form.changed_data}
        history.record(
            form.instance,
            "edited" if change else "added",
            by=person(request),
            before={"updates": before, **({name: form.initial.get(name) for name in changes} if change else {})},
            after={"updates": _updates(form.instance), **changes},
        )
        service_status.forget()


def _updates(incident: ServiceIncident) -> list[str]:
    return [f"{update.at:%Y-%m-%d %H:%M} UTC: {update.text}" for update in incident.updates.all()]
