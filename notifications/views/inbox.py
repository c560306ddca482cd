"""The inbox: what apps and MyUSA told the person who is signed in."""

from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from developer_apps.models import App
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
    shown = _of_app(mine, app)
    if only_unread:
        shown = shown.unread()
    # Texts are long and not shown here.
    page = Paginator(shown.newest_first().defer("body"), PER_PAGE).get_page(request.GET.get("page"))
    context = {
        "page": page,
        "senders": _senders(mine),
        "app": app,
        "only_unread": only_unread,
        "is_filtered": bool(app or only_unread),
        "has_unread": mine.unread().exists(),
        "here": request.get_full_path(),
        "deleted": _just_deleted(request),
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
    return render(request, "notifications/notification.html", {"notification": found, "back": _back(request)})


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
def delete(request: HttpRequest, notification_id: int) -> HttpResponse:
    """Take one out of the inbox; the page that follows offers to undo it."""
    found = _find(request, notification_id)
    Notification.objects.filter(pk=found.pk).delete_softly()
    return redirect(f"{reverse('notifications:inbox')}?deleted={found.pk}")


@login_required
@require_POST
def restore(request: HttpRequest, notification_id: int) -> HttpResponse:
    found = get_object_or_404(Notification, pk=notification_id, user=_me(request))
    Notification.objects.filter(pk=found.pk).restore()
    return redirect("notifications:inbox")


def _me(request: HttpRequest) -> Any:
    return request.user


def _find(request: HttpRequest, notification_id: int, among: Any = None) -> Notification:
    among = Notification.objects.all() if among is None else among
    return get_object_or_404(among.visible_to(_me(request)), pk=notification_id)  # type: ignore[no-any-return]


def _of_app(mine: NotificationQuerySet, app: str) -> NotificationQuerySet:
    if app == MYUSA:
        return mine.filter(announcement__isnull=False)
    return mine.filter(app=int(app)) if app.isdecimal() and len(app) < 19 else mine


def _senders(mine: NotificationQuerySet) -> list[tuple[str, str]]:
    """Return who can be chosen in the filter: the values and names of everyone who sent something."""
    ids = mine.exclude(app=None).order_by().values("app").distinct()
    senders = [(str(pk), name) for pk, name in App.objects.filter(pk__in=ids).values_list("pk", "name")]
    if mine.filter(announcement__isnull=False).exists():
        senders.append((MYUSA, _("MyUSA itself")))
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


def _back(request: HttpRequest) -> str:
    """Return where the person came from within the inbox, or the inbox."""
    inbox_path = reverse("notifications:inbox")
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    own = url_has_allowed_host_and_scheme(wanted, allowed_hosts=None) and wanted.startswith(inbox_path)
    return wanted if own else inbox_path
