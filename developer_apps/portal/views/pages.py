"""The pages of one app, by task: overview, keys, sign-in, access, production, team and settings."""

from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils.http import urlencode
from django.views.decorators.cache import never_cache

from accounts import unsaved_forms
from accounts.unsaved_forms import survives_sign_in
from developer_apps import scopes, shown_once
from developer_apps.docs.places import places
from developer_apps.lookup import signed_in, visible_app
from developer_apps.models import App, Client
from developer_apps.models.products import app_token_scopes
from developer_apps.portal import app_page, first_call, public_access, sign_in_samples
from developer_apps.portal.forms.apps import PublicAccessForm
from myusa.lib.history import lines

RECENT_HISTORY = 8


@login_required
@never_cache
def overview(request: HttpRequest, app_id: int) -> HttpResponse:
    """What to do next, the first call of a new app, and its traffic in short."""
    app = visible_app(request, app_id)
    user = signed_in(request)
    shown = _take_shown(request, app)
    context = {
        "shown": shown,
        "first_call": first_call.of(request, app) if first_call.is_wanted(app) else None,
        "token_samples": first_call.token_samples(app, shown),
        "status": app_page.status_of(app, user),
        "panels": app_page.panels_of(app, user, "overview"),
    }
    return _render(request, app, "overview", context)


@login_required
@never_cache
def keys(request: HttpRequest, app_id: int) -> HttpResponse:
    """The client IDs and secrets of an app."""
    app = visible_app(request, app_id)
    shown = _take_shown(request, app)
    context = {
        "shown": shown,
        "keys": [_keys(client) for client in _clients(app).prefetch_related("secrets__created_by")],
        "token_samples": first_call.token_samples(app, shown),
    }
    return _render(request, app, "keys", context)


@login_required
def sign_in(request: HttpRequest, app_id: int) -> HttpResponse:
    """How people sign in through an app: Connect URL, button, redirect URIs and PKCE."""
    app = visible_app(request, app_id)
    clients = list(_clients(app))
    connecting = next((client for client in clients if client.redirect_uri_list), None)
    context = {
        "clients": clients,
        "connect_url": _connect_url(clients),
        "connecting": connecting,
        "button_target": sign_in_samples.OWN_ROUTE if connecting and connecting.needs_pkce else _connect_url(clients),
        "authorization_command": sign_in_samples.authorization_command(connecting) if connecting else "",
        "exchange_command": sign_in_samples.exchange_command(connecting) if connecting else "",
        "button_stylesheet": settings.BASE_URL + reverse("developer_apps:button_stylesheet"),
    }
    return _render(request, app, "sign_in", context)


@survives_sign_in
@login_required
def access(request: HttpRequest, app_id: int) -> HttpResponse:
    """Who can sign in, and what the app may ask for: mode, scopes and API products."""
    app = visible_app(request, app_id)
    typed = unsaved_forms.data(request, sent_to=reverse("developer_apps:request_public_access", args=[app.pk]))
    context = {
        "pending_request": app.pending_request,
        "decided_requests": app.public_access_requests.exclude(decided_at=None).order_by("-decided_at"),
        "public_access_form": PublicAccessForm(typed),
        "checklist": [(item, _page_of(item, app)) for item in public_access.checklist(app)],
        "can_ask": not public_access.missing(app),
        "can_sign_in": bool(public_access.redirect_uris(app)),
        "wait": public_access.usual_wait(),
        "scope_groups": scopes.grouped(app.scope_list),
        "withheld": app.withheld_scopes.split(),
        "app_token_scopes": app_token_scopes() & set(app.scope_list),
        "subscriptions": [(each, places(each.product)) for each in app.subscriptions.select_related("product")],
    }
    return _render(request, app, "access", context)


def _page_of(item: public_access.Item, app: App) -> str:
    return reverse(f"developer_apps:{item.page}", args=[app.pk])


@login_required
def production(request: HttpRequest, app_id: int) -> HttpResponse:
    """The app's way to production data."""
    app = visible_app(request, app_id)
    return _render(request, app, "production", {"panels": app_page.panels_of(app, signed_in(request), "production")})


@login_required
def team(request: HttpRequest, app_id: int) -> HttpResponse:
    """Who works on an app."""
    app = visible_app(request, app_id)
    memberships = app.team.memberships.select_related("user").order_by("role", "user__email")
    return _render(request, app, "team", {"memberships": memberships})


@login_required
def app_settings(request: HttpRequest, app_id: int) -> HttpResponse:
    """The details that people see, the latest changes, and deletion."""
    app = visible_app(request, app_id)
    return _render(request, app, "settings", {"history": lines.of(app, limit=RECENT_HISTORY)})


def _render(request: HttpRequest, app: App, page: str, context: dict[str, Any]) -> HttpResponse:
    frame = {
        "app": app,
        "page": page,
        "is_admin": app.is_managed_by(signed_in(request)),
        "support_email": settings.SUPPORT_EMAIL,
    }
    return render(request, f"developer_apps/portal/apps/{page}.html", {**frame, **context})


def _take_shown(request: HttpRequest, app: App) -> shown_once.ShownSecret | None:
    return shown_once.take(request, app) if request.method == "GET" else None


def _clients(app: App) -> Any:
    return app.clients.order_by("-environment")


def _keys(client: Client) -> dict[str, object]:
    live = set(client.secrets.live().values_list("pk", flat=True))
    return {"client": client, "secrets": [secret for secret in client.secrets.all() if secret.pk in live]}


def _connect_url(clients: list[Client]) -> str:
    for client in clients:
        if client.redirect_uri_list:
            return f"{settings.BASE_URL}{reverse('accounts:sign_in')}?{urlencode({'client_id': client.client_id})}"
    return ""
