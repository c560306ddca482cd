"""A form that is sent twice ends where it ended the first time.

People press a button again when a page is slow. The second request often carries the cookies from before the first
response, and finds that the code is used and the session has changed. For a minute, the session (or the trace that it
left, see `accounts.sessions`) remembers which step succeeded with which proof, and where it led.

    if repeat := repeats.result(request, "step", proof): return repeat
    …
    return repeats.note(request, "step", proof, redirect(…))

`proof` is what the person entered. A different proof gets no result, so an old cookie alone is worth nothing.
"""

import time
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect

from accounts.sessions import TRACE_SECONDS, SessionStore
from myusa.lib.security.digests import keyed_digest, same

_KEY = "repeats"
# How long a request waits for its twin, which is being handled at the same moment.
_PATIENCE, _PAUSE = 2.0, 0.05


def note(
    request: HttpRequest, step: str, proof: str, response: HttpResponse, *, before: str | None = None
) -> HttpResponse:
    """Remember in the current session where `step` led, and return the response.

    `before`: the session's key before the step, if the step may change it, as signing in does.
    """
    session = request.session
    if isinstance(response, HttpResponseRedirect):
        session[_KEY] = {**session.get(_KEY, {}), step: _entry(step, proof, response.url)}
        if before and session.session_key and session.session_key != before:
            session.save()
            SessionStore.leave_trace(before, {"successor": session.session_key})
    return response


def note_at_the_end(ended_key: str | None, step: str, proof: str, response: HttpResponse) -> HttpResponse:
    """Remember it in the trace of a session that `step` ended, and return the response."""
    if ended_key and isinstance(response, HttpResponseRedirect):
        SessionStore.leave_trace(ended_key, {_KEY: {step: _entry(step, proof, response.url)}})
    return response


def result(request: HttpRequest, step: str, proof: str) -> HttpResponse | None:
    """Return the redirect to which `step` led in this browser with this proof, or None.

    If the step moved the browser to another session, the response moves it there, too.
    """
    trace = request.session.ended  # type: ignore[attr-defined]
    if trace is None:
        url = _url(request.session.get(_KEY), step, proof)
    elif successor := trace.get("successor"):
        url = _url(SessionStore(successor).load().get(_KEY), step, proof)
        if url:
            request.session.move_to(successor)  # type: ignore[attr-defined]
        else:
            request.session.forget_trace()  # type: ignore[attr-defined]  # one guess
    else:
        url = _url(trace.get(_KEY), step, proof)
    return HttpResponseRedirect(url) if url else None


def await_result(request: HttpRequest, step: str, proof: str) -> HttpResponse | None:
    """Wait a moment for the result of the same request, which another thread or process handles right now."""
    key = request.session.session_key
    end = time.monotonic() + _PATIENCE
    while True:
        request.session = SessionStore(key)
        if (found := result(request, step, proof)) or time.monotonic() > end:
            return found
        time.sleep(_PAUSE)


def _entry(step: str, proof: str, url: str) -> dict[str, Any]:
    return {"proof": _digest(step, proof), "url": url, "at": time.time()}


def _url(entries: Any, step: str, proof: str) -> str | None:
    entry = (entries or {}).get(step)
    if entry is None or time.time() - entry["at"] > TRACE_SECONDS or not same(entry["proof"], _digest(step, proof)):
        return None
    return str(entry["url"])


def _digest(step: str, proof: str) -> str:
    return keyed_digest("repeat", f"{step}:{proof}")
