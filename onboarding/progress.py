"""A request in words for developers: its status, who has the next step, and its history."""

from dataclasses import replace
from typing import TYPE_CHECKING

from auditlog.models import LogEntry
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.history import lines
from onboarding.models import Affidavit, ProductionRequest
from onboarding.states import STATES, STEPS, State, Text, Turn

if TYPE_CHECKING:
    from accounts.models import User

SHOWN_NOTES = {step.verb for step in STEPS if step.shows_note}


def stage_number(state: str) -> int | None:
    """Return the current stage, counted from 1; one more than there are when all are done, None for an ended request."""
    stage = STATES[State(state)].stage
    return None if stage is None else stage + 1


def next_words(request: ProductionRequest, *, is_complete: bool = False) -> Text:
    """Return the next step in words. `is_complete`: the evidence is met and no answer is missing."""
    if request.state == State.BUILDING and is_complete:
        return _("Everything is complete. Send the request.")
    if request.state == State.DEMO_SCHEDULED and request.turn == Turn.STAFF:
        demo = request.booked_demo()
        if demo and not demo.has_begun:
            return _("Staff add the meeting link. We’ll email it to you.")
        return _("The demo has begun. Staff record its result. We’ll email you.")
    if request.state == State.AFFIDAVIT_SENT and request.turn == Turn.TEAM:
        last = Affidavit.objects.latest_of(request)
        if last and last.reply == Affidavit.Reply.DECLINED:
            return _("The officer declined to sign. Send the affidavit to another officer, or withdraw the request.")
        if last and last.reply == Affidavit.Reply.REFERRED:
            return _("The officer named someone else. Check the name and the address, then send the affidavit.")
        return _("The officer’s link has expired. Send a new one to the same officer or to another one.")
    return STATES[State(request.state)].next_words


def history_of(request: ProductionRequest) -> list[LogEntry]:
    """Return what the history records of the request, newest first: read once for all that a page says of it."""
    return list(history.of(request))


def timeline(entries: list[LogEntry], *, for_staff: bool = False) -> list[lines.Line]:
    """Return every step of a request, newest first. Developers see “MyUSA staff”, staff see the person's name."""
    pairs = zip(lines.in_words(entries), entries, strict=True)
    return [_for_people(line, entry.actor, for_staff) for line, entry in pairs]


def latest_note(entries: list[LogEntry]) -> lines.Line | None:
    """Return the step that led to the current state, if it has a note that the team reads."""
    for entry in entries:
        if "state" in entry.changes:
            facts = entry.additional_data or {}
            is_shown = facts.get("verb") in SHOWN_NOTES and facts.get("note")
            return lines.in_words([entry])[0] if is_shown else None
    return None


def _for_people(line: lines.Line, actor: "User | None", for_staff: bool) -> lines.Line:
    """Name the officer and, for staff, the person. Count changed answers instead of naming their questions."""
    who = line.who
    officer = next((change.after for change in line.changes if change.name == "officer"), "")
    if actor is None and officer:
        who = officer
    elif actor and for_staff:
        who = str(actor)
    changes = [
        replace(change, after=_("%d changed") % len(change.after.split(", "))) if change.name == "answers" else change
        for change in line.changes
    ]
    return replace(line, who=who, changes=changes)


def kind_of(state: str) -> str:
    """Return the kind of the state's tag: good, waiting, bad, info or none."""
    return STATES[State(state)].kind
