"""Keys of an app: redirect URIs, secrets, the PKCE switch. Creating and revoking secrets requires a recent sign-in."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import repeats, unsaved_forms
from accounts.guards import fresh_sign_in_required
from accounts.models.allowances import UsedUp
from accounts.unsaved_forms import survives_sign_in
from developer_apps import shown_once
from developer_apps.lookup import client_of, managed_app, signed_in
from developer_apps.models import changes
from developer_apps.models.clients import MAX_LIVE_SECRETS
from developer_apps.portal.forms.keys import NewSecretForm, RotationForm
from developer_apps.portal.forms.registration import RedirectUrisForm
from myusa.lib.steps import InvalidTransition


@survives_sign_in
@login_required
def redirect_uris(request: HttpRequest, app_id: int, environment: str) -> HttpResponse:
    """Change where people may return to."""
    app = managed_app(request, app_id)
    client = client_of(app, environment)
    form = RedirectUrisForm(unsaved_forms.data(request), client=client)
    if request.method == "POST" and form.is_valid():
        try:
            waiting = changes.change_redirect_uris(client, form.cleaned_data["redirect_uris"], by=signed_in(request))
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            context = {"app": app, "client": client, "form": form}
            return render(request, "developer_apps/portal/keys/redirect_uris.html", context, status=429)
        messages.success(request, str(changes.WAITING_WORDS) if waiting else _("The redirect URIs are saved."))
        return redirect("developer_apps:sign_in", app.pk)
    context = {"app": app, "client": client, "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "developer_apps/portal/keys/redirect_uris.html", context, status=status)


@fresh_sign_in_required
@repeats.once
def add_secret(request: HttpRequest, app_id: int, environment: str) -> HttpResponse:
    """Create one more secret in addition to those in use."""
    app = managed_app(request, app_id)
    client = client_of(app, environment)
    form = NewSecretForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            _secret, plain = client.add_secret(by=signed_in(request), expires_at=form.expires_at)
        except InvalidTransition as refusal:
            messages.error(request, str(refusal))
            return redirect("developer_apps:keys", app.pk)
        shown_once.keep(request, client, plain)
        return repeats.done(request, redirect("developer_apps:keys", app.pk))
    context = {"app": app, "client": client, "form": form, "live": client.secrets.live(), "most": MAX_LIVE_SECRETS}
    return render(request, "developer_apps/portal/keys/add.html", context, status=400 if form.is_bound else 200)


@fresh_sign_in_required
@repeats.once
def rotate(request: HttpRequest, app_id: int, environment: str) -> HttpResponse:
    """Replace the secrets with a new one, immediately or after an overlap."""
    app = managed_app(request, app_id)
    client = client_of(app, environment)
    form = RotationForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            plain = client.rotate_secret(by=signed_in(request), overlap=form.overlap)
        except InvalidTransition as refusal:
            messages.error(request, str(refusal))
            return redirect("developer_apps:keys", app.pk)
        shown_once.keep(request, client, plain)
        return repeats.done(request, redirect("developer_apps:keys", app.pk))
    context = {"app": app, "client": client, "form": form, "live": client.secrets.live(), "most": MAX_LIVE_SECRETS}
    return render(request, "developer_apps/portal/keys/rotate.html", context, status=400 if form.is_bound else 200)


@fresh_sign_in_required
@repeats.once
def revoke_secret(request: HttpRequest, app_id: int, environment: str, secret_id: int) -> HttpResponse:
    """Revoke one secret, after a confirmation."""
    app = managed_app(request, app_id)
    client = client_of(app, environment)
    secret = get_object_or_404(client.secrets.live(), pk=secret_id)
    if request.method == "POST":
        secret.revoke(by=signed_in(request))
        messages.success(
            request, _("The secret that ends in %(last_four)s is revoked.") % {"last_four": secret.last_four}
        )
        return repeats.done(request, redirect("developer_apps:keys", app.pk))
    context = {"app": app, "client": client, "secret": secret, "is_last": client.secrets.live().count() == 1}
    return render(request, "developer_apps/portal/keys/revoke.html", context)


@login_required
@require_POST
def require_pkce(request: HttpRequest, app_id: int, environment: str) -> HttpResponse:
    """Switch on or off that every sign-in through these keys must use PKCE."""
    app = managed_app(request, app_id)
    client = client_of(app, environment)
    client.require_pkce(request.POST.get("required") == "yes", by=signed_in(request))
    messages.success(
        request,
        _("PKCE is now required. Every sign-in must use it.") if client.requires_pkce else _("PKCE is now optional."),
    )
    return redirect("developer_apps:sign_in", app.pk)
