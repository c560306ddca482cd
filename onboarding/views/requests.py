"""The pages of a production request: its start, its status, and the steps of the team."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts import repeats, unsaved_forms
from accounts.guards import has_second_factor, person
from accounts.unsaved_forms import survives_sign_in
from developer_apps.docs.places import place
from developer_apps.models import App, Environment, Product
from myusa.lib.http.network import client_address
from myusa.lib.steps import InvalidTransition
from onboarding import (
    duties,
    evidence,
    last_calls,
    parts,
    progress,
    questions,
    review_warnings,
    runs,
    samples,
    time_zones,
    waits,
)
from onboarding.forms.steps import NoteForm, OfficerForm, ReplyForm, StartForm
from onboarding.models import Affidavit, ProductionRequest, Signature
from onboarding.states import ENDED, STAGES, STATES, Role, State, Turn
from onboarding.steps import production
from onboarding.steps import request as requests
from onboarding.views.lookup import take, visible_request


@login_required
@repeats.once
def start(request: HttpRequest, app_id: int) -> HttpResponse:
    """Start a request: an admin of the team chooses products that the app uses in the sandbox."""
    user = person(request)
    app = get_object_or_404(App.objects.visible_to(user).select_related("team"), pk=app_id)
    form = StartForm(request.POST or None, app=app)
    problem = ""
    if request.method == "POST":
        # By ID, not through the form: a product that is not offered is refused with its reason.
        numbers = [number for number in request.POST.getlist("products") if number.isdecimal()]
        try:
            started = requests.start(app, Product.objects.filter(pk__in=numbers), by=user)
        except InvalidTransition as refusal:
            problem = str(refusal)
        else:
            if started.answers:
                done = _("Request started with the answers of your last one. Check them, then send it.")
            else:
                done = _("Request started. Answer the questions, then send it.")
            messages.success(request, done)
            return repeats.done(request, redirect(started))
    context = {
        "app": app,
        "form": form,
        "problem": problem,
        "is_admin": app.is_managed_by(user),
        "open_request": app.production_requests.open().first(),
        "duties": duties.listed(),
        "sandbox_only": Product.objects.filter(subscriptions__app=app, sandbox_only=True),
    }
    return render(request, "onboarding/start.html", context, status=400 if problem else 200)


@survives_sign_in
@login_required
@require_safe
def show(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show the status of the request, who has the next step, and its history."""
    found = visible_request(request, request_id)
    context = _context(request, found)
    for name, (verb, form_of) in _TYPED.items():
        if typed := unsaved_forms.data(request, sent_to=reverse(f"onboarding:{verb}", args=[found.pk])):
            context[name] = form_of(typed)
    return render(request, "onboarding/request.html", context)


