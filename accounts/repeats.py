"""A form that is sent twice ends where it ended the first time.

People press a button again when a page is slow. The second request often carries the cookies from before the first
response, and finds that the code is used and the session has changed. For a minute, the session (or the trace that it
left, see `accounts.sessions`) remembers which step succeeded with which proof, and where it led.

    if repeat := repeats.result(request, "step", proof): return repeat
    …
    return repeats.note(request, "step", proof, redirect(…))

`proof` is what the person entered. A different proof gets no result, so an old cookie alone is worth nothing.

A view whose form may be sent again on purpose, such as "add a secret", takes the page's CSRF token into the proof:

    @repeats.once
    def add_secret(request, …):
        …
        return repeats.done(request, redirect(…))

The admin does so for all of its forms (`steps_once`).
"""

import functools
import math
import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from http import HTTPStatus
from typing import Any

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render

from accounts.sessions import TRACE_SECONDS, SessionStore
from myusa.lib.security.digests import keyed_digest, keyed_digests, same

_KEY = "repeats"
_PURPOSE = "repeat"
# How long a request waits for its twin, which is being handled at the same moment.
PATIENCE, _PAUSE = 2.0, 0.05
_places = threading.BoundedSemaphore(max(1, settings.WEB_THREADS - 1))
_place_of_strangers = threading.BoundedSemaphore(1)


class NoPlace(Exception):
    """As many requests of this process wait for their twins as may wait."""


def note(
    request: HttpRequest, step: str, proof: str, response: HttpResponse, *, before: str | None = None
) -> HttpResponse:
    """Remember in the current session where `step` led, and return the response.

    `before`: the session's key before the step, if the step may change it, as signing in does.
    """
    session = request.session
    if isinstance(response, HttpResponseRedirect):
        kept = {name: entry for name, entry in session.get(_KEY, {}).items() if not _is_over(entry)}
        session[_KEY] = {**kept, step: _entry(step, proof, response.url, _waiting_messages(request))}
        if before and session.session_key and session.session_key != before:
            session.save()
            SessionStore.leave_trace(before, {"successor": session.session_key})
    return response


def note_at_the_end(
    request: HttpRequest, ended_key: str | None, step: str, proof: str, response: HttpResponse
) -> HttpResponse:
    """Remember it in the trace of a session that `step` ended, and return the response."""
    if ended_key and isinstance(response, HttpResponseRedirect):
        form = (request.path, request.POST.urlencode())  # as `once` knows it
        waiting = _waiting_messages(request)
        entries = {each[0]: _entry(*each, response.url, waiting) for each in ((step, proof), form)}
        SessionStore.leave_trace(ended_key, {_KEY: entries})
    return response


def result(request: HttpRequest, step: str, proof: str) -> HttpResponse | None:
    """Return the redirect to which `step` led in this browser with this proof, or None.

    If the step moved the browser to another session, the response moves it there, too.
    """
    trace = request.session.ended  # type: ignore[attr-defined]
    if trace is None:
        entry = _find(request.session.get(_KEY), step, proof)
    elif successor := trace.get("successor"):
        entry = _find(SessionStore(successor).load().get(_KEY), step, proof)
        if entry:
            request.session.move_to(successor)  # type: ignore[attr-defined]
        else:
            request.session.forget_trace()  # type: ignore[attr-defined]  # one guess
    else:
        entry = _find(trace.get(_KEY), step, proof)
    if entry is None:
        return None
    waiting = _waiting_messages(request)
    for level, text in entry["messages"]:
        if [level, text] not in waiting:  # the response that brought them was dropped
            messages.add_message(request, level, text)
    return HttpResponseRedirect(entry["url"])


def await_result(request: HttpRequest, step: str, proof: str) -> HttpResponse | None:
    """Wait a moment for the result of the same request, which another thread or process handles right now.

    One thread of a process never waits here, and one request at most whose session is not known: anyone can send many of
    those, which wait for nothing.
    """
    try:
        return _await_result(request, step, proof)
    except NoPlace:
        return result(request, step, proof)


def _await_result(request: HttpRequest, step: str, proof: str) -> HttpResponse | None:
    is_known = request.session.session_key or request.session.ended is not None  # type: ignore[attr-defined]
    with ExitStack() as places:
        for kind in [_places] if is_known else [_place_of_strangers, _places]:
            if not kind.acquire(blocking=False):
                raise NoPlace
            places.callback(kind.release)
        return _poll(request, step, proof)


def _poll(request: HttpRequest, step: str, proof: str) -> HttpResponse | None:
    key = request.session.cookie_key  # type: ignore[attr-defined]
    if key is None:
        return None
    end = time.monotonic() + PATIENCE
    while True:
        request.session = SessionStore(key)
        if (found := result(request, step, proof)) or time.monotonic() > end:
            return found
        time.sleep(_PAUSE)


def once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Take the step of a form once for each time that its page was shown, however often the form is sent.

    The CSRF token is a different one on every page (Django masks it), so the same fields from a new page are a new step.
    """

    @functools.wraps(view)
    def taken(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        if request.method != "POST" or "csrfmiddlewaretoken" not in request.POST:
            return view(request, *args, **kwargs)
        step, proof = request.path, request.POST.urlencode()
        claim = f"repeats:{step}:{proof}"  # stored as a digest; the CSRF token in it cannot be guessed
        if not SessionStore.claim(claim):
            try:
                repeat = _await_result(request, step, proof)
            except NoPlace:
                # Its twin is being handled, and no thread is free to wait for it.
                page = render(request, "503.html", status=HTTPStatus.SERVICE_UNAVAILABLE)
                page.headers["Retry-After"] = str(math.ceil(PATIENCE))
                return page
            if repeat:
                return repeat
        response = view(request, *args, **kwargs)
        if _find(request.session.get(_KEY), step, proof) is None:
            SessionStore.release(claim)  # refused: it may be tried again at once
        return response

    return taken


def done(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Remember that the posted form of a view under `once` led to `response`, and return it."""
    return note(request, request.path, request.POST.urlencode(), response)


def steps_once(view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
    """Take the steps of many forms once: one that ends in a redirect, without an error, was taken."""

    @functools.wraps(view)
    def noted(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        response = view(request, *args, **kwargs)
        if request.method != "POST" or any(level >= messages.ERROR for level, _text in _waiting_messages(request)):
            return response
        return done(request, response)

    return once(noted)


def _entry(step: str, proof: str, url: str, waiting: list[list[Any]]) -> dict[str, Any]:
    return {"proof": _digest(step, proof), "url": url, "at": time.time(), "messages": waiting}


def _waiting_messages(request: HttpRequest) -> list[list[Any]]:
    """Return the messages, [level, text] each, that wait for the next page, and let them wait."""
    storage: Any = messages.get_messages(request)
    waiting = [[each.level, str(each.message)] for each in storage]
    storage.used = False
    return waiting


def _find(entries: Any, step: str, proof: str) -> dict[str, Any] | None:
    entry = (entries or {}).get(step)
    if entry is None or _is_over(entry) or not _is_same(entry["proof"], step, proof):
        return None
    return dict(entry)


def _is_over(entry: dict[str, Any]) -> bool:
    return bool(time.time() - entry["at"] > TRACE_SECONDS)


def _digest(step: str, proof: str) -> str:
    return keyed_digest(_PURPOSE, f"{step}:{proof}")


def _is_same(known: str, step: str, proof: str) -> bool:
    return any(same(known, each) for each in keyed_digests(_PURPOSE, f"{step}:{proof}"))
