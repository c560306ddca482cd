"""MyUSA's own announcements: write, look at it, send."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.messages import plain_text
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.steps import InvalidTransition
from notifications.models import Announcement


class AnnouncementForm(StaleSafeModelForm):
    class Meta:
        model = Announcement
        fields = ("subject", "body", "audience")

    def clean_subject(self) -> str:
        return self._checked("subject", lines=False)

    def clean_body(self) -> str:
        return self._checked("body", lines=True)

    def _checked(self, name: str, *, lines: bool) -> str:
        try:
            return plain_text.read(self.cleaned_data[name], lines=lines)
        except plain_text.ForbiddenCharacter as forbidden:
            raise forms.ValidationError(forbidden.message) from forbidden


def send(announcement: Announcement, *, by: Any) -> None:
    """Begin to send; raise InvalidTransition if that was asked for before."""
    if not announcement.start(by=by):
        raise InvalidTransition(_("This was sent before."))


@admin.register(Announcement)
class AnnouncementAdmin(ActionAdmin):
    form = AnnouncementForm
    list_display = ("subject", "status", "audience", "created_by", "created_at", "started_at", "finished_at", "people")
    list_filter = ("audience",)
    row_actions = (
        AdminAction(
            "send",
            gettext_lazy("Send to its audience"),
            gettext_lazy("Everybody it is for gets it in the inbox, and by email unless they opted out."),
            send,
            lambda announcement: announcement.started_at is None,
            needs_reason=False,
        ),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        return super().get_queryset(request).annotate(people=Count("notifications")).select_related("created_by")

    @admin.display(description=gettext_lazy("people told"))
    def people(self, announcement: Any) -> int:
        return int(announcement.people)

    @admin.display(description=gettext_lazy("status"))
    def status(self, announcement: Announcement) -> str:
        if announcement.started_at is None:
            return _("Not sent")
        return _("Sent") if announcement.finished_at else _("Sending")

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)
        self.message_user(request, _("Not sent yet: read it once more, then send it."), messages.WARNING)

    def response_add(self, request: HttpRequest, obj: Announcement, *args: Any, **kwargs: Any) -> HttpResponse:
        """Lead to the page with the button that sends."""
        return redirect("admin:notifications_announcement_change", obj.pk)

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("notifications.add_announcement")  # type: ignore[union-attr]

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """What was sent stays as people got it."""
        return self.may_act(request) and (obj is None or obj.started_at is None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        allowed = request.user.has_perm("notifications.delete_announcement")  # type: ignore[union-attr]
        return allowed and (obj is None or obj.started_at is None)
