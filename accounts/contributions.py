"""What upper apps tell this one about: they register in `AppConfig.ready()`, so that accounts imports none of them."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils.functional import Promise

from myusa.lib.registry import Registry

if TYPE_CHECKING:
    from accounts.models import User

Text = str | Promise


@dataclass(frozen=True)
class ActivityEntry:
    """One line of a person's activity page: which app read or wrote what, when."""

    at: datetime
    app_name: str
    action: Text
    detail: str = ""


@dataclass(frozen=True)
class HomePanel:
    """A card on a person's home page."""

    title: Text
    text: Text
    link: str
    link_text: Text
    count: int | None = None
    order: int = 100


_exports: dict[str, Callable[["User"], Any]] = {}
_erasures: Registry[Callable[["User"], None]] = Registry()
_activities: Registry[Callable[["User"], list[ActivityEntry]]] = Registry()
_deletion_notices: Registry[Callable[["User"], list[Text]]] = Registry()
_sign_in_banners: Registry[Callable[[HttpRequest], dict[str, Any] | None]] = Registry()
_connects: Registry[Callable[[HttpRequest], HttpResponse | None]] = Registry()
_sign_out_hosts: Registry[Callable[["User"], set[str]]] = Registry()
_home_panels: Registry[Callable[[HttpRequest], HomePanel | None]] = Registry()


def register_export(name: str, collect: Callable[["User"], Any]) -> None:
    """Add a part to the copy of their data that people can take with them."""
    _exports[name] = collect


def register_erasure(erase: Callable[["User"], None]) -> None:
    """Add what must happen before a person's row is deleted, beyond the database's cascades."""
    _erasures.register(erase)


def register_activity(collect: Callable[["User"], list[ActivityEntry]]) -> None:
    _activities.register(collect)


def register_deletion_notice(describe: Callable[["User"], list[Text]]) -> None:
    """Add sentences that tell a person what goes with the account."""
    _deletion_notices.register(describe)


def register_sign_in_banner(describe: Callable[[HttpRequest], dict[str, Any] | None]) -> None:
    """Add a description of who sent a person to the sign-in page, read from the request's `next`.

    Its keys: `name`, `logo_url`; for an app `redirect_uri`, the validated address at which the flow may end; else `text`.
    """
    _sign_in_banners.register(describe)


def register_connect(redirect: Callable[[HttpRequest], HttpResponse | None]) -> None:
    """Add what answers the sign-in page's `client_id`: the way into an app's authorization, or None."""
    _connects.register(redirect)


def register_sign_out_hosts(hosts: Callable[["User"], set[str]]) -> None:
    """Add hosts to which `continue` may lead after signing out."""
    _sign_out_hosts.register(hosts)


def register_home_panel(describe: Callable[[HttpRequest], HomePanel | None]) -> None:
    _home_panels.register(describe)


def export(user: "User") -> dict[str, Any]:
    return {name: collect(user) for name, collect in _exports.items()}


def erase(user: "User") -> None:
    for each in _erasures:
        each(user)


def activity(user: "User", limit: int = 200) -> list[ActivityEntry]:
    entries = [entry for collect in _activities for entry in collect(user)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def deletion_notices(user: "User") -> list[Text]:
    return [notice for describe in _deletion_notices for notice in describe(user)]


def sign_in_banner(request: HttpRequest) -> dict[str, Any] | None:
    return next((banner for describe in _sign_in_banners if (banner := describe(request))), None)


def connect_redirect(request: HttpRequest) -> HttpResponse | None:
    return next((answer for redirect in _connects if (answer := redirect(request))), None)


def sign_out_hosts(user: "User") -> set[str]:
    return set().union(*(hosts(user) for hosts in _sign_out_hosts))


def home_panels(request: HttpRequest) -> list[HomePanel]:
    panels = [panel for describe in _home_panels if (panel := describe(request))]
    return sorted(panels, key=lambda panel: panel.order)
