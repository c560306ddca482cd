"""Registering an app, editing it, requesting public access, moving, deletion, and its whole history."""

from contextlib import suppress

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import repeats, unsaved_forms
from accounts.guards import fresh_sign_in_required
from accounts.models.allowances import UsedUp
from accounts.unsaved_forms import survives_sign_in
from developer_apps import shown_once
from developer_apps.lookup import managed_app, signed_in, visible_app
from developer_apps.models import AppChange, changes
from developer_apps.portal import deletion, first_call, public_access, registration
from developer_apps.portal.forms.apps import MoveForm, PublicAccessForm
from developer_apps.portal.forms.fields import LOCAL_CALLBACK
from developer_apps.portal.forms.registration import DeletionForm, DetailsForm, RegistrationForm, ScopesForm
from developer_apps.scopes import register_scopes
from myusa.lib.database import counting
from myusa.lib.history import lines
from myusa.lib.steps import InvalidTransition


@survives_sign_in
@login_required
def new(request: HttpRequest) -> HttpResponse:
    """Register an app."""
    user = signed_in(request)
    initial: dict[str, object] = {
        "redirect_uris": [LOCAL_CALLBACK],
        "products": request.GET.getlist("product"),
        "scopes": request.GET.getlist("scope"),
        "team": request.GET.get("team"),
    }
    form = RegistrationForm(unsaved_forms.data(request), user=user, initial=initial)
    if request.method != "POST" or not form.is_valid():
        status = 400 if request.method == "POST" else 200
        return render(request, "developer_apps/portal/apps/new.html", {"form": form}, status=status)
    try:
        made = registration.register(
            user,
            details=form.details | form.notes,
            scopes=form.chosen_scopes,
            redirect_uris=form.cleaned_data["redirect_uris"],
            client_type=form.cleaned_data["client_type"],
            products=form.cleaned_data["products"],
            team=form.cleaned_data.get("team"),
            terms_version=form.newly_accepted_terms,
            form_key=form.key,
        )
    except UsedUp as refusal:
        form.add_error(None, str(refusal))
        return render(request, "developer_apps/portal/apps/new.html", {"form": form}, status=429)
    except InvalidTransition as refusal:  # staff deleted a product that was chosen
        form.add_error("products", str(refusal))
        return render(request, "developer_apps/portal/apps/new.html", {"form": form}, status=400)
    except registration.RegisteredAlreadyError as repeated:
        messages.info(
            request, _("You submitted this form twice. We created one app. If you missed its secret, create a new one.")
        )
        return redirect("developer_apps:app", repeated.app.pk)
    public_access.check_links(made.app)
    shown_once.keep(request, made.client, made.secret)
    with suppress(InvalidTransition):  # the team has all the test users it may have
        first_call.prepare(request, made.app, by=user)
    messages.success(request, _("%(name)s is registered. Your keys work right away.") % {"name": made.app.name})
    return redirect("developer_apps:app", made.app.pk)


@survives_sign_in
@login_required
def edit(request: HttpRequest, app_id: int) -> HttpResponse:
    """Change what people see of an app."""
    found = managed_app(request, app_id)
    form = DetailsForm(unsaved_forms.data(request), instance=changes.proposed(found))
    if request.method == "POST" and form.is_valid():
        try:
            waiting = changes.edit(found, form.details, by=signed_in(request))
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            return render(request, "developer_apps/portal/apps/edit.html", {"app": found, "form": form}, status=429)
        if form.newly_accepted_terms:
            found.accept_terms(form.newly_accepted_terms, by=signed_in(request))
        public_access.check_links(changes.proposed(found))
        _confirm(request, waiting, _("The details are saved."))
        return redirect("developer_apps:settings", found.pk)
    context = {"app": found, "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "developer_apps/portal/apps/edit.html", context, status=status)


@survives_sign_in
@login_required
def edit_scopes(request: HttpRequest, app_id: int) -> HttpResponse:
    """Change which scopes an app may ask for. Tokens lose the removed ones at their next call."""
    found = managed_app(request, app_id)
    form = ScopesForm(unsaved_forms.data(request), app=found)
    if request.method == "POST" and form.is_valid():
        try:
            waiting = changes.edit(found, form.notes, by=signed_in(request))
        except UsedUp as refusal:
            form.add_error(None, str(refusal))
            return render(request, "developer_apps/portal/apps/scopes.html", {"app": found, "form": form}, status=429)
        register_scopes(found, form.cleaned_data["scopes"], by=signed_in(request))
        _confirm(request, waiting, _("The scopes are saved."))
        return redirect("developer_apps:access", found.pk)
    context = {"app": found, "form": form}
    status = 400 if request.method == "POST" else 200
    return render(request, "developer_apps/portal/apps/scopes.html", context, status=status)


@survives_sign_in
@login_required
@repeats.once
def request_public_access(request: HttpRequest, app_id: int) -> HttpResponse:
    """Ask staff to let everyone sign in. People who open the URL itself get to the form."""
    if request.method != "POST":
        return redirect("developer_apps:access", visible_app(request, app_id).pk)
    found = managed_app(request, app_id)
    form = PublicAccessForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("The note is too long."))
        return redirect("developer_apps:access", found.pk)
    try:
        public_access.ask(found, by=signed_in(request), note=form.cleaned_data["note"])
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect("developer_apps:access", found.pk)
    messages.success(request, _("Request sent to MyUSA staff. We’ll email you when they decide."))
    return repeats.done(request, redirect("developer_apps:access", found.pk))


