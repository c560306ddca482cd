"""Which events of a run show which of its steps. It reads no database.

Steps are found in order, each among the events after those of the step before it, as early as possible. An outcome that is
reported late can therefore complete more steps, but never undo one.
"""

import datetime
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

from django.utils.translation import gettext as _

from developer_apps.models import Outcome, StepKind, TokenEvent

KNOWN = (Outcome.SERVED, Outcome.REPORTED)
GRANTS = (TokenEvent.Kind.CODE, TokenEvent.Kind.CLIENT)
CALL = "call"


@dataclass(frozen=True)
class Event:
    """A call of the run's test user, or a token event. `payload` and `response` are digests."""

    at: datetime.datetime
    kind: str
    trace_id: uuid.UUID | None = None
    method: str = ""
    endpoint: str = ""
    status: int = 0
    outcome: str = ""
    payload: str = ""
    response: str = ""

    @property
    def is_known_call(self) -> bool:
        return self.kind == CALL and self.outcome in KNOWN

    def is_refused(self, status: int) -> bool:
        """Return whether the call got this status from MyUSA, or from the API itself."""
        return self.kind == CALL and self.outcome != Outcome.UNKNOWN and self.status == status


class Step(Protocol):
    """What must be observed."""

    kind: str
    method: str
    endpoint: str
    status: str
    times: int
    seconds: int

    def accepts(self, status: int) -> bool: ...


# Returns the index of the event that completes a step, or why there is none yet.
Finder = Callable[[Step, Sequence[Event]], int | str]


def match(steps: Sequence[Step], events: Sequence[Event]) -> list[Event | str]:
    """Return for each step the event that completed it, or what is missing; "" for steps whose turn has not come."""
    found: list[Event | str] = []
    begin = 0
    for step in steps:
        result = FINDERS[StepKind(step.kind)](step, events[begin:])
        if isinstance(result, str):
            return [*found, result, *[""] * (len(steps) - len(found) - 1)]
        found.append(events[begin + result])
        begin += result + 1
    return found


def _token(*kinds: str) -> Finder:
    def find(step: Step, events: Sequence[Event]) -> int | str:
        seen = next((index for index, event in enumerate(events) if event.kind in kinds), None)
        return _("Not seen yet.") if seen is None else seen

    return find


def _call(step: Step, events: Sequence[Event]) -> int | str:
    payloads: set[str] = set()
    for index, event in enumerate(events):
        if _is_good(step, event):
            payloads.add(event.payload)
            if len(payloads) >= step.times:
                return index
    if payloads:
        return _("%(seen)d of %(times)d different payloads so far.") % {"seen": len(payloads), "times": step.times}
    return _why_not(step, events)


def _refused(step: Step, events: Sequence[Event]) -> int | str:
    for index, event in enumerate(events):
        if event.kind == CALL and event.outcome == Outcome.REFUSED and step.accepts(event.status):
            return index
    return _("No call was rejected with %(status)s yet.") % {"status": step.status or "2xx"}


def _renewed(step: Step, events: Sequence[Event]) -> int | str:
    refused = _first(events, lambda event: event.is_refused(401))
    if refused is None:
        return _("No call got 401 yet.")
    token = _first(events, lambda event: event.kind in (*GRANTS, TokenEvent.Kind.REFRESH), refused + 1)
    if token is None:
        return _("A call got 401, but your app has not requested a new token since.")
    good = _first(events, lambda event: _is_good(step, event), token + 1)
    if good is None:
        return _("Your app got a new token. Next, make a call that works: %(why)s") % {
            "why": _why_not(step, events[token:])
        }
    return good


