"""A request in the developer's words: where it stands, whose turn it is, what comes next, and what has happened."""

from dataclasses import replace
from typing import TYPE_CHECKING

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.history import lines
from onboarding.models import ProductionRequest
from onboarding.states import State, Turn

if TYPE_CHECKING:
    from accounts.models import User

Text = str | Promise
STAGES = [_("Build and answer"), _("Review"), _("Affidavit"), _("Demo"), _("Go live")]
STAGE_OF = {
    State.BUILDING: 0,
    State.CHANGES_REQUESTED: 0,
    State.REQUESTED: 1,
    State.AFFIDAVIT_SENT: 2,
    State.AFFIDAVIT_SIGNED: 2,
    State.AFFIDAVIT_ACCEPTED: 3,
    State.DEMO_SCHEDULED: 3,
    State.DEMO_FAILED: 3,
    State.DEMO_PASSED: 4,
    State.GRANTED: 5,
}
NEXT = {
    State.BUILDING: _(
        "Use the products in the sandbox until the evidence is complete, answer the questions, and send the request."
    ),
    State.CHANGES_REQUESTED: _(
        "Staff asked for changes. Read their note, mend the answers or the app, and send the request again."
    ),
    State.REQUESTED: _(
        "Staff read your answers and look at your sandbox traffic. You will get an email when the affidavit is on its way."
    ),
    State.AFFIDAVIT_SENT: _("Your officer signs the affidavit by the link that was emailed to them."),
    State.AFFIDAVIT_SIGNED: _("Staff check the signed affidavit. Then your team can book its demo."),
    State.AFFIDAVIT_ACCEPTED: _("Book a time for your demo: first come, first served."),
    State.DEMO_SCHEDULED: _("Show your app in the demo. You can choose another time until it begins."),
    State.DEMO_PASSED: _("Your app passed. Staff open production access next, and you will get an email."),
    State.DEMO_FAILED: _("Some criteria failed. Read the comments, fix what they name, and book another demo."),
    State.GRANTED: _("Your app is in production. An admin of your team can fetch the production keys."),
    State.SUSPENDED: _(
        "Staff suspended production access: the production keys reach nothing. Read their reason, mend its cause, and write to support."
    ),
    State.REVOKED: _("Staff ended production access and said why. You can start a new request."),
    State.WITHDRAWN: _("Your team withdrew this request. You can start a new one."),
    State.DENIED: _("Staff denied this request and said why. You can start a new one."),
}
KINDS = {
    State.BUILDING: "info",
    State.GRANTED: "good",
    State.DEMO_PASSED: "good",
    State.CHANGES_REQUESTED: "bad",
    State.DEMO_FAILED: "bad",
    State.SUSPENDED: "bad",
    State.REVOKED: "bad",
    State.DENIED: "bad",
    State.WITHDRAWN: "",
}
WITH_NOTE = {"request_changes", "return_affidavit", "suspend", "revoke", "withdraw", "deny"}


def stage_number(state: str) -> int | None:
    """Return the present stage, from 1; one more than there are when all are done, None for a request that ended."""
    stage = STAGE_OF.get(State(state))
    return None if stage is None else stage + 1


def next_words(request: ProductionRequest, *, is_complete: bool = False) -> Text:
    """Return what comes next; `is_complete`: the evidence is met and no answer missing."""
    if request.state == State.BUILDING and is_complete:
        return _("Everything is complete. Send the request.")
    if request.state == State.DEMO_SCHEDULED and request.turn == Turn.STAFF:
        return _("The demo has begun. Staff record its result, and you will get an email.")
    return NEXT[State(request.state)]


def timeline(request: ProductionRequest, *, for_staff: bool = False) -> list[lines.Line]:
    """Return every step of the request, newest first. Developers see of staff the office, staff see the person."""
    entries = list(history.of(request))
    pairs = zip(lines.in_words(entries), entries, strict=True)
    return [_for_people(line, entry.actor, for_staff) for line, entry in pairs]


def latest_note(request: ProductionRequest) -> str:
    """Return what was written with the step that led to the present state, if that step asks for something."""
    for entry in history.of(request):
        if "state" in entry.changes:
            facts = entry.additional_data or {}
            return str(facts.get("note", "")) if facts.get("verb") in WITH_NOTE else ""
    return ""


def _for_people(line: lines.Line, actor: "User | None", for_staff: bool) -> lines.Line:
    """Name the officer and, for staff, the person; count answers instead of listing the names of their questions."""
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
    """Return how the state is drawn: good, waiting, bad or info."""
    return KINDS.get(State(state), "waiting")
