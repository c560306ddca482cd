"""The reviewer's steps in the admin: the form each step asks for, and the journey it takes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from onboarding.forms.steps import (
    CopyForm,
    GrantForm,
    NoteForm,
    OfficerForm,
    ScorecardForm,
    SendAffidavitForm,
    StepForm,
)
from onboarding.models import ProductionRequest
from onboarding.states import Role, Step
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
    if not any(demo.has_begun for demo in request.demos.upcoming()):
        steps = [step for step in steps if step.verb not in _RATING]
    return [step for step in steps if step.verb != "fail_demo"]  # one scorecard decides which of the two it is


def form_for(step: Step, request: ProductionRequest, **bound: Any) -> StepForm:
    """Return the form that the step asks for; `bound` holds `data` and `files` of a POST."""
    return REVIEWER_STEPS[step.verb][0].for_step(step, request, **bound)


def take(step: Step, request: ProductionRequest, form: StepForm, *, by: "User") -> None:
    """Take the step with the data of a valid form; raise InvalidTransition if it is refused."""
    REVIEWER_STEPS[step.verb][1](request, by=by, **form.cleaned_data)
