"""Find what a page is about among what the person may see. Strangers get 404, members without the right 403."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest
from django.shortcuts import get_object_or_404
from django.utils.translation import gettext as _

from accounts import guards
from accounts.models import User
from developer_apps.models import App, Client, Environment, Team


def signed_in(request: HttpRequest) -> User:
    """Return the user of a page that requires one."""
    return cast(User, request.user)


def visible_app(request: HttpRequest, app_id: int) -> App:
    """Return an app of one of the user's teams."""
    return get_object_or_404(App.objects.visible_to(signed_in(request)).select_related("team"), pk=app_id)


def managed_app(request: HttpRequest, app_id: int) -> App:
    """Return an app that the user may change; raise PermissionDenied for plain members.

    Admins of an app in production need a second factor (`accounts.guards.SecondFactorNeeded`).
    """
    app = visible_app(request, app_id)
    if not app.is_managed_by(signed_in(request)):
        raise PermissionDenied(_("Only admins of the team can do this. Ask one of them."))
    if app.is_in_production:
        guards.require_second_factor(request, second_factor_reason(app))
    return app


def second_factor_reason(app: App) -> str:
    """Return why an admin of this app needs a second factor."""
    return _("%(app)s is in production. Its admins need a passkey or an authenticator app.") % {"app": app.name}


def client_of(app: App, environment: str) -> Client:
    """Return the app's key pair of an environment."""
    if environment not in Environment.values:
        raise Http404
    return get_object_or_404(app.clients, environment=environment)


def visible_team(request: HttpRequest, team_id: int) -> Team:
    return get_object_or_404(Team.objects.visible_to(signed_in(request)), pk=team_id)


def managed_team(request: HttpRequest, team_id: int) -> Team:
    """Return a team that the user is an admin of. Raise PermissionDenied for other members.

    Admins of a team with an app in production need a second factor.
    """
    team = visible_team(request, team_id)
    if not team.has_admin(signed_in(request)):
        raise PermissionDenied(_("Only admins of the team can do this. Ask one of them."))
    if app := team.apps.in_production().first():
        guards.require_second_factor(request, second_factor_reason(app))
    return team
