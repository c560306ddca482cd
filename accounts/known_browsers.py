"""The browsers that are a person's own: known again by a cookie, or admitted by a link in a message to the person.

A browser in which the person signed in before has codes and tries of its own for that address, so that a stranger who
uses up everyone's does not keep the owner out; and signing in there again is nothing to write to the person about. It
proves nothing else: a code is asked for all the same. The cookie holds a random id and, for each address, a keyed
digest of both, which only this site can make.

A newcomer has no such browser. But strangers use up codes only by having messages sent, and each message has a link.
The browser in which its reader opens it gets codes and tries of its own, too. They belong to the message, so a link
that was passed on gives all its readers together no more than one allowance.
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
# In the session: {address or number: digest of its allowance}.
_ADMITTED = "codes_of_its_own"


def cookie_name() -> str:
    return cookies.host_only(COOKIE, secure=settings.SESSION_COOKIE_SECURE)


def knows(request: HttpRequest, email: str) -> bool:
    """Return whether someone signed in with this address in this browser before."""
    browser, marks = _read(request)
    return any(mark in marks for mark in keyed_digests(_PURPOSE, f"{browser}:{email}"))


def admit(request: HttpRequest, recipient: str, message: str) -> None:
    """Give this browser codes of its own for an address or number: its person opened the link of the `message`."""
    mine = {**request.session.get(_ADMITTED, {}), recipient: keyed_digest("message-allowance", message)}
    request.session[_ADMITTED] = dict(list(mine.items())[-PEOPLE:])


def allowance(request: HttpRequest, recipient: str) -> str:
    """Return the digest under which this browser's codes and tries for `recipient` are counted.

    It is empty if the browser is neither known nor admitted.
    """
    if not knows(request, recipient):
        return str(request.session.get(_ADMITTED, {}).get(recipient, ""))
    browser, _marks = _read(request)
    return keyed_digest("known-browser-allowance", f"{browser}:{recipient}")


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
