"""What upper apps add to accounts: one `AccountContribution` each, registered in `AppConfig.ready()`."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.text import get_text_list
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from myusa.lib.registry import Registry, parts

if TYPE_CHECKING:
    from accounts.models import User

Text = str | Promise


@dataclass(frozen=True)
class ActivityEntry:
    """What one app did of one kind in one month, for a person's activity page; `at` is its last time.

    `action` is a sentence with `{app}` in it, and `{fields}` if it names the `fields` that the app read.
    """

    at: datetime
    app_name: str
    action: Text
    fields: tuple[Text, ...] = ()
    count: int = 1
    request_id: str = ""

    @property
    def sentence(self) -> SafeString:
        app = format_html("<strong>{}</strong>", self.app_name)
        fields = get_text_list([str(each) for each in self.fields], _("and"))
        local, this_year = timezone.localtime(self.at), timezone.localdate().year
        return format_html(
            ngettext("{what}, once in {month}.", "{what}, {count} times in {month}.", self.count),
            what=format_html(str(self.action), app=app, fields=fields),
            count=self.count,
            month=date_format(local, "F" if local.year == this_year else "YEAR_MONTH_FORMAT"),
        )


@dataclass(frozen=True)
class HomeItem:
    """One thing that a panel lists: what it is, where it opens, and who it is from."""

    text: Text
    link: str
    note: Text = ""


@dataclass(frozen=True)
class HomePanel:
    """A card on a person's home page, with the first of the `items` it is about. Cards are sorted by `order`.

    `icon` is one of static/img/icons.svg.
    """

    title: Text
    text: Text
    link: str
    link_text: Text
    count: int | None = None
    order: int = 100
    items: Sequence[HomeItem] = ()
    icon: str = ""


@dataclass(frozen=True)
class HomeStep:
    """Something that a person could do next with their account. Home shows one at a time, by `order`.

    A step that the person dismissed comes back after `again_after`, or never.
    """

    slug: str
    title: Text
    text: Text
    link: str
    link_text: Text
    order: int = 100
    again_after: timedelta | None = None

    def is_shown_to(self, user: "User") -> bool:
        dismissed = user.step_dismissed_on(self.slug)
        if dismissed is None:
            return True
        return self.again_after is not None and timezone.localdate() - dismissed >= self.again_after


@dataclass(frozen=True)
class AccountContribution:
    """Everything that one app adds to people's accounts. `name` is the app's label.

    `exports`: the parts of the copy of a person's data, by their key in the file.
    `close`: commits a state in which programs insert nothing more for what goes with a person, before it is erased; it
    returns how to open again what was kept after all.
    `erase`: what must happen before a person's row is deleted, in addition to the database's cascades.
    `address_proven`: called with an email address when a code that was mailed to it was entered.
    `activity`: the lines of the activity page; `activity_rows`: every single act for its download, with the same keys.
    `second_factor_reasons`: sentences that say why this person needs a second factor.
    `deletion_notices`: sentences that say what is deleted with the account.
    `home_panels`: cards of the home page, each None when it has nothing to show; `home_steps`: what the person could do next,
    each None when it is done. `called`: what home calls the person, "" if that is not known.
    `sign_in_banners`: describe who sent a person to the sign-in page, from the request's `next`; the first description
    wins. Keys: `name`, `logo_url`; for an app `redirect_uri`, the validated address to which the flow returns; else
    `text`.
    `connect`: responds to the sign-in page's `client_id` with the start of an app's authorization, or None.
    `sign_out_hosts`: the hosts to which `continue` may lead after signing out.
    """

    name: str
    exports: Mapping[str, Callable[["User"], Any]] = field(default_factory=dict)
    close: Callable[["User"], Callable[[], None]] | None = None
    erase: Callable[["User"], None] | None = None
    address_proven: Callable[[str], Any] | None = None
    activity: Callable[["User"], list[ActivityEntry]] | None = None
    activity_rows: Callable[["User"], Iterable[Mapping[str, Any]]] | None = None
    second_factor_reasons: Callable[["User"], list[Text]] | None = None
    deletion_notices: Callable[["User"], list[Text]] | None = None
    home_panels: Sequence[Callable[[HttpRequest], HomePanel | None]] = ()
    home_steps: Sequence[Callable[[HttpRequest], HomeStep | None]] = ()
    called: Callable[["User"], str] | None = None
    sign_in_banners: Sequence[Callable[[HttpRequest], dict[str, Any] | None]] = ()
    connect: Callable[[HttpRequest], HttpResponse | None] | None = None
    sign_out_hosts: Callable[["User"], set[str]] | None = None


registered: Registry[AccountContribution] = Registry()


def export(user: "User") -> dict[str, Any]:
    return {key: collect(user) for each in registered for key, collect in each.exports.items()}


def close(user: "User") -> list[Callable[[], None]]:
    return [each.close(user) for each in registered if each.close]


def erase(user: "User") -> None:
    for each in registered:
        if each.erase:
            each.erase(user)


def address_proven(email: str) -> None:
    for each in registered:
        if each.address_proven:
            each.address_proven(email)


def activity(user: "User", limit: int = 200) -> list[ActivityEntry]:
    entries = [entry for each in registered if each.activity for entry in each.activity(user)]
    return sorted(entries, key=lambda entry: entry.at, reverse=True)[:limit]


def activity_rows(user: "User") -> Iterator[Mapping[str, Any]]:
    for each in registered:
        if each.activity_rows:
            yield from each.activity_rows(user)


def second_factor_reasons(user: "User") -> list[Text]:
    return [reason for each in registered if each.second_factor_reasons for reason in each.second_factor_reasons(user)]


def deletion_notices(user: "User") -> list[Text]:
    return [notice for each in registered if each.deletion_notices for notice in each.deletion_notices(user)]


def sign_in_banner(request: HttpRequest) -> dict[str, Any] | None:
    describers = (describe for each in registered for describe in each.sign_in_banners)
    return next(filter(None, parts(describers, request)), None)


def connect_redirect(request: HttpRequest) -> HttpResponse | None:
    starts = (each.connect for each in registered if each.connect)
    return next((response for connect in starts if (response := connect(request))), None)


def sign_out_hosts(user: "User") -> set[str]:
    return set().union(*(each.sign_out_hosts(user) for each in registered if each.sign_out_hosts))


def home_panels(request: HttpRequest) -> list[HomePanel]:
    describers = (describe for each in registered for describe in each.home_panels)
    return sorted(filter(None, parts(describers, request)), key=lambda panel: panel.order)


def home_steps(request: HttpRequest) -> list[HomeStep]:
    describers = (describe for each in registered for describe in each.home_steps)
    return sorted(filter(None, parts(describers, request)), key=lambda step: step.order)


def called(user: "User") -> str:
    """Return what pages call a person, or ""."""
    return next((name for each in registered if each.called and (name := each.called(user))), "")
