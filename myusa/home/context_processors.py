"""What every page's frame shows: the site's names and the way around it."""

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.home import portal_links
from myusa.home.header_links import Link, everyone, staff


@dataclass(frozen=True)
class NavItem:
    """A link of the header. `apart` starts the group at its far end."""

    text: str | Promise
    url: str
    current: bool = False
    counts_unread: bool = False
    apart: bool = False
    icon: str = ""


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
    """Return the links of the header that this person can use in this part of the site, the present area marked."""
    of_area = portal_links.LINKS if request.path.startswith(portal_links.PORTAL) else _LINKS
    links = [link for link in of_area if link.shown_to(getattr(request, "user", None))]
    urls = [reverse(link.name) for link in links]
    areas = [link.area or url for link, url in zip(links, urls, strict=True)]
    here = max((area for area in areas if _is_within(request.path, area)), key=len, default=None)
    return [
        NavItem(link.text, url, area == here, link.counts_unread, link.apart, link.icon)
        for link, url, area in zip(links, urls, areas, strict=True)
    ]


def _is_within(path: str, url: str) -> bool:
    return path == url or (url != "/" and path.startswith(url.rstrip("/") + "/"))


_LINKS = (
    Link("home:landing", _("Home"), everyone, icon="home"),
    Link("profiles:personal", _("Profile"), icon="profile"),
    Link("tasks:list", _("Tasks"), icon="tasks"),
    Link("notifications:inbox", _("Notifications"), counts_unread=True, icon="notifications"),
    Link("developer_apps:authorizations", _("Connected apps"), icon="apps"),
    Link("accounts:account", _("Settings"), icon="settings", area="/settings/"),
    Link("developer_apps:home", _("Developers"), everyone, apart=True, icon="developers"),
    Link("admin:index", _("Admin"), staff, apart=True, icon="staff"),
)
