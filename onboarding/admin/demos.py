"""Booked demos. Staff set where they are held and recorded; the steps set everything else."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.guards import person
from myusa.lib.admin.read_only import AdminWithHistory, ReadOnly
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.widgets import TYPED_TEXT
from onboarding.admin.filters import CancelledFilter
from onboarding.models import Demo, ProductionRequest
from onboarding.steps.demo import set_links


class LinksForm(StaleSafeModelForm):
    """Where a demo is held and recorded, on the page of its request."""

    class Meta:
        model = Demo
        fields = ("meeting_link", "recording_link")


@admin.register(Demo)
class DemoAdmin(ReadOnly, AdminWithHistory):
    form = StaleSafeModelForm
    formfield_overrides = TYPED_TEXT
    list_display = ["request", "slot", "booked_by", "result", "cancelled_at"]
    list_filter = ["result", CancelledFilter]
    search_fields = ["request__app__name"]
    list_select_related = ["request__app", "slot", "booked_by"]
    ordering = ["-slot__starts_at"]
    fields = [
        "request",
        "slot",
        "booked_by",
        "booked_at",
        "meeting_link",
        "recording_link",
        "reminded_at",
        "cancelled_at",
        "result",
        "rated_by",
        "rated_at",
        "remarks",
    ]
    readonly_fields = [str(name) for name in fields if name not in ("meeting_link", "recording_link")]

    def has_change_permission(self, request: HttpRequest, obj: Demo | None = None) -> bool:
        """Nothing can be changed about a canceled demo, and nothing by reviewers about one of their own team."""
        staff = person(request)
        is_settled = obj is not None and (obj.cancelled_at or obj.request.app.team.involves(staff))
        return staff.has_perm("onboarding.change_demo") and not is_settled

    def subject_of_history(self, obj: Demo) -> ProductionRequest:
        return obj.request

    def save_model(self, request: HttpRequest, obj: Demo, form: Any, change: bool) -> None:
        set_links(
            Demo.objects.live().get(pk=obj.pk),
            meeting_link=obj.meeting_link,
            recording_link=obj.recording_link,
            by=request.user,  # type: ignore[arg-type]
        )
