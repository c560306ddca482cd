"""The inbox of the person who is signed in."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import repeats
from developer_apps.models import App
from notifications import retention
from notifications.models import Notification
from notifications.models.notifications import NotificationQuerySet

PER_PAGE = 25
MYUSA = "myusa"


@login_required
@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Show the newest first; `?app=` and `?unread=1` leave out the rest."""
    mine = Notification.objects.visible_to(_me(request))
    app, only_unread = request.GET.get("app", ""), request.GET.get("unread") == "1"
    of_app = _of_app(mine, app)
    shown = of_app.unread() if only_unread else of_app
    # Texts are long and not shown here.
    rows = shown.newest_first().select_related("announcement__correction")
    rows = rows.defer("body", "announcement__body", "announcement__correction__body")
    page = Paginator(rows, PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "senders": _senders(mine),
        "app": app,
        "only_unread": only_unread,
        "is_filtered": bool(app or only_unread),
        "has_unread": of_app.unread().exists(),
        "here": _address(request.GET),
        "deleted": _just_deleted(request),
        "kept": retention.periods(),
        "MYUSA": MYUSA,
    }
    return render(request, "notifications/inbox.html", context)


@login_required
@require_safe
def notification(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Show one and, as the person has come to read it, mark it read; a browser that only fetches ahead changes nothing."""
    found = _find(request, notification_id, Notification.objects.prefetch_related("deliveries"))
    if request.method == "GET" and not _is_fetched_ahead(request) and found.is_unread:
        Notification.objects.filter(pk=found.pk).mark_viewed()
    context = {"notification": found, "back": _back(request)}
    if found.announcement_id:
        mine = Notification.objects.filter(user=_me(request)).defer("body")
        context["original"] = mine.filter(announcement__correction=found.announcement_id).first()
        context["correction"] = mine.filter(announcement__corrects=found.announcement_id).first()
    return render(request, "notifications/notification.html", context)


@login_required
@require_POST
def mark_unread(request: HttpRequest, notification_id: int) -> HttpResponse:
    Notification.objects.filter(pk=_find(request, notification_id).pk).mark_unviewed()
    return redirect(_back(request))


@login_required
@require_POST
def mark_read(request: HttpRequest, notification_id: int) -> HttpResponse:
    Notification.objects.filter(pk=_find(request, notification_id).pk).mark_viewed()
    return redirect(_back(request))


@login_required
@require_POST
def mark_all_read(request: HttpRequest) -> HttpResponse:
    _of_app(Notification.objects.visible_to(_me(request)), request.POST.get("app", "")).mark_viewed()
    return redirect(_back(request))


@login_required
@require_POST
@repeats.once
def delete(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Take one out of the inbox; the page that follows offers to undo it."""
    found = _find(request, notification_id)
    Notification.objects.filter(pk=found.pk).delete_softly()
    return repeats.done(request, redirect(_back(request, deleted=found.pk)))


@login_required
@require_POST
def restore(request: HttpRequest, notification_id: int) -> HttpResponse:
    found = get_object_or_404(Notification, pk=notification_id, user=_me(request))
    Notification.objects.filter(pk=found.pk).restore()
    return redirect(_back(request))


def _me(request: HttpRequest) -> Any:
    return request.user


def _find(request: HttpRequest, notification_id: int, among: Any = None) -> Notification:
    among = Notification.objects.all() if among is None else among
    return get_object_or_404(among.visible_to(_me(request)), pk=notification_id)  # type: ignore[no-any-return]


def _of_app(mine: NotificationQuerySet, app: str) -> NotificationQuerySet:
    if not app:
        return mine
    if app == MYUSA:
        return mine.filter(announcement__isnull=False)
    return mine.filter(app=int(app)) if app.isdecimal() and len(app) < 19 else mine.none()


def _senders(mine: NotificationQuerySet) -> list[tuple[str, str]]:
    """Return who can be chosen in the filter: the values and names of everyone who sent something."""
    ids = mine.exclude(app=None).order_by().values("app").distinct()
    senders = [(str(pk), name) for pk, name in App.objects.filter(pk__in=ids).values_list("pk", "name")]
    if mine.filter(announcement__isnull=False).exists():
        senders.append((MYUSA, _("MyUSA")))
    return senders


def _just_deleted(request: HttpRequest) -> Notification | None:
    value = request.GET.get("deleted", "")
    if not value.isdecimal() or len(value) > 18:
        return None
    gone = Notification.objects.filter(user=_me(request), pk=int(value), body_erased_at=None)
    return gone.exclude(deleted_at=None).defer("body").first()


def _is_fetched_ahead(request: HttpRequest) -> bool:
    purpose = (
        request.headers.get("Sec-Purpose", "") + request.headers.get("Purpose", "") + request.headers.get("X-Moz", "")
    )
    return "prefetch" in purpose or "preview" in purpose


def _back(request: HttpRequest, **more: Any) -> str:
    """Return the inbox as the person saw it, from the address that a form or link carries; never another page."""
    carried = request.POST.get("next") or request.GET.get("next") or ""
    return _address(QueryDict(carried.partition("?")[2][:200]), **more)


def _address(query: QueryDict, **more: Any) -> str:
    kept = {name: query[name] for name in ("app", "unread", "page") if query.get(name)} | more
    return reverse("notifications:inbox") + (f"?{urlencode(kept)}" if kept else "")
