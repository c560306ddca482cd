"""The production keys, and their secret, which is shown once."""

from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache

from accounts import guards, repeats
from accounts.guards import fresh_sign_in_required, person
from developer_apps import shown_once
from developer_apps.docs.places import place
from developer_apps.lookup import second_factor_reason
from developer_apps.models import Client, Environment
from myusa.lib.steps import InvalidTransition
from onboarding.states import State
from onboarding.steps import production
from onboarding.views.lookup import visible_request


@fresh_sign_in_required
@never_cache
@repeats.once
def keys(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show the production client ID to an admin of the team. A POST creates the secret and shows it on the next page."""
    found = visible_request(request, request_id)
    user = person(request)
    if not found.app.is_managed_by(user):
        raise PermissionDenied(_("Only admins of the team can do this. Ask one of them."))
    client = production.production_client(found.app)
    if found.state != State.GRANTED or client is None:
        messages.error(request, _("Production access is not granted, so there are no production keys yet."))
        return redirect(found)
    guards.require_second_factor(request, second_factor_reason(found.app))
    if request.method == "POST":
        try:
            secret = production.show_secret(found, by=user)
        except InvalidTransition as refusal:
            messages.error(request, str(refusal))
            return redirect("onboarding:keys", found.pk)
        shown_once.keep_for(request, found, client.client_id, secret, environment=client.environment)
        return repeats.done(request, redirect("onboarding:keys", found.pk))
    context = {
        "production_request": found,
        "app": found.app,
        "client": client,
        "shown": shown_once.take(request, found),
        "token_command": _token_command(client),
        "secret_waits": production.secret_can_be_shown(found),
        "products": [
            (each.product, [place(each.product, Environment.PRODUCTION)])
            for each in found.app.subscriptions.in_production().select_related("product")
        ],
    }
    return render(request, "onboarding/keys.html", context)


def _token_command(client: Client) -> str:
    """Return the command that gets a token with a client's own keys."""
    return f"curl -u {client.client_id}:CLIENT_SECRET -d grant_type=client_credentials {settings.BASE_URL}/oauth/token"
