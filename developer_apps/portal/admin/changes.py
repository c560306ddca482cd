"""Changes of approved apps that wait for staff, and reports about apps."""

from typing import Any

from django.contrib import admin
from django.db.models import Case, F, QuerySet, Value, When
from django.http import HttpRequest
from django.template.defaultfilters import linebreaksbr
from django.urls import reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timesince import timesince
from django.utils.translation import gettext_lazy as _

from accounts.guards import person
from developer_apps import names
from developer_apps.models import App, AppChange, AppReport
from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.database import counting


def link_to(app: App) -> SafeString:
    return format_html(
        '<a href="{}">{}</a>, {}', reverse("admin:developer_apps_app_change", args=[app.pk]), app, app.team
    )


@admin.register(AppChange)
class AppChangeAdmin(ActionAdmin):
    list_display = ("app", "status", "what", "age", "requested_by", "decided_by", "decided_at")
    list_filter = ("status", "app__is_federal_agency")
    list_select_related = ("app__team", "requested_by", "decided_by")
    search_fields = ("app__name", "app__team__name", "requested_by__email")
    search_help_text = _("App, team or who asked")
    fields = (
        "app_link",
        "status",
        "comparison",
        "warnings",
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
            _("Approve"),
            _("The changes take effect now. If people return to another host, we ask for their consent again."),
            AppChange.approve,
            lambda change: change.status == AppChange.Status.PENDING and not change.app.is_blocked,
            needs_reason=False,
        ),
        AdminAction(
            "deny",
            _("Deny"),
            _("The app stays as it is. The team can fix what you name and ask again."),
            AppChange.deny,
            lambda change: change.status == AppChange.Status.PENDING,
        ),
    )

    def obstacle(self, request: HttpRequest, obj: AppChange) -> str:
        return obj.app.team.conflict_of(person(request))

    def subject_of_history(self, obj: Any) -> App:
        return obj.app  # type: ignore[no-any-return]

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        pending_first = Case(When(status=AppChange.Status.PENDING, then=Value(0)), default=Value(1))
        return (pending_first.asc(), "requested_at", "pk")

    @admin.display(description=_("waits for"), ordering="requested_at")
    def age(self, change: AppChange) -> str:
        return timesince(change.requested_at) if change.status == AppChange.Status.PENDING else "–"

    @admin.display(description=_("app"))
    def app_link(self, change: AppChange) -> SafeString:
        return link_to(change.app)

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

    @admin.display(description=_("people connected"))
    def people(self, change: AppChange) -> str:
        return counting.in_words(counting.capped_count(change.app.authorizations.live()))


@admin.register(AppReport)
class AppReportAdmin(ActionAdmin):
    list_display = ("app", "kind", "created_at", "handled_at", "handled_by")
    list_filter = ("kind", ("handled_at", admin.EmptyFieldListFilter))
    list_select_related = ("app", "handled_by")
    search_fields = ("app__name", "app__team__name")
    search_help_text = _("App or team")
    fields = ("app_link", "kind", "text", "user", "created_at", "handled_by", "handled_at", "others")
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "handle",
            _("Mark as handled"),
            _("Do this after you have looked into it, and blocked the app or written to its team if needed."),
            AppReport.handle,
            lambda report: report.handled_at is None,
            needs_reason=False,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[AppReport]:
        """Leave out reports about apps of the reader's own team: it must not learn who reported it."""
        return super().get_queryset(request).exclude(app__team__memberships__user=person(request))

    def obstacle(self, request: HttpRequest, obj: AppReport) -> str:
        return obj.app.team.conflict_of(person(request))

    def subject_of_history(self, obj: Any) -> App:
        return obj.app  # type: ignore[no-any-return]

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return (F("handled_at").desc(nulls_first=True), "created_at")

    @admin.display(description=_("app"))
    def app_link(self, report: AppReport) -> SafeString:
        return link_to(report.app)

    @admin.display(description=_("all reports about this app"))
    def others(self, report: AppReport) -> int:
        return report.app.reports.count()
