"""MyUSA's own announcements: write, review, send, pause, stop."""

from datetime import datetime
from typing import Any

from django.contrib import admin, messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import number_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from developer_apps.models import App
from myusa.lib.admin.actions import ActionAdmin, AdminAction
from myusa.lib.admin.desk import link_to, moment
from myusa.lib.security.digests import keyed_digest
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.steps import InvalidTransition
from myusa.lib.typed_text import TextField
from notifications import announcing
from notifications.models import Announcement

# The others are about an app, its deletion or what is found on the page of its incident, or correct an announcement.
_FREE_AUDIENCES = (Announcement.Audience.EVERYBODY, Announcement.Audience.DEVELOPERS)
# To send to more people, staff type their number.
TYPED_FROM = 1000


class AnnouncementForm(StaleSafeModelForm):
    class Meta:
        model = Announcement
        fields = ("subject", "body", "translations", "audience")
        field_classes = {"subject": TextField, "body": TextField}

    # App and time, for the people whose data the app read since then.
    about: tuple[int, datetime] | None = None
    # The announcement that a new one corrects.
    original: Announcement | None = None

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        if self.original:
            kwargs["initial"] = {**announcing.correction_of(self.original), **kwargs.get("initial", {})}
        super().__init__(*args, **kwargs)
        if self.about:
            self.instance.audience = self.initial["audience"] = Announcement.Audience.READ_BY_APP
            self.instance.about_app_id, self.instance.read_since = self.about
        if self.original:
            self.instance.audience = self.initial["audience"] = Announcement.Audience.CORRECTED
            self.instance.corrects = self.original
        if audience := self.fields.get("audience"):
            current = Announcement.Audience(self.instance.audience)
            offered = _FREE_AUDIENCES if current in _FREE_AUDIENCES else [current]
            audience.choices = [(each.value, each.label) for each in offered]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if self.original and Announcement.objects.filter(corrects=self.original).exists():
            self.add_error(None, _("This announcement already has a correction."))
        return cleaned


def send(announcement: Announcement, *, by: Any) -> None:
    """Start to send; raise InvalidTransition if it was started before."""
    if not announcement.start(by=by):
        raise InvalidTransition(_("This was already sent."))


def pause(announcement: Announcement, *, by: Any) -> None:
    if not announcement.pause(by=by):
        raise InvalidTransition(_("This is not being sent."))


def resume(announcement: Announcement, *, by: Any) -> None:
    if not announcement.resume(by=by):
        raise InvalidTransition(_("This is not paused."))


def stop(announcement: Announcement, *, by: Any) -> None:
    if not announcement.stop(by=by):
        raise InvalidTransition(_("This is not being sent."))


def try_on(announcement: Announcement, *, by: Any) -> None:
    announcing.try_on(announcement, by=by)


def number_to_type(announcement: Announcement) -> str:
    count = announcement.people().count()
    return str(count) if count > TYPED_FROM else ""


def _is_being_sent(announcement: Announcement) -> bool:
    return announcement.started_at is not None and announcement.finished_at is None


