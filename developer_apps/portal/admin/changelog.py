"""The changelog, which staff write, publish and email."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.formats import number_format
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from developer_apps.models import ChangelogEntry
from developer_apps.portal.admin.staff_texts import StaffTextAdmin
from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.stale_forms import StaleSafeModelForm

TYPED_FROM = 20


class ChangelogEntryForm(StaleSafeModelForm):
    class Meta:
        model = ChangelogEntry
        fields = ("title", "slug", "kind", "product", "body", "status")


def number_to_type(entry: ChangelogEntry) -> str:
    """Return how many people get the email, if staff must type it first: for more than a few."""
    count = entry.readers().count()
    return str(count) if count > TYPED_FROM else ""


@admin.register(ChangelogEntry)
class ChangelogEntryAdmin(StaffTextAdmin, ActionAdmin):
    form = ChangelogEntryForm
    written = ("title", "slug", "kind", "product", "body", "status")
    list_display = ("title", "kind", "product", "status", "published_at", "emails")
    list_filter = ("status", "kind", "product")
    list_select_related = ("product", "changed_by")
    search_fields = ("title", "body")
    row_actions = (
        AdminAction(
            "email",
            gettext_lazy("Email subscribers"),
            gettext_lazy("We email it once to everyone who chose news about the platform."),
            lambda entry, *, by: entry.email(by=by),
            lambda entry: entry.is_published and entry.emails_began_at is None,
            needs_reason=False,
            typed=number_to_type,
            done=lambda entry: _("We’re emailing “%(title)s”. This page shows the progress.") % {"title": entry},
        ),
    )

    def judged(self, request: HttpRequest, obj: ChangelogEntry) -> SafeString:
        """Show the text as people get it, and how many get it."""
        context = {"entry": obj, "people": obj.readers().count()}
        return render_to_string("developer_apps/admin/changelog_email.html", context)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (*super().get_fields(request, obj), "published_at", "emails") if obj else self.written

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        return (*super().get_readonly_fields(request, obj), "published_at", "emails") if obj else ()

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("developer_apps.add_changelogentry")  # type: ignore[union-attr]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return self.may_act(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What readers know is edited, not deleted."""
        allowed = request.user.has_perm("developer_apps.delete_changelogentry")  # type: ignore[union-attr]
        return allowed and obj is not None and obj.published_at is None

    def get_view_on_site_url(self, obj: Any = None) -> str | None:
        is_public = obj is not None and obj.is_published
        return reverse("developer_apps:changelog_entry", args=[obj.slug]) if is_public else None

    @admin.display(description=gettext_lazy("emails"))
    def emails(self, entry: ChangelogEntry) -> str:
        if entry.emails_began_at is None:
            return _("Not emailed")
        count = number_format(entry.emailed_count, force_grouping=True)
        if entry.emails_done_at is None:
            return _("Queuing, %(count)s so far") % {"count": count}
        return _("Queued for all subscribers: %(count)s") % {"count": count}
