"""The pages on which a team creates, edits and removes its test users."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import repeats, unsaved_forms
from accounts.unsaved_forms import survives_sign_in
from developer_apps.access import faults
from developer_apps.lookup import signed_in, visible_team
from developer_apps.models import Client, Environment, Team, TestUser
from developer_apps.sandbox.forms import TestUserForm
from developer_apps.sandbox.test_users import can_edit_profiles, create_test_user, profile_form, remove_test_user
from myusa.lib.steps import InvalidTransition


@login_required
def test_users(request: HttpRequest, team_id: int) -> HttpResponse:
    """All test users of a team, and how calls act for them."""
    team = visible_team(request, team_id)
    found = team.test_users.select_related("user")
    context: dict[str, Any] = {
        "team": team,
        "test_users": found,
        "default": next((each for each in found if each.is_default), None),
    }
    client = Client.objects.filter(
        app__team=team, environment=Environment.SANDBOX, client_type=Client.CLIENT_CONFIDENTIAL, suspended_at=None
    ).first()
    context |= {"client": client, "token_url": settings.BASE_URL + reverse("oauth2_provider:token")}
    context |= {"faults": faults.DESCRIPTIONS, "can_edit_profiles": can_edit_profiles()}
    return render(request, "developer_apps/sandbox/test_users.html", context)


@survives_sign_in
@login_required
@repeats.once
def new(request: HttpRequest, team_id: int) -> HttpResponse:
    """Create a test user."""
    team = visible_team(request, team_id)
    form = TestUserForm(unsaved_forms.data(request))
    if request.method == "POST" and form.is_valid():
        try:
            made = create_test_user(team, **form.cleaned_data, by=signed_in(request))
        except InvalidTransition as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is ready for your sandbox calls.") % {"name": made.name})
            return repeats.done(request, redirect("developer_apps:test_users", team.pk))
    return render(
        request,
        "developer_apps/sandbox/new.html",
        {"team": team, "form": form},
        status=400 if request.method == "POST" else 200,
    )


@survives_sign_in
@login_required
def edit(request: HttpRequest, team_id: int, test_user_id: int) -> HttpResponse:
    """Edit the profile of a test user."""
    team, test_user = _find(request, team_id, test_user_id)
    form = profile_form(test_user, unsaved_forms.data(request))
    if form is not None and request.method == "POST" and form.is_valid():
        form.save(by=signed_in(request))
        messages.success(request, _("The profile of %(name)s is saved.") % {"name": test_user.name})
        return redirect("developer_apps:test_users", team.pk)
    context: dict[str, Any] = {"team": team, "test_user": test_user, "form": form}
    return render(request, "developer_apps/sandbox/edit.html", context, status=400 if request.method == "POST" else 200)


@login_required
@require_POST
def make_default(request: HttpRequest, team_id: int, test_user_id: int) -> HttpResponse:
    """Make this the test user for calls that name none."""
    team, test_user = _find(request, team_id, test_user_id)
    test_user.make_default(by=signed_in(request))
    messages.success(request, _("Calls without a test user now act for %(name)s.") % {"name": test_user.name})
    return redirect("developer_apps:test_users", team.pk)


@login_required
@repeats.once
def remove(request: HttpRequest, team_id: int, test_user_id: int) -> HttpResponse:
    """Delete a test user with its data, after a confirmation."""
    team, test_user = _find(request, team_id, test_user_id)
    if request.method == "POST":
        remove_test_user(test_user, by=signed_in(request))
        messages.success(request, _("%(name)s is removed.") % {"name": test_user.name})
        return repeats.done(request, redirect("developer_apps:test_users", team.pk))
    return render(request, "developer_apps/sandbox/remove.html", {"team": team, "test_user": test_user})


def _find(request: HttpRequest, team_id: int, test_user_id: int) -> tuple[Team, TestUser]:
    team = visible_team(request, team_id)
    return team, get_object_or_404(team.test_users.select_related("user"), pk=test_user_id)
