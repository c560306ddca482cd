"""The life of a production request: its states, its steps, and who may take each step.

Everything else reads these two tables: `ProductionRequest.advance`, pages, admin, emails and sample data. The module
knows no model and no form.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from myusa.lib.steps import InvalidTransition
from onboarding import step_warnings

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models import App
    from onboarding.models import ProductionRequest

REVIEW_PERMISSION = "onboarding.review_productionrequest"
Text = str | Promise


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
    """Who takes a step. An admin of a team can take every step of its members."""

    TEAM_ADMIN = "team_admin", _("an admin of the team")
    TEAM = "team", _("a member of the team")
    OFFICER = "officer", _("the officer who holds the emailed link")
    REVIEWER = "reviewer", _("a staff reviewer")

    def is_held_by(self, user: "User | None", app: "App") -> bool:
        """Return whether `user` has this role for `app`. Officers have no account: the emailed link proves their role."""
        if user is None or not user.is_active:
            return False
        if self is Role.TEAM_ADMIN:
            return app.team.has_admin(user)
        if self is Role.TEAM:
            return app.team.has_member(user)
        if self is Role.REVIEWER:
            return user.is_staff and user.has_perm(REVIEW_PERMISSION) and not app.team.involves(user)
        return False


class Turn(TextChoices):
    """Who has the next step in a state."""

    TEAM = "team", _("your team")
    STAFF = "staff", _("MyUSA staff")
    OFFICER = "officer", _("your officer")
    NOBODY = "nobody", _("no one")


STAGES = [_("Build and answer"), _("Review"), _("Affidavit"), _("Demo"), _("Go live")]


@dataclass(frozen=True)
class StateInfo:
    """What pages, queue and constraints know about a state.

    `kind` is the kind of its status tag (info, good, bad, waiting, or "" for none). `stage` is its position in STAGES,
    their number when all are done, None for a request that ended.
    """

    turn: Turn
    kind: str
    next_words: Text
    stage: int | None = None
    is_editable: bool = False
    is_before_granted: bool = False
    is_ended: bool = False

    @property
    def help_topic(self) -> str:
        """What the FAQ and articles call this part of the way (`developer_apps.docs.help.PLACES`)."""
        topics = ("building", "review", "affidavit", "demo", "live")
        return f"production-{topics[min(self.stage, 4)] if self.stage is not None else 'live'}"


STATES = {
    State.BUILDING: StateInfo(
        Turn.TEAM, "info", stage=0, is_editable=True, is_before_granted=True,
        next_words=_("Use the products in the sandbox until all bars are full, answer the questions, and send the request."),
    ),
    State.REQUESTED: StateInfo(
        Turn.STAFF, "waiting", stage=1, is_before_granted=True,
        next_words=_("Staff review your answers and your sandbox usage. We’ll email you when the affidavit is sent."),
    ),
    State.CHANGES_REQUESTED: StateInfo(
        Turn.TEAM, "bad", stage=0, is_editable=True, is_before_granted=True,
        next_words=_("Staff asked for changes. Read their note, fix what they asked for, and send the request again."),
    ),
    State.AFFIDAVIT_SENT: StateInfo(
        Turn.OFFICER, "waiting", stage=2, is_before_granted=True,
        next_words=_("Your officer signs the affidavit with the link that we emailed to them."),
    ),
    State.AFFIDAVIT_SIGNED: StateInfo(
        Turn.STAFF, "waiting", stage=2, is_before_granted=True,
        next_words=_("Staff check the signed affidavit. Then your team can book its demo."),
    ),
    State.AFFIDAVIT_ACCEPTED: StateInfo(
        Turn.TEAM, "waiting", stage=3, is_before_granted=True,
        next_words=_("Book a time for your demo: first come, first served."),
    ),
    State.DEMO_SCHEDULED: StateInfo(
        Turn.TEAM, "waiting", stage=3, is_before_granted=True,
        next_words=_("Show your app in the demo. You can choose another time until it begins."),
    ),
    State.DEMO_PASSED: StateInfo(
        Turn.STAFF, "good", stage=4, is_before_granted=True,
        next_words=_("Your app passed. Staff grant production access next. We’ll email you."),
    ),
    State.DEMO_FAILED: StateInfo(
        Turn.TEAM, "bad", stage=3, is_before_granted=True,
        next_words=_("Some criteria failed. Read the comments, fix what they describe, and book another demo."),
    ),
    State.GRANTED: StateInfo(
        Turn.NOBODY, "good", stage=5,
        next_words=_("Your app is in production. A team admin can get the production keys."),
    ),
    State.SUSPENDED: StateInfo(
        Turn.TEAM, "bad",
        next_words=_("Staff suspended production access. Your production keys don’t work. Fix the cause, then reply to staff."),
    ),
    State.REVOKED: StateInfo(
        Turn.NOBODY, "bad", is_ended=True,
        next_words=_("Staff revoked production access and said why. You can start a new request."),
    ),
    State.WITHDRAWN: StateInfo(
        Turn.NOBODY, "", is_ended=True,
        next_words=_("Your team withdrew this request. You can start a new one."),
    ),
    State.DENIED: StateInfo(
        Turn.NOBODY, "bad", is_ended=True,
        next_words=_("Staff denied this request and said why. You can start a new one."),
    ),
}  # fmt: skip

BEFORE_GRANTED = frozenset(state for state, info in STATES.items() if info.is_before_granted)
EDITABLE = frozenset(state for state, info in STATES.items() if info.is_editable)
ENDED = frozenset(state for state, info in STATES.items() if info.is_ended)


def with_turn(turn: Turn) -> list[State]:
    """Return the states in which `turn` has the next step."""
    return [state for state, info in STATES.items() if info.turn == turn]


@dataclass(frozen=True)
class Step:
    """One row of the table: `verb` moves a request from any of `sources` to `target`.

    `label` is the text of the button, `done` that of the timeline. `needs_note`: the step is refused without a reason.
    `shows_note`: the team reads that reason as long as the request is in `target`. `while_blocked`: the step is
    allowed for a blocked app. `warning`: what staff read before they take the step. `emails`: the emails it sends,
    each a file in `templates/onboarding/mail/words/`.
    """

    verb: str
    sources: frozenset[State]
    target: State
    roles: tuple[Role, ...]
    label: Text
    done: Text
    needs_note: bool = False
    shows_note: bool = False
    while_blocked: bool = False
    warning: "Text | Callable[[ProductionRequest], Text]" = ""
    emails: tuple[str, ...] = ()

    def warning_for(self, request: "ProductionRequest") -> str:
        """Return what staff should know before they take this step with `request`."""
        return str(self.warning(request) if callable(self.warning) else self.warning)


def _row(verb: str, sources: set[State] | frozenset[State], target: State, *roles: Role, **rest: object) -> Step:
    return Step(verb, frozenset(sources), target, roles, **rest)  # type: ignore[arg-type]


STEPS = [
    _row("submit", {State.BUILDING, State.CHANGES_REQUESTED}, State.REQUESTED, Role.TEAM_ADMIN,
         label=_("Send the request"), done=_("Request sent"), emails=("submitted", "submitted_support")),
    _row("request_changes", {State.REQUESTED}, State.CHANGES_REQUESTED, Role.REVIEWER,
         label=_("Ask for changes"), done=_("Changes asked for"), needs_note=True, shows_note=True, while_blocked=True,
         emails=("changes_requested",)),
    _row("send_affidavit", {State.REQUESTED}, State.AFFIDAVIT_SENT, Role.REVIEWER,
         label=_("Send the affidavit"), done=_("Affidavit sent"),
         warning=step_warnings.send_affidavit, emails=("affidavit_officer", "affidavit_sent")),
    _row("resend_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SENT, Role.TEAM_ADMIN, Role.REVIEWER,
         label=_("Send the affidavit again"), done=_("Affidavit sent again"),
         warning=_("Links sent before no longer work."), emails=("affidavit_officer",)),
    _row("sign_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SIGNED, Role.OFFICER,
         label=_("Sign the affidavit"), done=_("Affidavit signed"),
         emails=("affidavit_signed_support", "affidavit_signed", "affidavit_copy")),
    _row("decline_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SENT, Role.OFFICER,
         label=_("Decline to sign"), done=_("Affidavit declined"), emails=("affidavit_declined",)),
    _row("refer_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SENT, Role.OFFICER,
         label=_("Name someone else"), done=_("Officer named someone else"), emails=("affidavit_referred",)),
    _row("record_affidavit", {State.AFFIDAVIT_SENT}, State.AFFIDAVIT_SIGNED, Role.REVIEWER,
         label=_("Record a copy that came by email"), done=_("Emailed copy of the affidavit recorded"),
         warning=_("Read the document first. It must be the affidavit we sent, signed in ink."),
         emails=("affidavit_signed_support", "affidavit_signed")),
    _row("accept_affidavit", {State.AFFIDAVIT_SIGNED}, State.AFFIDAVIT_ACCEPTED, Role.REVIEWER,
         label=_("Accept the affidavit"), done=_("Affidavit accepted"), emails=("affidavit_accepted",)),
    _row("return_affidavit", {State.AFFIDAVIT_SIGNED}, State.AFFIDAVIT_SENT, Role.REVIEWER,
         label=_("Return the affidavit"), done=_("Affidavit returned"), needs_note=True, shows_note=True,
         emails=("affidavit_returned_officer", "affidavit_returned")),
    _row("book_demo", {State.AFFIDAVIT_ACCEPTED, State.DEMO_FAILED}, State.DEMO_SCHEDULED, Role.TEAM,
         label=_("Book a demo"), done=_("Demo booked"), emails=("demo_booked",)),
    _row("rebook_demo", {State.DEMO_SCHEDULED}, State.DEMO_SCHEDULED, Role.TEAM,
         label=_("Choose another time"), done=_("Demo moved"), emails=("demo_moved",)),
    # Staff book for a team, also within the notice.
    _row("schedule_demo", {State.AFFIDAVIT_ACCEPTED, State.DEMO_FAILED}, State.DEMO_SCHEDULED, Role.REVIEWER,
         label=_("Book a demo for the team"), done=_("Demo booked by staff"), needs_note=True, emails=("demo_booked",)),
    _row("reschedule_demo", {State.DEMO_SCHEDULED}, State.DEMO_SCHEDULED, Role.REVIEWER,
         label=_("Move the demo"), done=_("Demo moved by staff"), needs_note=True, emails=("demo_moved",)),
    _row("cancel_demo", {State.DEMO_SCHEDULED}, State.AFFIDAVIT_ACCEPTED, Role.TEAM,
         label=_("Cancel the demo"), done=_("Demo canceled"), while_blocked=True, emails=("demo_cancelled",)),
    _row("pass_demo", {State.DEMO_SCHEDULED}, State.DEMO_PASSED, Role.REVIEWER,
         label=_("Record the result"), done=_("Demo passed"),
         warning=step_warnings.rate_demo, emails=("demo_passed",)),
    _row("fail_demo", {State.DEMO_SCHEDULED}, State.DEMO_FAILED, Role.REVIEWER,
         label=_("Record the result"), done=_("Demo failed"),
         warning=step_warnings.rate_demo, emails=("demo_failed",)),
    _row("grant", {State.DEMO_PASSED}, State.GRANTED, Role.REVIEWER,
         label=_("Grant production access"), done=_("Production access granted"),
         warning=step_warnings.grant, emails=("granted",)),
    _row("suspend", {State.GRANTED}, State.SUSPENDED, Role.REVIEWER,
         label=_("Suspend"), done=_("Production access suspended"), needs_note=True, shows_note=True,
         while_blocked=True, emails=("suspended",),
         warning=_("The production keys stop working until you resume access. The sandbox keeps working.")),
    _row("resume", {State.SUSPENDED}, State.GRANTED, Role.REVIEWER,
         label=_("Resume"), done=_("Production access resumed"), needs_note=True, emails=("resumed",)),
    # A suspended request can be revoked without resuming it first.
    _row("revoke", {State.GRANTED, State.SUSPENDED}, State.REVOKED, Role.REVIEWER,
         label=_("Revoke"), done=_("Production access revoked"), needs_note=True, shows_note=True, while_blocked=True,
         warning=_("We permanently revoke the production secrets. The app needs a new request."),
         emails=("revoked",)),
    _row("withdraw", BEFORE_GRANTED, State.WITHDRAWN, Role.TEAM_ADMIN,
         label=_("Withdraw the request"), done=_("Request withdrawn"), needs_note=True, shows_note=True,
         while_blocked=True, emails=("withdrawn",)),
    _row("deny", BEFORE_GRANTED, State.DENIED, Role.REVIEWER,
         label=_("Deny the request"), done=_("Request denied"), needs_note=True, shows_note=True, while_blocked=True,
         warning=_("This closes the request and cancels any booked demo. The team can start a new one."),
         emails=("denied",)),
]  # fmt: skip


def step(verb: str, state: str) -> Step:
    """Return the row for `verb` from `state`; raise InvalidTransition if the table has none."""
    for row in STEPS:
        if row.verb == verb and state in row.sources:
            return row
    raise InvalidTransition(
        _("You can’t do this now. The request is “%(state)s”.") % {"state": State(state).label if state else ""}
    )


def steps_from(state: str, *roles: Role) -> list[Step]:
    """Return the steps that can be taken from `state`, for any of `roles` if given."""
    return [row for row in STEPS if state in row.sources and (not roles or set(roles) & set(row.roles))]


def done_labels() -> dict[str, Text]:
    """Return what the timeline shows for each step, and for each change that is recorded without a step."""
    return {
        **{row.verb: row.done for row in STEPS},
        "start": _("Request started"),
        "save_answers": _("Answers saved"),
        "replied": _("Reply to staff"),
        "demo_links": _("Links of the demo changed"),
        "show_secret": _("Production secret shown"),
        "production_requested": _("Production access asked for"),
    }
