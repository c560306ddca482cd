"""Signing in with Google, where GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET are set; elsewhere nothing of it shows."""

from collections.abc import Callable
from functools import wraps
from importlib import import_module
from urllib.parse import urlencode

from django.apps import apps
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from myusa.lib.http.csp import allow_any_form_target

View = Callable[[HttpRequest], HttpResponse]


def is_configured() -> bool:
    return apps.is_installed("allauth.socialaccount.providers.google")


def link(next_path: str | None) -> str | None:
    """Return where a form has to post to sign in with Google, or None."""
    if not is_configured():
        return None
    return f"{reverse('google_login')}?{urlencode({'next': next_path})}" if next_path else reverse("google_login")


def urls() -> list[URLPattern]:
    """Return Google's two pages and those to which allauth leads when something goes wrong, or nothing."""
    if not is_configured():
        return []
    views = import_module("allauth.socialaccount.providers.google.views")  # it needs the provider's app
    return [
        path("users/google", _leaves_the_site(views.oauth2_login), name="google_login"),
        path("users/google/callback", views.oauth2_callback, name="google_callback"),
        path("users/google/cancelled", not_signed_in, name="socialaccount_login_cancelled"),
        path("users/google/error", not_signed_in, name="socialaccount_login_error"),
        path("users/google/unknown", not_signed_in, name="socialaccount_signup"),
        path("users/google/connected", not_signed_in, name="socialaccount_connections"),
    ]


def _leaves_the_site(view: View) -> View:
    """Let the page that asks before it goes to Google end there."""

    @wraps(view)
    def wrapped(request: HttpRequest) -> HttpResponse:
        return allow_any_form_target(view(request))

    return wrapped


@require_safe
def not_signed_in(request: HttpRequest) -> HttpResponse:
    """Go on with a code by email when Google did not work out."""
    if not request.user.is_authenticated:
        messages.warning(
            request, _("Signing in with Google did not work. You can sign in with a code by email instead.")
        )
    return redirect("accounts:sign_in")