@login_required
@require_POST
def check_links(request: HttpRequest, app_id: int) -> HttpResponse:
    """Let a job fetch the app's addresses again."""
    found = managed_app(request, app_id)
    public_access.check_links(found)
    messages.success(request, _("We’re checking the addresses. Reload this page in a few seconds."))
    return redirect("developer_apps:access", found.pk)


@login_required
@require_POST
@repeats.once
def withdraw_public_access(request: HttpRequest, app_id: int) -> HttpResponse:
    """Take back a pending request for public access."""
    found = managed_app(request, app_id)
    pending = found.pending_request
    try:
        if pending is None:
            raise InvalidTransition(_("There is no pending request."))
        pending.withdraw(by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect("developer_apps:access", found.pk)
    messages.success(request, _("Request withdrawn."))
    return repeats.done(request, redirect("developer_apps:access", found.pk))


@login_required
@require_POST
@repeats.once
def withdraw_change(request: HttpRequest, app_id: int) -> HttpResponse:
    """Take back changes that wait for staff."""
    found = managed_app(request, app_id)
    waiting = found.pending_change
    try:
        if waiting is None:
            raise InvalidTransition(_("There are no pending changes."))
        waiting.withdraw(by=signed_in(request))
    except InvalidTransition as refusal:
        messages.error(request, str(refusal))
        return redirect("developer_apps:settings", found.pk)
    messages.success(request, _("Changes withdrawn."))
    return repeats.done(request, redirect("developer_apps:settings", found.pk))


@login_required
@repeats.once
def move(request: HttpRequest, app_id: int) -> HttpResponse:
    """Move an app to another team that the person is an admin of."""
    found = managed_app(request, app_id)
    form = MoveForm(request.POST if request.method == "POST" else None, app=found, user=signed_in(request))
    if request.method == "POST" and form.is_valid():
        try:
            waiting = changes.move(found, form.cleaned_data["team"], by=signed_in(request))
        except InvalidTransition as refusal:
            messages.error(request, str(refusal))
            return redirect("developer_apps:app_team", found.pk)
        _confirm(request, waiting, _("The app now belongs to %(team)s.") % {"team": found.team})
        return repeats.done(request, redirect("developer_apps:app_team", found.pk))
    context = {"app": found, "form": form}
    return render(request, "developer_apps/portal/apps/move.html", context, status=400 if form.is_bound else 200)


@survives_sign_in
@fresh_sign_in_required
@repeats.once
def delete(request: HttpRequest, app_id: int) -> HttpResponse:
    """Delete an app with everything that people granted it, after its name is typed."""
    found = managed_app(request, app_id)
    obligations = deletion.obligations(found)
    form = DeletionForm(unsaved_forms.data(request), app=found, is_reason_needed=bool(obligations))
    if request.method == "POST" and form.is_valid():
        deletion.delete(found, by=signed_in(request), reason=form.cleaned_data.get("reason", ""))
        messages.success(request, _("%(name)s is deleted.") % {"name": found.name})
        return repeats.done(request, redirect("developer_apps:home"))
    users = counting.in_words(counting.capped_count(found.authorizations.live()))
    context = {"app": found, "form": form, "users": users, "obligations": obligations}
    status = 400 if request.method == "POST" else 200
    return render(request, "developer_apps/portal/apps/delete.html", context, status=status)


@login_required
def history(request: HttpRequest, app_id: int) -> HttpResponse:
    """Every change of an app: who, when, before and after."""
    found = visible_app(request, app_id)
    return render(request, "developer_apps/portal/apps/history.html", {"app": found, "history": lines.of(found)})


def _confirm(request: HttpRequest, waiting: AppChange | None, done: str) -> None:
    messages.success(request, str(changes.WAITING_WORDS) if waiting else done)
