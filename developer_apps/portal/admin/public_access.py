"""The queue of requests for public access: what waits, the oldest on top."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.http.response import HttpResponseBase
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.work import ClaimFilter
from developer_apps import emails
from developer_apps.models import PublicAccessRequest
from developer_apps.portal import public_access
from developer_apps.portal.admin.decisions import PENDING, REASON, DecisionAdmin, StatusFilter
from myusa.lib.admin.actions import AdminAction
from myusa.lib.admin.filters import AgeFilter
from myusa.lib.http.csv_files import CHUNK, csv_response
from myusa.lib.security.digests import keyed_digest


class RequestedFilter(AgeFilter):
    title = _("requested")
    field = "requested_at"


@admin.register(PublicAccessRequest)
class PublicAccessRequestAdmin(DecisionAdmin):
    list_display = ("app", "age", "claimed_by", "status", "requested_by", "decided_at", "decided_by")
    list_filter = (StatusFilter, ClaimFilter, RequestedFilter, "app__is_federal_agency")
    search_fields = (
        "app__name",
        "app__organization",
        "app__team__name",
        "app__clients__client_id",
        "requested_by__email",
    )
    search_help_text = _("App, organization, team, client ID or who asked")
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
            _("Approve public access"),
            _("Everyone with an account will be able to sign in through the app."),
            PublicAccessRequest.approve,
            lambda request: request.status == PENDING and not request.app.is_blocked,
            needs_reason=False,
            letters=lambda request: emails.preview(request.app, "public_access_approved", request=request),
            done=lambda request: gettext("%(app)s is public.") % {"app": request.app},
        ),
        AdminAction(
            "deny",
            _("Deny public access"),
            _("The app stays private. The team can fix what you name and ask again."),
            PublicAccessRequest.deny,
            lambda request: request.status == PENDING,
            letters=lambda request: emails.preview(
                request.app, "public_access_denied", request=PublicAccessRequest(app=request.app, reason=str(REASON))
            ),
            done=lambda request: gettext("%(app)s stays private.") % {"app": request.app},
        ),
    )

    def judged(self, request: HttpRequest, obj: PublicAccessRequest) -> SafeString:
        return self.review(obj)

    def seen(self, obj: PublicAccessRequest) -> str:
        """Return a digest of what the team can still change while it waits."""
        return keyed_digest("public-access-seen", repr(public_access.judged_values(obj.app)))

    @admin.display(description=_("to decide by"))
    def review(self, request: PublicAccessRequest) -> SafeString:
        """Show everything that the decision depends on. Addresses of a pending request are fetched again every day."""
        if request.status == PENDING:
            public_access.refresh_links(request.app)
        return render_to_string("developer_apps/portal/admin/public_access.html", public_access.review(request))

    @admin.action(description=_("Export as CSV"))
    def export_csv(self, request: HttpRequest, queryset: QuerySet[PublicAccessRequest]) -> HttpResponseBase:
        head = ["id", "app", "team", "status", "requested", "days", "requested by", "decided", "decided by", "reason"]
        rows = (
            (
                each.pk,
                each.app.name,
                each.app.team.title,
                each.status,
                each.requested_at.isoformat(),
                ((each.decided_at or timezone.now()) - each.requested_at).days,
                each.requested_by,
                each.decided_at.isoformat() if each.decided_at else "",
                each.decided_by,
                each.reason,
            )
            for each in queryset.iterator(CHUNK)
        )
        return csv_response("public-access-requests", head, rows)
