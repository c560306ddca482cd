"""The reviewer's steps in the admin: which form each asks for, and which verb it takes."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from django import forms
from django.contrib.humanize.templatetags.humanize import intcomma
from django.http import HttpRequest
from django.utils.translation import gettext as _

from myusa.lib.steps import InvalidTransition
from onboarding import evidence
from onboarding.forms.steps import CopyForm, GrantForm, NoteForm, OfficerForm, ScorecardForm, SendAffidavitForm
from onboarding.models import Affidavit, Demo, ProductionRequest, Signature
from onboarding.states import Role, Step
from onboarding.steps import production

if TYPE_CHECKING:
    from accounts.models import User

Data = dict[str, Any]


def offered(request: ProductionRequest, user: "User") -> list[Step]:
    """Return the steps a reviewer may take now, one for each button."""
    if not Role.REVIEWER.is_held_by(user, request.app):
        return []
    steps = [step for step in request.steps_for(user) if Role.REVIEWER in step.roles]
    if not any(demo.has_begun for demo in request.demos.upcoming()):
        steps = [step for step in steps if step.verb not in RATING]
    return [step for step in steps if step.verb != "fail_demo"]  # one scorecard decides which of the two it is


RATING = {"pass_demo", "fail_demo"}


def form_for(step: Step, request: ProductionRequest, http_request: HttpRequest) -> forms.Form:
    """Return the form that the step asks for, filled from a POST."""
    bound: dict[str, Any] = (
        {"data": http_request.POST, "files": http_request.FILES} if http_request.method == "POST" else {}
    )
    match step.verb:
        case "send_affidavit":
            return SendAffidavitForm(**bound, evidence_is_met=all(each.is_met for each in evidence.of(request)))
        case "resend_affidavit":
            last = Affidavit.objects.latest_of(request)
            return OfficerForm(**bound, initial=OfficerForm.initial_of(last) if last else {})
        case "record_affidavit":
            return CopyForm(**bound)
        case "pass_demo" | "fail_demo":
            return ScorecardForm(**bound, demo=_demo(request))
        case "grant":
            return GrantForm(**bound, request=request)
        case _:
            return NoteForm(**bound, needed=step.needs_note)


def effect(step: Step, request: ProductionRequest) -> str:
    """Return what staff should know before they take the step."""
    answers = request.answers
    match step.verb:
        case "send_affidavit":
            return _(
                "The link goes to %(name)s, %(title)s (%(email)s), and the team is told how its demo is rated."
            ) % {
                "name": answers.get("officer_name", ""),
                "title": answers.get("officer_title", ""),
                "email": answers.get("officer_email", ""),
            }
        case "resend_affidavit":
            return _("Links sent before no longer work.")
        case "record_affidavit":
            return _("Read the document first: it must be the text that was sent, signed by hand.")
        case "pass_demo" | "fail_demo":
            return _("The demo was on %(when)s. The result and your comments are emailed to the team.") % {
                "when": _demo(request).slot
            }
        case "grant":
            return " ".join(
                _("%(product)s: %(second)s calls a second and %(day)s a day, if you name no others.")
                % {
                    "product": product,
                    "second": intcomma(product.production_calls_per_second),
                    "day": intcomma(product.production_calls_per_day),
                }
                for product in request.grantable_products()
            )
        case "suspend":
            return _("The production keys reach nothing until the access is resumed. The sandbox keeps working.")
        case "revoke":
            return _("The production secrets end for good, and the app needs a new request.")
        case "deny":
            return _("The request ends, and a booked demo is cancelled. The team can start a new one.")
        case _:
            return ""


def take(step: Step, request: ProductionRequest, data: Data, form: forms.Form, *, by: "User") -> None:
    """Take the step with what the form holds; raise InvalidTransition if it is refused."""
    VERBS[step.verb](request, data, form, by)


def _send_affidavit(request: ProductionRequest, data: Data, form: forms.Form, by: "User") -> None:
    Affidavit.objects.send_for(request, by=by, override=data.get("override", ""))


def _resend_affidavit(request: ProductionRequest, data: Data, form: forms.Form, by: "User") -> None:
    Affidavit.objects.resend_for(request, by=by, **data)


def _record_affidavit(request: ProductionRequest, data: Data, form: forms.Form, by: "User") -> None:
    affidavit = Affidavit.objects.latest_of(request)
    if affidavit is None:
        raise InvalidTransition(_("No affidavit was sent."))
    affidavit.request = request
    affidavit.record_copy(name=data["name"], title=data["title"], date=data["date"], pdf=data["document"], by=by)


def _accept_affidavit(request: ProductionRequest, data: Data, form: forms.Form, by: "User") -> None:
    _signature(request).accept(by=by, note=data["note"])


def _return_affidavit(request: ProductionRequest, data: Data, form: forms.Form, by: "User") -> None:
    _signature(request).return_to_officer(by=by, note=data["note"])


def _rate(request: ProductionRequest, data: Data, form: forms.Form, by: "User") -> None:
    assert isinstance(form, ScorecardForm)
    demo = form.demo
    demo.request = request
    demo.rate(form.ratings, by=by, remarks=data["remarks"])


def _signature(request: ProductionRequest) -> Signature:
    signature = Signature.objects.latest_of(request)
    if signature is None:
        raise InvalidTransition(_("Nobody has signed."))
    signature.affidavit.request = request
    return signature


def _demo(request: ProductionRequest) -> Demo:
    demo = request.demos.upcoming().first()
    if demo is None:
        raise InvalidTransition(_("No demo is booked."))
    return demo


VERBS: dict[str, Callable[[ProductionRequest, Data, forms.Form, "User"], None]] = {
    "request_changes": lambda request, data, form, by: request.request_changes(by=by, note=data["note"]),
    "send_affidavit": _send_affidavit,
    "resend_affidavit": _resend_affidavit,
    "record_affidavit": _record_affidavit,
    "accept_affidavit": _accept_affidavit,
    "return_affidavit": _return_affidavit,
    "pass_demo": _rate,
    "fail_demo": _rate,
    "grant": lambda request, data, form, by: production.grant(request, by=by, **data),
    "suspend": lambda request, data, form, by: production.suspend(request, by=by, note=data["note"]),
    "resume": lambda request, data, form, by: production.resume(request, by=by, note=data["note"]),
    "revoke": lambda request, data, form, by: production.revoke(request, by=by, note=data["note"]),
    "deny": lambda request, data, form, by: request.deny(by=by, note=data["note"]),
}
