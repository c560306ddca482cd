"""What every page's frame shows: the site's names and the way around it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _


@dataclass(frozen=True)
class NavItem:
    """A link of the header. `apart` starts the group at its far end."""

    text: str | Promise
    url: str
    current: bool = False
    counts_unread: bool = False
    apart: bool = False


def site(request: HttpRequest) -> dict[str, Any]:
    return {
        "SITE_NAME": settings.SITE_NAME,
        "SUPPORT_EMAIL": settings.SUPPORT_EMAIL,
        "BASE_URL": settings.BASE_URL,
        "AGENCY": settings.AGENCY,
        "DEMO": settings.DEMO,
        "HAS_OUTBOX": settings.DEBUG,
        # Called by the template: emails and API pages that draw no header pay nothing for it.
        "navigation": partial(navigation, request),
    }


def navigation(request: HttpRequest) -> list[NavItem]:
    """Return the links of the header that this person can use, the present area marked."""
    links = [link for link in _LINKS if link.shown_to(getattr(request, "user", None))]
    urls = [reverse(link.name) for link in links]
    here = max((url for url in urls if _is_within(request.path, url)), key=len, default=None)
    return [
        NavItem(link.text, url, url == here, link.counts_unread, link.apart)
        for link, url in zip(links, urls, strict=True)
    ]


def _is_within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))


def _everybody(user: Any) -> bool:
    return True


def _signed_in(user: Any) -> bool:
    return bool(user is not None and user.is_authenticated)


def _staff(user: Any) -> bool:
    return _signed_in(user) and user.is_staff


@dataclass(frozen=True)
class _Link:
    name: str
    text: Promise
    shown_to: Callable[[Any], bool] = _signed_in
    counts_unread: bool = False
    apart: bool = False


_LINKS = (
    _Link("home:landing", _("Home"), _everybody),
    _Link("profiles:personal", _("Profile")),
    _Link("tasks:list", _("Tasks")),
    _Link("notifications:inbox", _("Notifications"), counts_unread=True),
    _Link("developer_apps:authorizations", _("Connected apps")),
    _Link("accounts:account", _("Settings")),
    _Link("developer_apps:home", _("Developers"), _everybody, apart=True),
    _Link("admin:index", _("Admin"), _staff, apart=True),
)
