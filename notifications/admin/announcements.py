"""MyUSA's own announcements: write, look at it, send."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from myusa.lib.plain_text import is_misleading
from notifications.models import Announcement


class AnnouncementForm(forms.ModelForm):
    class Meta:
        model = Announcement
        fields = ("subject", "body", "audience")

    def clean_subject(self) -> str:
        return self._checked("subject", lines=False)

    def clean_body(self) -> str:
        return self._checked("body", lines=True)

    def _checked(self, name: str, *, lines: bool) -> str:
        text: str = self.cleaned_data[name].replace("\r\n", "\n")
        if is_misleading(text, lines=lines):
            raise forms.ValidationError(_("The text holds a control character or an invisible one."))
        return text


@admin.register(Announcement)
class AnnouncementAdmin(admin.ModelAdmin):
    form = AnnouncementForm
    list_display = ("subject", "audience", "created_by", "created_at", "started_at", "finished_at", "people")
    list_filter = ("audience",)
    actions = ("send",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Announcement]:
        return super().get_queryset(request).annotate(people=Count("notifications")).select_related("created_by")

    @admin.display(description=gettext_lazy("people told"))
    def people(self, announcement: Any) -> int:
        return int(announcement.people)

    def save_model(self, request: HttpRequest, obj: Announcement, form: Any, change: bool) -> None:
        if not change:
            obj.created_by = request.user  # type: ignore[assignment]
        super().save_model(request, obj, form, change)

    def has_change_permission(self, request: HttpRequest, obj: Announcement | None = None) -> bool:
        """What was sent stays as people got it."""
        return super().has_change_permission(request, obj) and (obj is None or obj.started_at is None)

    def has_send_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("notifications.change_announcement")  # type: ignore[union-attr]

    @admin.action(description=gettext_lazy("Send to its audience"), permissions=["send"])
    def send(self, request: HttpRequest, queryset: QuerySet[Announcement]) -> None:
        started = [announcement for announcement in queryset if announcement.start(by=request.user)]  # type: ignore[arg-type]
        if started:
            self.message_user(request, _("Sending begins within seconds."), messages.SUCCESS)
        else:
            self.message_user(request, _("These were sent before."), messages.WARNING)
