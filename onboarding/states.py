"""Which step of a production request leads from which state to which, and who may take it. Nothing else happens.

The verbs of `ProductionRequest` ask this table; pages and admin build their buttons from it.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models import App

REVIEW_PERMISSION = "onboarding.review_productionrequest"


class State(TextChoices):
    BUILDING = "building", _("Building")
    REQUESTED = "requested", _("Requested")
    CHANGES_REQUESTED = "changes_requested", _("Changes requested")
    AFFIDAVIT_SENT = "affidavit_sent", _("Affidavit sent")
    AFFIDAVIT_SIGNED = "affidavit_signed", _("Affidavit signed")
    AFFIDAVIT_ACCEPTED = "affidavit_accepted", _("Affidavit accepted")
    DEMO_SCHEDULED = "demo_scheduled", _("Demo scheduled")
    DEMO_PASSED = "demo_passed", _("Demo passed")
    DEMO_FAILED = "demo_failed", _("Demo failed")
    GRANTED = "granted", _("Granted")
    SUSPENDED = "suspended", _("Suspended")
    REVOKED = "revoked", _("Revoked")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    DENIED = "denied", _("Denied")


class Role(TextChoices):
    """Who takes a step. A member's steps are an admin's, too."""

    TEAM_ADMIN = "team_admin", _("an admin of the team")
    TEAM = "team", _("a member of the team")
    OFFICER = "officer", _("the officer who holds the emailed link")
    REVIEWER = "reviewer", _("a staff reviewer")

    def is_held_by(self, user: "User | None", app: "App") -> bool:
        """Whether `user` has this role towards `app`. The officer has no account: the link alone proves that role."""
        if user is None or not user.is_active:
            return False
        if self is Role.TEAM_ADMIN:
            return app.team.has_admin(user)
        if self is Role.TEAM:
            return app.team.has_member(user)
        if self is Role.REVIEWER:
            return user.is_staff and user.has_perm(REVIEW_PERMISSION)
        return False


class Turn(TextChoices):
    """Whose move it is in a state."""

    TEAM = "team", _("your team")
    STAFF = "staff", _("MyUSA staff")
    OFFICER = "officer", _("your officer")
    NOBODY = "nobody", _("nobody")


BEFORE_GRANTED = frozenset(
    {
        State.BUILDING,
        State.REQUESTED,
        State.CHANGES_REQUESTED,
        State.AFFIDAVIT_SENT,
        State.AFFIDAVIT_SIGNED,
        State.AFFIDAVIT_ACCEPTED,
        State.DEMO_SCHEDULED,
        State.DEMO_PASSED,
        State.DEMO_FAILED,
    }
)
EDITABLE = frozenset({State.BUILDING, State.CHANGES_REQUESTED})
ENDED = frozenset({State.REVOKED, State.WITHDRAWN, State.DENIED})

TURNS = {
    State.BUILDING: Turn.TEAM,
    State.REQUESTED: Turn.STAFF,
    State.CHANGES_REQUESTED: Turn.TEAM,
    State.AFFIDAVIT_SENT: Turn.OFFICER,
    State.AFFIDAVIT_SIGNED: Turn.STAFF,
    State.AFFIDAVIT_ACCEPTED: Turn.TEAM,
    State.DEMO_SCHEDULED: Turn.TEAM,
    State.DEMO_PASSED: Turn.STAFF,
    State.DEMO_FAILED: Turn.TEAM,
    State.GRANTED: Turn.NOBODY,
    State.SUSPENDED: Turn.TEAM,
    State.REVOKED: Turn.NOBODY,
    State.WITHDRAWN: Turn.NOBODY,
    State.DENIED: Turn.NOBODY,
}


@dataclass(frozen=True)
class Step:
    """One row of the table: `verb` leads from any of `sources` to `target`.

    `label` names the button, `done` the entry in the timeline. `needs_note`: the one who takes the step must say
    why. A blocked app's team cannot go on, and nothing is granted to it; ending a request stays possible.
    """

    verb: str
    sources: frozenset[State]
    target: State
    roles: tuple[Role, ...]
    label: str | Promise
    done: str | Promise
    needs_note: bool = False
    while_blocked: bool = False


def _row(verb: str, sources: set[State] | frozenset[State], target: State, *roles: Role, **rest: object) -> Step:
    return Step(verb, frozenset(sources), target, roles, **rest)  # type: ignore[arg-type]


STEPS = [
    _row("submit", {State.BUILDING, State.CHANGES_REQUESTED}, State.REQUESTED, Role.TEAM_ADMIN,
         label=_("Send the request"), done=_("Request sent")),
    _row("request_changes", {State.REQUESTED}, State.CHANGES_REQUESTED, Role.REVIEWER,
         label=_("Ask for changes"), done=_("Changes asked for"), needs_note=True, while_blocked=True),
    _row("send_affidavit", {State.REQUESTED}, State.AFFIDAVIT_SENT, Role.REVIEWER,
         label=_("Send the affidavit"), done=_("Affidavit sent")),
    _row("resend_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SENT, Role.TEAM_ADMIN, Role.REVIEWER,
         label=_("Send the affidavit again"), done=_("Affidavit sent again")),
    _row("sign_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SIGNED, Role.OFFICER,
         label=_("Sign the affidavit"), done=_("Affidavit signed")),
    _row("record_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SIGNED, Role.REVIEWER,
         label=_("Record a copy that came by email"), done=_("Emailed copy of the affidavit recorded")),
    _row("accept_affidavit", {State.AFFIDAVIT_SIGNED}, State.AFFIDAVIT_ACCEPTED, Role.REVIEWER,
         label=_("Accept the affidavit"), done=_("Affidavit accepted")),
    _row("return_affidavit", {State.AFFIDAVIT_SIGNED}, State.AFFIDAVIT_SENT, Role.REVIEWER,
         label=_("Return the affidavit"), done=_("Affidavit returned"), needs_note=True),
    _row("book_demo", {State.AFFIDAVIT_ACCEPTED, State.DEMO_FAILED}, State.DEMO_SCHEDULED, Role.TEAM,
         label=_("Book a demo"), done=_("Demo booked")),
    _row("rebook_demo", {State.DEMO_SCHEDULED}, State.DEMO_SCHEDULED, Role.TEAM,
         label=_("Choose another time"), done=_("Demo moved")),
    _row("cancel_demo", {State.DEMO_SCHEDULED}, State.AFFIDAVIT_ACCEPTED, Role.TEAM,
         label=_("Cancel the demo"), done=_("Demo cancelled"), while_blocked=True),
    _row("pass_demo", {State.DEMO_SCHEDULED}, State.DEMO_PASSED, Role.REVIEWER,
         label=_("Record the result"), done=_("Demo passed")),
    _row("fail_demo", {State.DEMO_SCHEDULED}, State.DEMO_FAILED, Role.REVIEWER,
         label=_("Record the result"), done=_("Demo failed")),
    _row("grant", {State.DEMO_PASSED}, State.GRANTED, Role.REVIEWER,
         label=_("Grant production access"), done=_("Production access granted")),
    _row("suspend", {State.GRANTED}, State.SUSPENDED, Role.REVIEWER,
         label=_("Suspend"), done=_("Production access suspended"), needs_note=True, while_blocked=True),
    _row("resume", {State.SUSPENDED}, State.GRANTED, Role.REVIEWER,
         label=_("Resume"), done=_("Production access resumed"), needs_note=True),
    # Keys that rest must not be woken only to be taken away.
    _row("revoke", {State.GRANTED, State.SUSPENDED}, State.REVOKED, Role.REVIEWER,
         label=_("Revoke"), done=_("Production access revoked"), needs_note=True, while_blocked=True),
    _row("withdraw", BEFORE_GRANTED, State.WITHDRAWN, Role.TEAM_ADMIN,
         label=_("Withdraw the request"), done=_("Request withdrawn"), needs_note=True, while_blocked=True),
    _row("deny", BEFORE_GRANTED, State.DENIED, Role.REVIEWER,
         label=_("Deny the request"), done=_("Request denied"), needs_note=True, while_blocked=True),
]  # fmt: skip


def step(verb: str, state: str) -> Step:
    """Return the row for `verb` from `state`; raise InvalidTransition where the table has none."""
    for row in STEPS:
        if row.verb == verb and state in row.sources:
            return row
    raise InvalidTransition(
        _("This cannot be done now: the request is “%(state)s”.") % {"state": State(state).label if state else ""}
    )


def steps_from(state: str, *roles: Role) -> list[Step]:
    """Return the rows that lead on from `state`, for any of `roles` if given."""
    return [row for row in STEPS if state in row.sources and (not roles or set(roles) & set(row.roles))]


def done_labels() -> dict[str, str | Promise]:
    """Return what the timeline says for each verb of the table, and for what is recorded beside it."""
    return {
        **{row.verb: row.done for row in STEPS},
        "start": _("Request started"),
        "save_answers": _("Answers saved"),
        "demo_links": _("Links of the demo changed"),
        "show_secret": _("Production secret shown"),
        "production_requested": _("Production access asked for"),
    }
