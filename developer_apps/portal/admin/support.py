"""Support requests: those that wait for staff first, the one that waits longest on top."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import linebreaks_filter
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.timezone import localtime
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.work import ClaimFilter
from developer_apps.models import SupportRequest
from developer_apps.portal.admin.decisions import AppQueueAdmin
from developer_apps.portal.forms.support import ReplyForm
from myusa.lib.admin.actions import AdminAction
from myusa.lib.admin.filters import WaitingFilter

CLOSED = SupportRequest.Status.CLOSED


class StatusFilter(WaitingFilter):
    def others(self) -> list[tuple[str, Any]]:
        return [choice for choice in SupportRequest.Status.choices if choice[0] != SupportRequest.Status.OPEN]


@admin.register(SupportRequest)
class SupportRequestAdmin(AppQueueAdmin):
    list_display = ("number", "subject", "updated_at", "claimed_by", "status", "app", "user")
    list_filter = (StatusFilter, ClaimFilter, "product")
    list_select_related = ("app", "user")
    search_fields = ("=pk", "app__name", "user__email", "=trace_id")
    search_help_text = _("Number without S-, app, email address or trace ID")
    fields = ("number", "status", "subject", "user", "app_link", "trace", "created_at", "updated_at", "conversation")
    readonly_fields = fields
    row_actions = (
        AdminAction(
            "reply",
            _("Reply"),
            _("The person gets your reply by email, and can write again."),
            SupportRequest.reply,
            lambda request: True,
            form_class=ReplyForm,
            done=lambda request: (
                gettext("%(number)s: we emailed your reply to %(user)s.")
                % {"number": request.number, "user": request.user}
            ),
        ),
        AdminAction(
            "close",
            _("Close"),
            _("Do this when no reply is needed. If the person writes again, it reopens."),
            SupportRequest.close,
            lambda request: request.status != CLOSED,
            needs_reason=False,
            done=lambda request: gettext("%(number)s is closed.") % {"number": request.number},
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[SupportRequest]:
        return super().get_queryset(request).prefetch_related("claims__staff")

    def get_ordering(self, request: HttpRequest) -> tuple[Any, ...]:
        return ("updated_at", "pk")

    def obstacle(self, request: HttpRequest, obj: SupportRequest) -> str:
        """Let everyone reply: nothing is decided here."""
        return ""

    def seen(self, obj: SupportRequest) -> str:
        """Return the last message, so no one replies to less than what was written."""
        return str(obj.messages.order_by("-pk").values_list("pk", flat=True).first())

    def subject_of_history(self, obj: SupportRequest) -> SupportRequest:
        return obj

    def judged(self, request: HttpRequest, obj: SupportRequest) -> SafeString:
        return self.conversation(obj)

    @admin.display(description=_("number"), ordering="pk")
    def number(self, request: SupportRequest) -> str:
        return request.number

    @admin.display(description=_("app"))
    def app_link(self, obj: SupportRequest) -> SafeString | str:  # type: ignore[override]
        return super().app_link(obj) if obj.app else "–"

    @admin.display(description=_("trace ID"))
    def trace(self, request: SupportRequest) -> SafeString | str:
        """Link to everything that the staff search finds for the trace ID."""
        if request.trace_id is None:
            return "–"
        address = f"{reverse('admin:search')}?q={request.trace_id}"
        return format_html('<a href="{}">{}</a>', address, request.trace_id)

    @admin.display(description=_("messages"))
    def conversation(self, request: SupportRequest) -> SafeString:
        return format_html_join(
            "",
            "<p><strong>{}</strong>, {}</p>{}",
            (
                (each.author or "–", date_format(localtime(each.at), "DATETIME_FORMAT"), linebreaks_filter(each.text))
                for each in request.messages.select_related("author")
            ),
        )
