"""The history of everything, to be read only."""

from typing import Any

from auditlog import admin as _auditlog_admin  # noqa: F401 - registers its own page, which this one replaces
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import QuerySet
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from myusa.lib.admin.read_only import ReadOnly
from myusa.lib.history import lines

admin.site.unregister(LogEntry)


# What people look for in the history, with the models that it is about.
SUBJECTS: dict[str, tuple[Any, tuple[str, ...]]] = {
    "people": (_("People"), ("accounts.user", "accounts.accountrecovery", "accounts.allowance")),
    "teams": (_("Teams"), ("developer_apps.team", "developer_apps.invitation", "developer_apps.membership")),
    "apps": (_("Apps and keys"), ("developer_apps.app", "developer_apps.client", "developer_apps.run")),
    "connections": (_("Connections"), ("developer_apps.authorization",)),
    "requests": (_("Production requests"), ("onboarding.productionrequest",)),
    "demos": (_("Demos and their times"), ("onboarding.demo", "onboarding.slot", "onboarding.closure")),
    "products": (
        _("API products"),
        (
            "developer_apps.product",
            "developer_apps.resourceserver",
            "developer_apps.subscription",
            "developer_apps.scenario",
        ),
    ),
    "messages": (
        _("Messages"),
        ("notifications.announcement", "notifications.delivery", "notifications.applimit", "outbox.outgoingemail"),
    ),
    "texts": (_("Legal texts and affidavits"), ("accounts.legaltext", "onboarding.affidavittext")),
    "support": (_("Support requests"), ("developer_apps.supportrequest",)),
}


class SubjectFilter(admin.SimpleListFilter):
    title = _("subject")
    parameter_name = "subject"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [(slug, words) for slug, (words, _models) in SUBJECTS.items()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[LogEntry]) -> QuerySet[LogEntry]:
        if (slug := str(self.value())) not in SUBJECTS:
            return queryset
        kinds = [ContentType.objects.get_by_natural_key(*model.split(".")).pk for model in SUBJECTS[slug][1]]
        return queryset.filter(content_type__in=kinds)


@admin.register(LogEntry)
class HistoryAdmin(ReadOnly, admin.ModelAdmin):
    """Who changed what, when and why; `cid` is the id of the request."""

    list_display = ("timestamp", "verb", "object_repr", "actor", "note", "content_type")
    list_filter = (SubjectFilter, "timestamp")
    list_select_related = ("actor", "content_type")
    search_fields = ("object_repr", "object_pk", "cid", "actor__email")
    search_help_text = _("Subject, its number, request id or who did it")
    date_hierarchy = "timestamp"
    fields = ("timestamp", "verb", "subject", "actor", "note", "values", "content_type", "object_pk", "cid")
    readonly_fields = fields
    list_per_page = 50

    @admin.display(description=_("what"))
    def verb(self, entry: LogEntry) -> str:
        return str(lines.in_words([entry], for_staff=True)[0].what)

    @admin.display(description=_("subject"))
    def subject(self, entry: LogEntry) -> SafeString | str:
        """Link to the row that the entry is about, where the admin has a page for its model."""
        kind = entry.content_type
        try:
            page = reverse(f"admin:{kind.app_label}_{kind.model}_change", args=[entry.object_pk])
        except NoReverseMatch:
            return entry.object_repr
        return format_html('<a href="{}">{}</a>', page, entry.object_repr)

    @admin.display(description=_("before and after"))
    def values(self, entry: LogEntry) -> SafeString | str:
        (line,) = lines.in_words([entry], for_staff=True)
        rows = ((change.name, change.before or "–", change.after or "–") for change in line.changes)
        return format_html_join("", "<p>{}: {} → {}</p>", rows) or "–"

    @admin.display(description=_("note"))
    def note(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("note", ""))
