"""The language of a person: chosen on a page or taken from the browser, kept with the account, used by pages and jobs."""

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from accounts.models import User
from myusa.lib import languages


def of_address(email: str) -> str:
    """Return the language of the account with this address, "" if there is no such account."""
    return User.objects.filter(email=email).values_list("language", flat=True).first() or ""


def keep(user: User) -> None:
    """Keep the language in which a person signs in, for what jobs write to them, unless they chose one before."""
    if languages.several() and not user.language:
        _store(user, translation.get_language() or settings.LANGUAGE_CODE)


def choose(request: HttpRequest, response: HttpResponse, code: str) -> HttpResponse:
    """Keep a person's choice in this browser, and with the account if they are signed in; return the response."""
    if request.user.is_authenticated:
        _store(request.user, code)
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        code,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
    return response


def _store(user: User, code: str) -> None:
    user.language = code
    User.objects.filter(pk=user.pk).update(language=code)
