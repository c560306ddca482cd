"""The reviewer's steps in the admin: the form each step asks for, and the journey it takes."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext as _

from myusa.lib.admin.actions import emailed
from myusa.lib.messages.mail import Letter
from onboarding import emails
from onboarding.forms.steps import (
    CopyForm,
    GrantForm,
    NoteForm,
    OfficerForm,
    ScheduleForm,
    ScorecardForm,
    SendAffidavitForm,
    StepForm,
)
from onboarding.models import ProductionRequest
from onboarding.states import STEPS, Role, Step
from onboarding.steps import affidavit, demo, production
from onboarding.steps import request as requests

if TYPE_CHECKING:
    from accounts.models import User

# Takes the request, the cleaned data of the form, and the reviewer as `by`.
Journey = Callable[..., object]


def _send_affidavit(request: ProductionRequest, *, by: "User", override: str = "") -> None:
    affidavit.send(request, by=by, override=override)


def _record_affidavit(request: ProductionRequest, *, by: "User", document: bytes, **signed: Any) -> None:
    affidavit.record_copy(request, by=by, pdf=document, **signed)


def _rate(request: ProductionRequest, *, by: "User", remarks: str, ratings: Any, **fields: Any) -> None:
    demo.rate(request, ratings, by=by, remarks=remarks)


REVIEWER_STEPS: dict[str, tuple[type[StepForm], Journey]] = {
    "request_changes": (NoteForm, requests.request_changes),
    "send_affidavit": (SendAffidavitForm, _send_affidavit),
    "resend_affidavit": (OfficerForm, affidavit.resend),
    "record_affidavit": (CopyForm, _record_affidavit),
    "accept_affidavit": (NoteForm, affidavit.accept),
    "return_affidavit": (NoteForm, affidavit.return_to_officer),
    "schedule_demo": (ScheduleForm, demo.book_for_team),
    "reschedule_demo": (ScheduleForm, demo.move_for_team),
    "pass_demo": (ScorecardForm, _rate),
    "fail_demo": (ScorecardForm, _rate),
    "grant": (GrantForm, production.grant),
    "suspend": (NoteForm, production.suspend),
    "resume": (NoteForm, production.resume),
    "revoke": (NoteForm, production.revoke),
    "deny": (NoteForm, requests.deny),
}
_RATING = {"pass_demo", "fail_demo"}


def offered(request: ProductionRequest, user: "User") -> list[Step]:
    """Return the steps a reviewer can take now, one for each button."""
    if not Role.REVIEWER.is_held_by(user, request.app):
        return []
    steps = [step for step in request.steps_for(user) if Role.REVIEWER in step.roles]
    has_begun = any(demo.has_begun for demo in request.demos.upcoming())
    too_early_or_late = {"reschedule_demo"} if has_begun else _RATING
    steps = [step for step in steps if step.verb not in too_early_or_late]
    return [step for step in steps if step.verb != "fail_demo"]  # one scorecard decides which of the two it is


def any_step(verb: str) -> Step:
    """Return the row of a reviewer's step, whatever the state of a request."""
    return next(step for step in STEPS if step.verb == verb)


def letters(step: Step, request: ProductionRequest) -> list[Letter]:
    """Return the emails that a step is going to send; of the scorecard, those of both results."""
    names = [name for each in STEPS if each.label == step.label for name in each.emails]
    return emails.preview(request, *dict.fromkeys(names))


@dataclass(frozen=True)
class Decision:
    """A step on the page of its request, ready to be taken there."""

    step: Step
    form: StepForm
    warning: str
    letters: list[Letter]


def decisions(request: ProductionRequest, user: "User") -> list[Decision]:
    """Return the steps a reviewer can take now, with their forms."""
    return [
        Decision(
            step,
            form_for(step, request, auto_id=f"id_{step.verb}_%s"),
            step.warning_for(request),
            letters(step, request),
        )
        for step in offered(request, user)
    ]


def form_for(step: Step, request: ProductionRequest, **bound: Any) -> StepForm:
    """Return the form that the step asks for; `bound` holds `data` and `files` of a POST."""
    return REVIEWER_STEPS[step.verb][0].for_step(step, request, **bound)


def take(step: Step, request: ProductionRequest, form: StepForm, *, by: "User") -> str:
    """Take the step with the data of a valid form; return what happened, raise InvalidTransition if it is refused."""
    journey = REVIEWER_STEPS[step.verb][1]
    told = emailed_by(request, lambda: journey(request, by=by, **form.cleaned_data))
    request.refresh_from_db()
    happened = _("%(request)s is now “%(state)s”.") % {"request": request, "state": request.get_state_display()}
    return f"{happened} {told}".strip()


def emailed_by(request: ProductionRequest, act: Callable[[], object]) -> str:
    """Act on a request; return a sentence that says who was emailed because of it, "" if no one."""
    newest = request.emails.order_by("-pk").values_list("pk", flat=True).first() or 0
    act()
    sent = [Letter([email.to], email.name) for email in request.emails.with_delivery().filter(pk__gt=newest)]
    return emailed(sent)
