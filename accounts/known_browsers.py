"""The browsers in which a person signed in before, known again by a cookie.

Such a browser has codes and tries of its own for that person's address, so that a stranger who uses up everybody's
does not keep the owner out; and signing in there again is nothing to write to the person about. It proves
nothing else: a code is asked for all the same.

The cookie holds a random id and, for each address, a keyed digest of both, which only this site can make.
"""

import re

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from myusa.lib.http import cookies
from myusa.lib.security.digests import keyed_digest, keyed_digests, random_token

COOKIE = "known_browser"
MAX_AGE = 400 * 24 * 60 * 60  # browsers keep no cookie for longer
PEOPLE = 5
_FORM = re.compile(rf"[\w-]{{22}}(\.[0-9a-f]{{64}}){{1,{PEOPLE}}}", re.ASCII)
_PURPOSE = "known-browser"


def cookie_name() -> str:
    return cookies.host_only(COOKIE, secure=settings.SESSION_COOKIE_SECURE)


def knows(request: HttpRequest, email: str) -> bool:
    """Return whether someone signed in with this address in this browser before."""
    browser, marks = _read(request)
    return any(mark in marks for mark in keyed_digests(_PURPOSE, f"{browser}:{email}"))


def allowance(request: HttpRequest, email: str) -> str:
    """Return the digest under which this browser's codes and tries for `email` are counted; "" if it is not known."""
    if not knows(request, email):
        return ""
    browser, _marks = _read(request)
    return keyed_digest("known-browser-allowance", f"{browser}:{email}")


def remember(request: HttpRequest, response: HttpResponse, email: str) -> None:
    """Make the browser known for an address that was proven in it."""
    browser, marks = _read(request)
    mark = keyed_digest(_PURPOSE, f"{browser}:{email}")
    others = [other for other in marks if other != mark]
    response.set_cookie(
        cookie_name(),
        ".".join([browser, mark, *others[: PEOPLE - 1]]),
        max_age=MAX_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _read(request: HttpRequest) -> tuple[str, list[str]]:
    """Return the browser's id, a new one if it has none, and its marks."""
    value = request.COOKIES.get(cookie_name(), "")
    if not _FORM.fullmatch(value):
        return random_token(16), []
    browser, *marks = value.split(".")
    return browser, marks