@admin.register(Announcement)
class AnnouncementAdmin(ActionAdmin):
    form = AnnouncementForm
    change_form_template = "notifications/admin/announcement_page.html"
    list_display = (
        "subject",
        "status",
        "audience",
        "progress",
        "created_by",
        "started_at",
        "finished_at",
    )
    readonly_fields = (
        "status",
        "progress",
        "started_at",
        "paused_at",
        "finished_at",
        "about",
        "original",
        "corrected_by",
    )
    list_filter = ("audience",)
    list_select_related = ("created_by", "correction")
    row_actions = (
        AdminAction(
            "try",
            gettext_lazy("Send a test to me"),
            gettext_lazy(
                "Only you get it, in your inbox and by email. It leaves your inbox when you send it to everyone."
            ),
            try_on,
            lambda announcement: announcement.started_at is None,
            needs_reason=False,
            done=lambda announcement: _("“%(subject)s” is in your inbox.") % {"subject": announcement},
        ),
        AdminAction(
            "send",
            gettext_lazy("Send to its audience"),
            gettext_lazy("People get it in their inbox, and by email unless they opted out."),
            send,
            lambda announcement: announcement.started_at is None,
            needs_reason=False,
            typed=number_to_type,
            done=lambda announcement: (
                _("We’re sending “%(subject)s”. This page shows the progress.") % {"subject": announcement}
            ),
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

    def seen(self, obj: Announcement) -> str:
        """Return a digest of the text and the audience, which a colleague can change until it is sent."""
        written = (obj.subject, obj.body, obj.translations, obj.audience)
        return keyed_digest("announcement-seen", repr(written)) if obj.started_at is None else ""

    def judged(self, request: HttpRequest, obj: Announcement) -> SafeString:
        """Show the text as people get it, the audience, and how many people get it by which channel."""
        people, by_email = obj.people().count(), obj.people_by_email().count()
        context = {"announcement": obj, "people": people, "by_email": by_email, "app": app_of(obj)}
        return render_to_string("notifications/admin/announcement.html", context)

    @admin.display(description=gettext_lazy("status"))
    def status(self, announcement: Announcement) -> str:
        if announcement.started_at is None:
            return _("Not sent")
        if announcement.stopped_at:
            return _("Stopped")
        if announcement.sent_correction:
            return _("Sent and corrected")
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
        """Show the progress of an announcement once it is sent, what it corrects and what corrects it."""
        written: tuple[str, ...] = ("subject", "body", "translations", "audience")
        if obj and obj.about_app_id:
            written = ("about", *written)
        if obj and obj.corrects_id:
            written = ("original", *written)
        if obj and hasattr(obj, "correction"):
            written = ("corrected_by", *written)
        if obj is None or obj.started_at is None:
            return written
        return ("status", "progress", "started_at", "paused_at", "finished_at", *written)

    @admin.display(description=gettext_lazy("about"))
    def about(self, announcement: Announcement) -> SafeString | str:
        """Name the app whose former or present users it is for, and since when it read their data."""
        app, since = app_of(announcement), moment(announcement.read_since)
        link = link_to(app) if app else _("An app that is deleted")
        return format_html("{}, {}", link, _("since %(day)s") % {"day": since}) if since else link

    @admin.display(description=gettext_lazy("corrects"))
    def original(self, announcement: Announcement) -> SafeString:
        return link_to(announcement.corrects)  # type: ignore[arg-type]

    @admin.display(description=gettext_lazy("corrected by"))
    def corrected_by(self, announcement: Announcement) -> SafeString:
        return link_to(announcement.correction)

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        obj = context.get("original")
        may_correct = obj and obj.finished_at and not hasattr(obj, "correction") and self.has_add_permission(request)
        if obj is None and _corrected(request):
            context["title"] = _("Write a correction")
        return super().render_change_form(request, {**context, "may_correct": may_correct}, *args, **kwargs)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        """Address a new announcement to the people that the page it comes from is about.

        These are the people whose data an app read, from the page of an incident, and those who got what is corrected.
        """
        form = super().get_form(request, obj, change, **kwargs)
        if obj is None and (original := _corrected(request)):
            return type("CorrectionForm", (form,), {"original": original})
        if obj is None and (about := _incident(request)):
            return type("IncidentForm", (form,), {"about": about})
        return form

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


def app_of(announcement: Announcement) -> App | None:
    """Return the app that an announcement is about, None if there is none or it is deleted."""
    return App.objects.filter(pk=announcement.about_app_id).first() if announcement.about_app_id else None


def _corrected(request: HttpRequest) -> Announcement | None:
    """Return the announcement that a new one corrects. While it is being sent it can be stopped, and not corrected."""
    key = request.GET.get("corrects", "")
    sent = Announcement.objects.exclude(finished_at=None)
    return sent.filter(pk=int(key)).first() if key.isdecimal() and len(key) < 19 else None


def _incident(request: HttpRequest) -> tuple[int, datetime] | None:
    """Return app and time in the address of the page of an incident's message."""
    key = request.GET.get("app", "")
    try:
        since = parse_datetime(request.GET.get("since", "").replace(" ", "+"))
    except ValueError:
        since = None
    if not key.isdecimal() or since is None or timezone.is_naive(since) or not App.objects.filter(pk=int(key)).exists():
        return None
    return int(key), since
