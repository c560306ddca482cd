"""What the portal adds to people's accounts, and its own panel and words."""

from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts import destinations
from accounts.contributions import AccountContribution, HomePanel, Text
from developer_apps.access import facts
from developer_apps.contributions import ApiContribution
from developer_apps.lookup import second_factor_reason
from developer_apps.models import App, Authorization, Client, EmailChoice, Invitation, SupportRequest
from developer_apps.oauth.views.authorize import connect
from developer_apps.portal import account_deletion, app_traffic
from developer_apps.portal.history_verbs import VERBS
from developer_apps.redirect_uris import OUT_OF_BAND
from developer_apps.traffic import activity
from myusa.lib.security.digests import digest

if TYPE_CHECKING:
    from accounts.models import User


def account() -> AccountContribution:
    return AccountContribution(
        "developer_apps",
        exports={
            "calls_of_apps": activity.export_of,
            "apps": export,
            "emails_about_apps": emails_about_apps,
            "support_requests": support_requests,
        },
        erase=erase,
        activity=activity.activity_of,
        activity_rows=activity.rows_of,
        close=account_deletion.close_apps,
        second_factor_reasons=second_factor_reasons,
        deletion_notices=deletion_notices,
        home_panels=[connected_apps_panel],
        sign_in_banners=[sign_in_banner, invitation_banner],
        connect=connect,
        sign_out_hosts=sign_out_hosts,
    )


def api() -> ApiContribution:
    return ApiContribution("developer_apps", app_panels=[app_traffic.panel], history_verbs=VERBS)


def erase(user: "User") -> None:
    """Remove a person from recorded calls and from teams, and their choices of emails."""
    activity.erase(user)
    account_deletion.leave_teams(user)
    EmailChoice.objects.filter(user=user).delete()


def second_factor_reasons(user: "User") -> list[Text]:
    return [second_factor_reason(app) for app in App.objects.manageable_by(user).in_production().order_by("name")[:3]]


def connected_apps_panel(request: HttpRequest) -> HomePanel | None:
    count = Authorization.objects.live().filter(user=request.user).count()  # type: ignore[misc]
    if count:
        text = ngettext("%(count)d app is connected.", "%(count)d apps are connected.", count) % {"count": count}
    else:
        text = _("No app is connected yet. Apps you connect appear here, with what you share.")
    return HomePanel(
        title=_("Connected apps"),
        text=text,
        link=reverse("developer_apps:authorizations"),
        link_text=_("See connected apps"),
        order=40,
        icon="apps",
    )


def deletion_notices(user: "User") -> list[Any]:
    """Say which apps and teams are deleted with the account, and who becomes admin of the others."""
    notices = []
    for change in account_deletion.plan(user):
        names = ", ".join(app.name for app in change.apps)
        if change.new_admin:
            notices.append(
                _("The team %(team)s stays. %(new_admin)s becomes its admin.")
                % {"team": change.team, "new_admin": change.new_admin.user.email}
            )
        elif change.is_deleted and names:
            notices.append(
                _(
                    "You are the only member of %(team)s. Its apps are deleted, and no one can sign in through them: %(apps)s"
                )
                % {"team": change.team, "apps": names}
            )
    connected = Authorization.objects.live().filter(user=user).count()
    if connected:
        notices.append(
            ngettext("%(count)d app is disconnected.", "%(count)d apps are disconnected.", connected)
            % {"count": connected}
        )
    return notices


def export(user: "User") -> dict[str, Any]:
    """Return the person's grants and teams for the copy of their data."""
    grants = user.authorizations.select_related("app").order_by("created_at")
    memberships = user.memberships.select_related("team").prefetch_related("team__apps").order_by("created_at")
    return {
        "connected_apps": [
            {
                "app": grant.app.name,
                "scopes": grant.scope_list,
                "declined": grant.declined_scopes.split(),
                "since": grant.created_at.isoformat(),
                "last_used": grant.last_used_at.isoformat() if grant.last_used_at else None,
                "disconnected": grant.revoked_at.isoformat() if grant.revoked_at else None,
            }
            for grant in grants
        ],
        "teams": [
            {
                "team": membership.team.title,
                "role": membership.role,
                "since": membership.created_at.isoformat(),
                "apps": [app.name for app in membership.team.apps.all()],
            }
            for membership in memberships
        ],
    }


def support_requests(user: "User") -> list[dict[str, Any]]:
    """Return what the person asked support, and the replies, for the copy of their data."""
    return [
        {
            "number": asked.number,
            "subject": asked.subject,
            "status": asked.status,
            "messages": [
                {"by": "staff" if each.is_staff else "you", "at": each.at.isoformat(), "text": each.text}
                for each in asked.messages.all()
            ],
        }
        for asked in SupportRequest.objects.of(user).prefetch_related("messages")
    ]


def emails_about_apps(user: "User") -> dict[str, bool]:
    """Return for each kind of email about apps whether the person gets it."""
    return EmailChoice.objects.of(user)


def sign_out_hosts(user: "User") -> set[str]:
    """Return the hosts of connected apps' URLs: `continue` may redirect there."""
    urls = Authorization.objects.live().filter(user=user).values_list("app__url", flat=True)
    return {host for url in urls if (host := _host(url))}


def sign_in_banner(request: HttpRequest) -> dict[str, Any] | None:
    """Describe the app whose sign-in this is: named by `client_id`, or by an authorization request in `next`."""
    query = _authorization_query(request)
    client_id = (query.get("client_id") or [""])[0]
    if not client_id or len(client_id) > 100 or "\x00" in client_id:
        return None
    client = Client.objects.select_related("app").filter(client_id=client_id).first()
    if client is None or not facts.keys_are_usable(client):
        return None
    banner = {"name": client.app.name, "logo_url": client.app.logo_url}
    uri = (query.get("redirect_uri") or client.redirect_uri_list[:1] or [""])[0]
    if uri and uri != OUT_OF_BAND and client.redirect_uri_allowed(uri):
        banner["redirect_uri"] = uri
    return banner


def invitation_banner(request: HttpRequest) -> dict[str, Any] | None:
    """Name the team for a person who follows the link of an invitation."""
    path = urlsplit(destinations.full(request) or "").path
    start = reverse("developer_apps:accept_invitation", args=["token"]).removesuffix("token")
    if not path.startswith(start):
        return None
    invitation = Invitation.objects.select_related("team").filter(token_digest=digest(path[len(start) :])).first()
    if invitation is None or not invitation.is_open:
        return None
    text = _("You are invited to the team %(team)s. Sign in with the address that got the invitation.")
    return {"name": invitation.team.title, "logo_url": "", "text": text % {"team": invitation.team}}


def _authorization_query(request: HttpRequest) -> dict[str, list[str]]:
    if "client_id" in request.GET:
        return {name: request.GET.getlist(name) for name in ("client_id", "redirect_uri") if name in request.GET}
    target = urlsplit(destinations.full(request) or "")
    if target.path != reverse("oauth2_provider:authorize"):
        return {}
    return parse_qs(target.query)


def _host(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
