"""The history of everything, to be read only."""

from auditlog import admin as _auditlog_admin  # noqa: F401 - registers its own page, which this one replaces
from auditlog.models import LogEntry
from django.contrib import admin
from django.utils.translation import gettext_lazy as _

from myusa.lib.admin.read_only import ReadOnly

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
    fields = ("timestamp", "actor", "content_type", "object_pk", "object_repr", "verb", "note", "changes", "cid")
    readonly_fields = fields
    list_per_page = 50

    @admin.display(description=_("what"))
    def verb(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("verb", ""))

    @admin.display(description=_("note"))
    def note(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("note", ""))
