"""The queue of requests for public access: pending ones first, the oldest on top."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, QuerySet, Value, When
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from accounts.guards import person
from developer_apps.models import App, PublicAccessRequest
from developer_apps.portal import public_access
from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.admin.filters import AgeFilter
from myusa.lib.database import counting
from myusa.lib.http.csv_files import csv_response


class RequestedFilter(AgeFilter):
    title = _("requested")
    field = "requested_at"


@admin.register(PublicAccessRequest)
class PublicAccessRequestAdmin(ActionAdmin):
    list_display = ("app", "status", "age", "requested_by", "decided_by", "decided_at")
    list_filter = ("status", RequestedFilter, "app__is_federal_agency")
    list_select_related = ("app__team", "requested_by", "decided_by")
    search_fields = ("app__name", "app__organization", "app__team__name", "requested_by__email")
    search_help_text = _("App, organization, team or who asked")
    actions = ("export_csv",)
    fields = (
        "app_link",
        "status",
        "note",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
        "reason",
        "people",
        "review",
    )
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "approve",
            _("Approve"),
            _("Everyone with an account will be able to sign in through the app."),
            PublicAccessRequest.approve,
            lambda request: request.status == PublicAccessRequest.Status.PENDING and not request.app.is_blocked,
            needs_reason=False,
        ),
        AdminAction(
            "deny",
            _("Deny"),
            _("The app stays private. The team can fix what you name and ask again."),
            PublicAccessRequest.deny,
            lambda request: request.status == PublicAccessRequest.Status.PENDING,
        ),
    )

    def obstacle(self, request: HttpRequest, obj: PublicAccessRequest) -> str:
        return obj.app.team.conflict_of(person(request))

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        pending_first = Case(When(status=PublicAccessRequest.Status.PENDING, then=Value(0)), default=Value(1))
        return (pending_first.asc(), "requested_at", "pk")

    def subject_of_history(self, obj: Any) -> App:
        return obj.app  # type: ignore[no-any-return]

    @admin.display(description=_("waits for"), ordering="requested_at")
    def age(self, request: PublicAccessRequest) -> str:
        is_pending = request.status == PublicAccessRequest.Status.PENDING
        return timesince(request.requested_at) if is_pending else "–"

    @admin.display(description=_("app"))
    def app_link(self, request: PublicAccessRequest) -> SafeString:
        return format_html(
            '<a href="{}">{}</a>, {}',
            reverse("admin:developer_apps_app_change", args=[request.app_id]),
            request.app,
            request.app.team,
        )

    @admin.display(description=_("to decide by"))
    def review(self, request: PublicAccessRequest) -> SafeString:
        """Show everything that the decision depends on. Addresses of a pending request are fetched again every day."""
        if request.status == PublicAccessRequest.Status.PENDING:
            public_access.refresh_links(request.app)
        return render_to_string("developer_apps/portal/admin/public_access.html", public_access.review(request))

    @admin.display(description=_("people connected"))
    def people(self, request: PublicAccessRequest) -> str:
        return counting.in_words(counting.capped_count(request.app.authorizations.live()))

    @admin.action(description=_("Export as CSV"))
    def export_csv(self, request: HttpRequest, queryset: QuerySet[PublicAccessRequest]) -> HttpResponse:
        head = ["id", "app", "team", "status", "requested", "days", "requested by", "decided", "decided by", "reason"]
        rows = (
            (
                each.pk,
                each.app.name,
                each.app.team.name,
                each.status,
                each.requested_at.isoformat(),
                ((each.decided_at or timezone.now()) - each.requested_at).days,
                each.requested_by,
                each.decided_at.isoformat() if each.decided_at else "",
                each.decided_by,
                each.reason,
            )
            for each in queryset
        )
        return csv_response("public-access-requests", head, rows)
