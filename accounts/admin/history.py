"""The history of everything, to be read only."""

from auditlog import admin as _auditlog_admin  # noqa: F401 - registers its own page, which this one replaces
from auditlog.models import LogEntry
from django.contrib import admin
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from myusa.lib.admin.read_only import ReadOnly
from myusa.lib.history import lines

admin.site.unregister(LogEntry)


@admin.register(LogEntry)
class HistoryAdmin(ReadOnly, admin.ModelAdmin):
    """Who changed what, when and why; `cid` is the id of the request."""

    list_display = ("timestamp", "actor", "content_type", "object_repr", "verb", "cid")
    list_filter = ("timestamp", "content_type")
    list_select_related = ("actor", "content_type")
    search_fields = ("object_repr", "object_pk", "cid", "actor__email")
    search_help_text = _("Subject, its number, request id or who did it")
    date_hierarchy = "timestamp"
    fields = ("timestamp", "actor", "content_type", "object_pk", "object_repr", "verb", "note", "values", "cid")
    readonly_fields = fields
    list_per_page = 50

    @admin.display(description=_("what"))
    def verb(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("verb", ""))

    @admin.display(description=_("before and after"))
    def values(self, entry: LogEntry) -> SafeString | str:
        (line,) = lines.in_words([entry], for_staff=True)
        rows = ((change.name, change.before or "–", change.after or "–") for change in line.changes)
        return format_html_join("", "<p>{}: {} → {}</p>", rows) or "–"

    @admin.display(description=_("note"))
    def note(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("note", ""))
