"""Changes of approved apps that wait for staff, and reports about apps."""

from typing import Any

from django.contrib import admin
from django.db.models import F, QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.guards import person
from accounts.work import ClaimFilter
from developer_apps import emails, names
from developer_apps.models import AppChange, AppReport
from developer_apps.portal.admin.decisions import PENDING, REASON, AppQueueAdmin, DecisionAdmin, StatusFilter
from myusa.lib.admin import desk
from myusa.lib.admin.actions import STAFF_READ_IT, AdminAction, ReasonForm
from myusa.lib.admin.filters import WaitingFilter

SHOWN_DECISIONS = 5


@admin.register(AppChange)
class AppChangeAdmin(DecisionAdmin):
    list_display = ("app", "what", "age", "claimed_by", "status", "requested_by", "decided_at", "decided_by")
    list_filter = (StatusFilter, ClaimFilter, "app__is_federal_agency")
    search_fields = ("app__name", "app__team__name", "app__clients__client_id", "requested_by__email")
    search_help_text = _("App, team, client ID or who asked")
    fields = (
        "app_link",
        "status",
        "comparison",
        "warnings",
        "earlier",
        "people",
        "requested_by",
        "requested_at",
        "decided_by",
        "decided_at",
        "reason",
    )
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "approve",
            _("Approve the changes"),
            _("The changes take effect now. If people return to another host, we ask for their consent again."),
            AppChange.approve,
            lambda change: change.status == PENDING and not change.app.is_blocked,
            needs_reason=False,
            letters=lambda change: emails.preview(change.app, "change_approved", change=change),
            done=lambda change: gettext("The changes of %(app)s are in effect.") % {"app": change.app},
        ),
        AdminAction(
            "deny",
            _("Deny the changes"),
            _("The app doesn’t change. The team can fix what you list and ask again."),
            AppChange.deny,
            lambda change: change.status == PENDING,
            letters=lambda change: emails.preview(
                change.app, "change_denied", change=AppChange(app=change.app, after=change.after, reason=str(REASON))
            ),
            done=lambda change: gettext("%(app)s stays as it was.") % {"app": change.app},
        ),
    )

    def judged(self, request: HttpRequest, obj: AppChange) -> SafeString:
        found = [self.comparison(obj), self.warnings(obj), self.earlier(obj)]
        return mark_safe("".join(each for each in found if each != "–"))

    @admin.display(description=_("earlier decisions"))
    def earlier(self, change: AppChange) -> SafeString | str:
        """Say what staff decided about the app's changes before, so a team that asks again gets the same answer."""
        decided = change.app.changes.exclude(pk=change.pk).exclude(decided_by=None).order_by("-decided_at")
        lines = (
            (
                desk.link_to(each, f"{each.get_status_display()}, {desk.moment(each.decided_at)}"),
                ", ".join(str(label) for label, _before, _after in each.rows()),
                each.reason or "–",
            )
            for each in decided.exclude(status=AppChange.Status.WITHDRAWN)[:SHOWN_DECISIONS]
        )
        return format_html_join("", "<p>{}: {}. {}</p>", lines) or "–"

    @admin.display(description=_("changes"))
    def what(self, change: AppChange) -> str:
        return ", ".join(str(label) for label, _before, _after in change.rows())

    @admin.display(description=_("before and after"))
    def comparison(self, change: AppChange) -> SafeString:
        rows = format_html_join(
            "",
            '<tr><th scope="row">{}</th><td>{}</td><td>{}</td></tr>',
            ((label, linebreaksbr(before), linebreaksbr(after)) for label, before, after in change.rows()),
        )
        return format_html(
            '<table><thead><tr><th scope="col">{}</th><th scope="col">{}</th><th scope="col">{}</th></tr></thead>'
            "<tbody>{}</tbody></table>",
            _("What"),
            _("Approved"),
            _("New"),
            rows,
        )

    @admin.display(description=_("check before you decide"))
    def warnings(self, change: AppChange) -> SafeString | str:
        found = names.warnings(change.app, change.after["name"]) if "name" in change.after else ()
        return format_html_join("", "<p>{}</p>", ((each,) for each in found)) or "–"


class HandledFilter(WaitingFilter):
    parameter_name = "handled"

    def others(self) -> list[tuple[str, Any]]:
        return [("yes", _("Handled"))]

    def other(self, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.exclude(handled_at=None)


class HandledForm(ReasonForm):
    """What staff did about a report. The verb takes it as its reason."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["reason"].label = _("What you did")


@admin.register(AppReport)
class AppReportAdmin(AppQueueAdmin):
    list_display = ("app", "kind", "user", "created_at", "claimed_by", "handled_at", "handled_by")
    list_filter = (HandledFilter, ClaimFilter, "kind")
    list_select_related = ("app", "user", "handled_by")
    search_fields = ("app__name", "app__team__name", "user__email")
    search_help_text = _("App, team or who reported it")
    fields = ("app_link", "kind", "text", "user", "created_at", "people", "handled_by", "handled_at", "others")
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "handle",
            _("Mark as handled"),
            _("Do this after you looked into it. Block the app or email its team first if needed."),
            AppReport.handle,
            lambda report: report.handled_at is None,
            form_class=HandledForm,
            reason_help=STAFF_READ_IT,
            letters=emails.preview_of_report,
            done=lambda report: gettext("The report about %(app)s is handled.") % {"app": report.app},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppReport]:
        """Leave out reports about apps of the reader's own team: it must not learn who reported it."""
        reports = super().get_queryset(request).exclude(app__team__memberships__user=person(request))
        return reports.prefetch_related("claims__staff")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return (F("handled_at").desc(nulls_first=True), "created_at")

    @admin.display(description=_("all reports about this app"))
    def others(self, report: AppReport) -> int:
        return report.app.reports.count()
