"""MyUSA's own announcements: write, review, send, pause, stop."""

from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.formats import number_format
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.steps import InvalidTransition
from myusa.lib.typed_text import TextField
from notifications.models import Announcement


class AnnouncementForm(StaleSafeModelForm):
    class Meta:
        model = Announcement
        fields = ("subject", "body", "audience")
        field_classes = {"subject": TextField, "body": TextField}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Only the deletion of an app addresses the people who were connected to it.
        if audience := self.fields.get("audience"):
            offered = [(each.value, each.label) for each in Announcement.Audience if each != "former_users"]
            audience.choices = offered  # type: ignore[attr-defined]


def send(announcement: Announcement, *, by: Any) -> None:
    """Start to send; raise InvalidTransition if it was started before."""
    if not announcement.start(by=by):
        raise InvalidTransition(_("This was sent before."))


def pause(announcement: Announcement, *, by: Any) -> None:
    if not announcement.pause(by=by):
        raise InvalidTransition(_("This is not being sent."))


def resume(announcement: Announcement, *, by: Any) -> None:
    if not announcement.resume(by=by):
        raise InvalidTransition(_("This is not paused."))


def stop(announcement: Announcement, *, by: Any) -> None:
    if not announcement.stop(by=by):
        raise InvalidTransition(_("This is not being sent."))


def _is_being_sent(announcement: Announcement) -> bool:
    return announcement.started_at is not None and announcement.finished_at is None


@admin.register(Announcement)
class AnnouncementAdmin(ActionAdmin):
    form = AnnouncementForm
    list_display = (
        "subject",
        "status",
        "audience",
        "created_by",
        "created_at",
        "started_at",
        "finished_at",
        "progress",
    )
    readonly_fields = ("status", "progress", "started_at", "paused_at", "finished_at")
    list_filter = ("audience",)
    list_select_related = ("created_by",)
    row_actions = (
        AdminAction(
            "send",
            gettext_lazy("Send to its audience"),
            gettext_lazy("People get it in their inbox, and by email unless they opted out."),
            send,
            lambda announcement: announcement.started_at is None,
            needs_reason=False,
        ),
        AdminAction(
            "pause",
            gettext_lazy("Pause"),
            gettext_lazy("No more people get it until you resume."),
            pause,
            lambda announcement: _is_being_sent(announcement) and announcement.paused_at is None,
            needs_reason=False,
        ),
        AdminAction(
            "resume",
            gettext_lazy("Resume"),
            gettext_lazy("The people who don’t have it yet get it."),
            resume,
            lambda announcement: _is_being_sent(announcement) and announcement.paused_at is not None,
            needs_reason=False,
        ),
        AdminAction(
            "stop",
            gettext_lazy("Stop"),
            gettext_lazy("No more people get it. You can’t start it again."),
            stop,
            _is_being_sent,
            needs_reason=False,
        ),
    )

    @admin.display(description=gettext_lazy("status"))
    def status(self, announcement: Announcement) -> str:
        if announcement.started_at is None:
            return _("Not sent")
        if announcement.stopped_at:
            return _("Stopped")
        if announcement.finished_at:
            return _("Sent")
        return _("Paused") if announcement.paused_at else _("Sending")

    @admin.display(description=gettext_lazy("progress"))
    def progress(self, announcement: Announcement) -> str:
        if announcement.started_at is None:
            return "–"
        count = number_format(announcement.sent_count, force_grouping=True)
        words = ngettext(
            "%(count)s person, about %(percent)d%%", "%(count)s people, about %(percent)d%%", announcement.sent_count
        )
        return words % {"count": count, "percent": announcement.percent}

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Show the progress of an announcement once it is sent."""
        written = ("subject", "body", "audience")
        return written if obj is None or obj.started_at is None else (*self.readonly_fields, *written)

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        self.message_user(request, _("Not sent yet. Read it again, then send it."), messages.WARNING)

    def response_add(self, request: HttpRequest, obj: Announcement, *args: Any, **kwargs: Any) -> HttpResponse:
        """Go to the page with the button that sends."""
        return redirect("admin:notifications_announcement_change", obj.pk)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("notifications.add_announcement")  # type: ignore[union-attr]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """An announcement that was sent can't be changed."""
        return self.may_act(request) and (obj is None or obj.started_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = request.user.has_perm("notifications.delete_announcement")  # type: ignore[union-attr]
        return allowed and (obj is None or obj.started_at is None)
