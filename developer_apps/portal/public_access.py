"""Asking for public access: the same checklist for the team before it asks and for staff when they decide."""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.db.models import Count, Q
from django.utils import timezone
from django.utils.translation import gettext as _

from developer_apps import names, scopes
from developer_apps.models import App, Call, LinkCheck, PublicAccessRequest
from myusa.lib import history, waiting
from myusa.lib.history import lines
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

TRAFFIC_DAYS = 30
# A scope that fewer than one in ten public apps have is unusual; with fewer apps nothing is.
UNUSUAL_SHARE, ENOUGH_APPS = 0.1, 5


@dataclass(frozen=True)
class Item:
    """One line of the checklist. `page` names the page of the app on which the team fixes it."""

    slug: str
    label: str
    is_done: bool
    todo: str = ""
    is_required: bool = True
    page: str = "edit"

    @property
    def is_missing(self) -> bool:
        return self.is_required and not self.is_done


def checklist(app: App) -> list[Item]:
    """Return what an app needs before its team can ask for public access, and what staff look for."""
    links = LinkCheck.objects.of(app)
    return [
        Item(
            "description", _("Description"), bool(app.description or app.short_description), _("Say what the app does.")
        ),
        Item("url", _("Web address"), bool(app.url), _("Add the address of your app’s website.")),
        _privacy(app, links.get(app.privacy_link)),
        Item(
            "support",
            _("Support contact"),
            bool(app.support_contact),
            _("Add an email address or a page where people get help."),
        ),
        Item(
            "redirect_uri",
            _("Redirect URI"),
            bool(redirect_uris(app)),
            _("Add a redirect URI. Without one, people can’t sign in."),
            page="keys",
        ),
        Item(
            "sign_in",
            _("Sign-in by your team or a test user"),
            _has_signed_in(app),
            _("Sign in through your app once, and exchange the code for a token."),
            page="sign_in",
        ),
        Item(
            "admins",
            _("Second admin"),
            app.team.admins().count() > 1,
            _("Make another member an admin, so someone can act when you’re away."),
            is_required=False,
            page="app_team",
        ),
    ]


def missing(app: App) -> list[Item]:
    return [item for item in checklist(app) if item.is_missing]


def addresses(app: App) -> list[tuple[str, str]]:
    """Return the web addresses that people can follow, with their names."""
    named = [
        (_("Web address"), app.url),
        (_("Privacy policy"), app.privacy_link),
        (_("Terms of service"), app.terms_link),
        (_("Support contact"), app.support_contact if app.support_contact.startswith(("http://", "https://")) else ""),
    ]
    return [(name, url) for name, url in named if url]


def redirect_uris(app: App) -> list[str]:
    return [uri for client in app.clients.order_by("pk") for uri in client.redirect_uri_list]


def judged_values(app: App) -> list[Any]:
    """Return what staff decide by and a team can change: details, scopes and redirect URIs."""
    return [*(getattr(app, name) for name in sorted(App.REVIEWED_FIELDS)), app.scopes, redirect_uris(app)]


@transaction.atomic
def ask(app: App, *, by: "User", note: str = "") -> PublicAccessRequest:
    """Ask staff for public access; raise InvalidTransition that names the required items that are missing."""
    if not redirect_uris(app):
        raise InvalidTransition(_("This app has no redirect URI, so no one can sign in through it."))
    if left := missing(app):
        raise InvalidTransition(
            _("You can’t request public access yet. Missing: %(items)s.")
            % {"items": ", ".join(item.label for item in left)}
        )
    check_links(app)
    return app.request_public_access(by=by, note=note)


def check_links(app: App) -> None:
    """Let a job fetch the addresses that people can follow."""
    LinkCheck.objects.ask_for(app, [url for _name, url in addresses(app)])


def refresh_links(app: App) -> None:
    """Let a job fetch the addresses whose last result is older than a day."""
    links = LinkCheck.objects.of(app)
    day_ago = timezone.now() - datetime.timedelta(days=1)
    old = [url for _name, url in addresses(app) if url not in links or links[url].asked_at < day_ago]
    if old:
        LinkCheck.objects.ask_for(app, old)


