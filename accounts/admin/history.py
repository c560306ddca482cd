"""The history of everything, to be read only."""

from typing import Any

from auditlog import admin as _auditlog_admin  # noqa: F401 - registers its own page, which this one replaces
from auditlog.models import LogEntry
from django.contrib import admin
from django.contrib.contenttypes.models import ContentType
from django.db.models import Case, CharField, OuterRef, QuerySet, Subquery, When
from django.http import HttpRequest
from django.urls import NoReverseMatch, reverse
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from myusa.lib.admin.read_only import ReadOnly
from myusa.lib.history import lines

admin.site.unregister(LogEntry)

# The history of at most so many people is found by a part of their address.
FOUND_PEOPLE = 50


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
    "help": (_("FAQ, articles and changelog"), ("developer_apps.helparticle", "developer_apps.changelogentry")),
    "status": (_("Incidents of the status page"), ("operations.serviceincident",)),
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

    list_display = ("timestamp", "verb", "subject_name", "actor", "note")
    list_filter = (SubjectFilter, "timestamp")
    list_select_related = ("actor", "content_type")
    search_fields = ("object_repr", "object_pk", "cid", "actor__email")
    search_help_text = _("Subject, its number, request id, or the email address of a person")
    date_hierarchy = "timestamp"
    fields = ("timestamp", "verb", "subject", "actor", "note", "values", "kind", "number", "request_id")
    readonly_fields = fields
    list_per_page = 50

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[LogEntry], search_term: str
    ) -> tuple[QuerySet[LogEntry], bool]:
        """Find entries about a person by email address, too: they are stored under the MyUSA ID."""
        found, has_duplicates = super().get_search_results(request, queryset, search_term)
        if "@" in search_term:
            people = User.objects.filter(email__icontains=search_term.strip()).order_by("pk")[:FOUND_PEOPLE]
            kind = ContentType.objects.get_for_model(User)
            found |= queryset.filter(content_type=kind, object_pk__in=[str(user.pk) for user in people])
        return found, has_duplicates

    def get_queryset(self, request: HttpRequest) -> QuerySet[LogEntry]:
        """Add the email address of a person that an entry is about: the history itself keeps the MyUSA ID alone."""
        people = User.objects.filter(pk=OuterRef("object_id")).values("email")[:1]
        is_person = When(content_type=ContentType.objects.get_for_model(User), then=Subquery(people))
        return super().get_queryset(request).annotate(person_email=Case(is_person, output_field=CharField()))

    @admin.display(description=_("subject"), ordering="object_repr")
    def subject_name(self, entry: LogEntry) -> str:
        return entry.person_email or entry.object_repr  # type: ignore[attr-defined,no-any-return]

    @admin.display(description=_("kind"))
    def kind(self, entry: LogEntry) -> str:
        return capfirst(entry.content_type.name)

    @admin.display(description=_("number"))
    def number(self, entry: LogEntry) -> str:
        return entry.object_pk

    @admin.display(description=_("request ID"))
    def request_id(self, entry: LogEntry) -> str:
        return entry.cid or "–"

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
            return self.subject_name(entry)
        return format_html('<a href="{}">{}</a>', page, self.subject_name(entry))

    @admin.display(description=_("before and after"))
    def values(self, entry: LogEntry) -> SafeString | str:
        (line,) = lines.in_words([entry], for_staff=True)
        rows = ((change.name, change.before or "–", change.after or "–") for change in line.changes)
        return format_html_join("", "<p>{}: {} → {}</p>", rows) or "–"

    @admin.display(description=_("note"))
    def note(self, entry: LogEntry) -> str:
        return str((entry.additional_data or {}).get("note", ""))