def _paused(step: Step, events: Sequence[Event]) -> int | str:
    problem = _("No call got 429 yet.")
    calls = [index for index, event in enumerate(events) if event.kind == CALL]
    for refused, following in zip(calls, [*calls[1:], None], strict=False):
        if not events[refused].is_refused(429):
            continue
        if following is None:
            return _("A call got 429. Wait %(seconds)d seconds, then call again.") % {"seconds": step.seconds}
        waited = (events[following].at - events[refused].at).total_seconds()
        if waited < step.seconds:
            problem = _("The next call came %(waited).1f seconds after the 429. Wait at least %(seconds)d seconds.") % {
                "waited": waited,
                "seconds": step.seconds,
            }
        elif _is_good(step, events[following]):
            return following
        else:
            problem = _why_not(step, events[following:])
    return problem


def _changed(step: Step, events: Sequence[Event]) -> int | str:
    first: dict[str, str] = {}
    good = 0
    for index, event in enumerate(events):
        if not _is_good(step, event):
            continue
        good += 1
        if event.response and first.setdefault(event.payload, event.response) != event.response:
            return index
    if not good:
        return _why_not(step, events)
    if not first:
        return _("The API doesn’t report digests of its responses, so we can’t see a change.")
    return _("The response has not changed yet. Repeat the same call from time to time.")


def _consent(step: Step, events: Sequence[Event]) -> int | str:
    ended = _first(events, lambda event: event.kind == TokenEvent.Kind.DISCONNECTED or event.is_refused(401))
    if ended is None:
        return _("The app is still connected. Disconnect the test user on this page, or force a 401.")
    again = _first(events, lambda event: event.kind == TokenEvent.Kind.CODE, ended + 1)
    return _("The app has not asked the test user to sign in again yet.") if again is None else again


FINDERS: dict[StepKind, Finder] = {
    StepKind.TOKEN: _token(*GRANTS),
    StepKind.TOKEN_BY_CODE: _token(TokenEvent.Kind.CODE),
    StepKind.TOKEN_BY_CLIENT: _token(TokenEvent.Kind.CLIENT),
    StepKind.REFRESH: _token(TokenEvent.Kind.REFRESH),
    StepKind.REVOCATION: _token(TokenEvent.Kind.REVOKED),
    StepKind.CALL: _call,
    StepKind.REFUSED_CALL: _refused,
    StepKind.NEW_TOKEN_AFTER_401: _renewed,
    StepKind.PAUSE_AFTER_429: _paused,
    StepKind.CHANGED_RESPONSE: _changed,
    StepKind.NEW_CONSENT: _consent,
}


def _first(events: Sequence[Event], wanted: Callable[[Event], bool], begin: int = 0) -> int | None:
    return next((index for index in range(begin, len(events)) if wanted(events[index])), None)


def _is_meant(step: Step, event: Event) -> bool:
    """Return whether the event is a call of the step's operation, whatever came of it."""
    names = event.kind == CALL and step.method in ("", event.method)
    # Until its outcome is reported, the operation of a call is not known.
    return names and (step.endpoint in ("", event.endpoint) or event.outcome in (Outcome.UNKNOWN, Outcome.REFUSED))


def _is_good(step: Step, event: Event) -> bool:
    named = step.method in ("", event.method) and step.endpoint in ("", event.endpoint)
    return event.is_known_call and named and step.accepts(event.status)


def _why_not(step: Step, events: Sequence[Event]) -> str:
    """Return what became of the last call that could have been the one."""
    meant = [event for event in events if _is_meant(step, event)]
    if not meant:
        others = {event.endpoint for event in events if event.is_known_call}
        if others and step.endpoint:
            return _("Your app called %(others)s, but not %(endpoint)s.") % {
                "others": ", ".join(sorted(others)[:3]),
                "endpoint": step.endpoint,
            }
        return _("No such call yet.")
    last = meant[-1]
    if last.outcome == Outcome.UNKNOWN:
        return _("A call arrived. The API has not reported its result yet.")
    wanted = step.status or "2xx"
    if last.outcome == Outcome.REFUSED:
        return _("MyUSA rejected the last call with %(status)d.") % {"status": last.status}
    return _("The last call got %(status)d instead of %(wanted)s.") % {"status": last.status, "wanted": wanted}