def usual_wait() -> waiting.Wait | None:
    """Return how long decisions usually took in the last 90 days."""
    decided = PublicAccessRequest.objects.filter(
        decided_at__gt=timezone.now() - waiting.WINDOW,
        status__in=[PublicAccessRequest.Status.APPROVED, PublicAccessRequest.Status.DENIED],
    )
    return waiting.usual(request.decided_at - request.requested_at for request in decided if request.decided_at)


def review(request: PublicAccessRequest) -> dict[str, Any]:
    """Return everything that staff decide by."""
    app = request.app
    links = LinkCheck.objects.of(app)
    earlier = app.public_access_requests.exclude(pk=request.pk).select_related("decided_by").order_by("-requested_at")
    last = next((each for each in earlier if each.decided_at), None)
    return {
        "app": app,
        "name_warnings": list(names.warnings(app, app.name)),
        "checklist": checklist(app),
        "addresses": [(name, url, links.get(url)) for name, url in addresses(app)],
        "redirect_uris": [_split_at_host(uri) for uri in redirect_uris(app)],
        "scope_groups": [
            (group.label, [(scope, app.scope_reasons.get(scope.name, "")) for scope in group.scopes])
            for group in scopes.grouped(app.scope_list)
        ],
        "needed": app.needed_scopes.split(),
        "unusual": unusual_scopes(app),
        "memberships": app.team.memberships.select_related("user").order_by("role", "user__email"),
        "traffic": traffic(app),
        "earlier": earlier,
        "changed_since": _changes_since(app, last.decided_at) if last and last.decided_at else None,
        "other_apps": _troubled_apps(app),
    }


def unusual_scopes(app: App) -> set[str]:
    """Return the scopes of `app` that few public apps have."""
    others = list(App.objects.filter(mode=App.Mode.PUBLIC).exclude(pk=app.pk).values_list("scopes", flat=True))
    if len(others) < ENOUGH_APPS:
        return set()
    held = [set(each.split()) for each in others]
    return {name for name in app.scope_list if sum(name in each for each in held) < UNUSUAL_SHARE * len(held)}


def traffic(app: App) -> dict[str, int]:
    """Return calls, errors and people of the last 30 days."""
    recent = Call.objects.filter(app=app, at__gt=timezone.now() - datetime.timedelta(days=TRAFFIC_DAYS))
    return recent.aggregate(
        calls=Count("pk"), errors=Count("pk", filter=Q(status__gte=400)), people=Count("user", distinct=True)
    )


def _privacy(app: App, check: LinkCheck | None) -> Item:
    name = _("Privacy policy that loads")
    if not app.privacy_link:
        return Item("privacy", name, False, _("Add the address of your privacy policy."))
    if check is None or check.checked_at is None:
        todo = _("We haven’t checked this address yet. Check it now, then reload this page.")
    else:
        todo = _("We couldn’t open the address. %(problem)s") % {"problem": check.problem}
    # The names of a demo lead nowhere, and its machine may have no network.
    return Item("privacy", name, bool(check and check.is_reachable), todo, is_required=not settings.DEMO)


def _has_signed_in(app: App) -> bool:
    has_token = Q(last_used_at__isnull=False) | Q(access_tokens__isnull=False) | Q(refresh_tokens__isnull=False)
    return app.authorizations.filter(has_token).exists()


def _split_at_host(uri: str) -> tuple[str, str, str]:
    """Return what is before, in and behind the host of a redirect URI, so a page can set the host off."""
    scheme, slashes, rest = uri.partition("://")
    if not slashes:
        return "", uri, ""
    end = min((rest.find(mark) for mark in "/?#" if mark in rest), default=len(rest))
    return scheme + slashes, rest[:end], rest[end:]


def _changes_since(app: App, moment: datetime.datetime) -> list[lines.Line]:
    return lines.in_words(history.of(app).filter(timestamp__gt=moment), for_staff=True)


def _troubled_apps(app: App) -> list[App]:
    """Return the other apps of the team that staff blocked, or denied public access."""
    denied = Q(public_access_requests__status=PublicAccessRequest.Status.DENIED)
    others = App.objects.filter(team=app.team_id).exclude(pk=app.pk)
    return list(others.filter(Q(blocked_at__isnull=False) | denied).distinct())