@login_required
@require_safe
def evidence_part(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show the evidence alone. The page refreshes its bars with it."""
    found = visible_request(request, request_id)
    context = {
        "evidence": (figures := evidence.of(found)),
        "last_calls": last_calls.of(found.app, figures),
        "app": found.app,
        "production_request": found,
    }
    return render(request, "onboarding/_evidence.html", context)


@login_required
@require_safe
def production_call(request: HttpRequest, request_id: int) -> HttpResponse:
    """Show whether a call with the production keys has arrived. The page refreshes itself with it."""
    found = visible_request(request, request_id)
    return render(request, "onboarding/_production_call.html", {"first_call": production.first_call(found.app)})


@login_required
@require_POST
@repeats.once
def submit(request: HttpRequest, request_id: int) -> HttpResponse:
    """Send the request to staff."""
    found = visible_request(request, request_id)

    def send() -> None:
        requests.submit(found, by=person(request), address=client_address(request))

    return take(request, found, send, _("Request sent to MyUSA staff."))


@survives_sign_in
@login_required
@repeats.once
def withdraw(request: HttpRequest, request_id: int) -> HttpResponse:
    """End the request, with a reason. By GET it leads to the page of the form, as `reply`."""
    found = visible_request(request, request_id)
    if request.method != "POST":
        return redirect(found)
    form = _withdraw_form(request.POST)
    if not form.is_valid():
        return show_again(request, found, "withdraw", withdraw_form=form)

    def end() -> None:
        requests.withdraw(found, by=person(request), note=form.cleaned_data["note"])

    return take(request, found, end, _("Request withdrawn."))


@survives_sign_in
@login_required
@repeats.once
def reply(request: HttpRequest, request_id: int) -> HttpResponse:
    """Write to staff about a suspension. A person who had to sign in again comes back by GET, to the page of the form."""
    found = visible_request(request, request_id)
    if request.method != "POST":
        return redirect(found)
    form = ReplyForm(request.POST)
    if not form.is_valid():
        return show_again(request, found, "reply", reply_form=form)

    def send() -> None:
        requests.reply(found, by=person(request), text=form.cleaned_data["text"])

    return take(request, found, send, _("Reply sent. Staff will reply by email."))


def show_again(request: HttpRequest, found: ProductionRequest, verb: str, **wrong: Form) -> HttpResponse:
    """Show the page of the request again with the errors of a step's form."""
    context = _context(request, found)
    if verb not in context["verbs"]:
        messages.error(request, _("You can't do this now."))
        return redirect(found)
    (form,) = wrong.values()
    return render(request, "onboarding/request.html", {**context, **wrong, "form": form}, status=400)


def _withdraw_form(data: QueryDict | None = None) -> NoteForm:
    return NoteForm(data, needed=True, auto_id="withdraw-%s")


# The forms of the page: the address to which each is sent, and how it is bound.
_TYPED: dict[str, tuple[str, Callable[[QueryDict], Form]]] = {
    "reply_form": ("reply", ReplyForm),
    "withdraw_form": ("withdraw", _withdraw_form),
    "officer_form": ("resend_affidavit", OfficerForm),
}


def _context(request: HttpRequest, found: ProductionRequest) -> dict[str, Any]:
    user = person(request)
    roles = found.roles_of(user)
    verbs = {
        step.verb
        for step in found.steps_for(user, roles)
        if {Role.TEAM, Role.TEAM_ADMIN} & set(step.roles) & set(roles)
    }
    if found.state == State.SUSPENDED:
        verbs.add("reply")  # no step: it moves nothing
    figures = evidence.of(found) if found.is_open else []
    app_runs = runs.of(found) if found.is_open else []
    entries = progress.history_of(found)
    affidavit = Affidavit.objects.latest_of(found)
    demos = list(
        found.demos.select_related("slot", "request__app").prefetch_related("scores__product", "scores__run_step__run")
    )
    sections = [(section, questions.missing(found.answers, section)) for section in questions.SECTIONS]
    evidence_is_met = all(each.is_met for each in figures)
    demo = next((demo for demo in demos if not demo.cancelled_at and not demo.result), None)
    zone = time_zones.of(request)
    missing_count = sum(len(missing) for _section, missing in sections)
    sample_form = samples.SampleForm(request.GET)
    sample = samples.of(found, sample_form) if found.is_open else []
    signatures = list(Signature.objects.filter(affidavit__request=found).select_related("affidavit__text"))
    rated_demos = [demo for demo in demos if demo.result]
    timeline = progress.timeline(entries)
    return {
        "production_request": found,
        "app": found.app,
        "products": found.products.all(),
        "stages": STAGES,
        "help_topic": STATES[State(found.state)].help_topic,
        "stage": progress.stage_number(found.state),
        "state_kind": progress.kind_of(found.state),
        "turn": found.turn,
        "next_words": progress.next_words(found, is_complete=bool(figures) and evidence_is_met and not missing_count),
        "note": progress.latest_note(entries),
        "is_admin": Role.TEAM_ADMIN in roles,
        "can_restart": found.state in ENDED and Role.TEAM_ADMIN in roles and _can_start(found.app),
        "verbs": verbs,
        "evidence": figures,
        "last_calls": last_calls.of(found.app, figures),
        "evidence_is_met": evidence_is_met,
        "runs": app_runs,
        "sample_form": sample_form,
        "sample": sample,
        "staff_warnings": review_warnings.about(found, figures, app_runs) if found.is_editable else [],
        "sections": sections,
        "missing_count": missing_count,
        "affidavit": affidavit,
        "officer_form": OfficerForm(initial=OfficerForm.initial_of(affidavit)) if affidavit else None,
        "signatures": signatures,
        "demo": demo,
        "rated_demos": rated_demos,
        "withdraw_form": _withdraw_form(),
        "reply_form": ReplyForm(),
        "keys_wait": found.state == State.GRANTED and production.secret_can_be_shown(found),
        "places": [(each, place(each, Environment.PRODUCTION)) for each in found.grantable_products()]
        if found.state == State.GRANTED
        else [],
        "first_call": production.first_call(found.app) if found.state == State.GRANTED else None,
        "needs_second_factor": Role.TEAM_ADMIN in roles and found.is_open and not has_second_factor(user),
        "production_client": production.production_client(found.app) if found.state == State.GRANTED else None,
        "timeline": timeline,
        "parts": [
            *([parts.usage(found, figures)] if found.is_open else []),
            *([parts.calls(is_filtered=sample_form.has_changed())] if sample else []),
            *([parts.scenarios(app_runs)] if app_runs else []),
            parts.questions(found, missing_count),
            *([parts.affidavit(found, signatures)] if affidavit else []),
            *([parts.demos(found, rated_demos)] if rated_demos else []),
            parts.history(timeline),
        ],
        "wait": waits.usual(found.state) if found.turn in (Turn.STAFF, Turn.OFFICER) else None,
        "zone": zone,
        "demo_time": time_zones.in_words(demo.slot.starts_at, zone) if demo else "",
        "link_due": time_zones.in_words(demo.link_due, zone) if demo and demo.link_due else "",
    }


def _can_start(app: App) -> bool:
    return (
        not app.is_blocked and requests.eligible_products(app).exists() and not app.production_requests.open().exists()
    )
