"""The pages on which a team creates, edits and removes its test users."""

from typing import Any, cast

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts import repeats
from developer_apps.access import faults
from developer_apps.lookup import signed_in, visible_team
from developer_apps.models import Team, TestUser
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
    context |= {"faults": faults.DESCRIPTIONS, "can_edit_profiles": can_edit_profiles()}
    return render(request, "developer_apps/sandbox/test_users.html", context)


@login_required
@repeats.once
def new(request: HttpRequest, team_id: int) -> HttpResponse:
    """Create a test user."""
    team = visible_team(request, team_id)
    form = TestUserForm(request.POST if request.method == "POST" else None)
    if request.method == "POST" and form.is_valid():
        try:
            made = create_test_user(team, **form.cleaned_data, by=signed_in(request))
        except InvalidTransition as refusal:
            form.add_error(None, str(refusal))
        else:
            messages.success(request, _("%(name)s is ready for your sandbox calls.") % {"name": made.name})
            return repeats.done(request, redirect("developer_apps:test_users", team.pk))
    return render(
        request, "developer_apps/sandbox/new.html", {"team": team, "form": form}, status=400 if form.is_bound else 200
    )


@login_required
def edit(request: HttpRequest, team_id: int, test_user_id: int) -> HttpResponse:
    """Edit the profile of a test user."""
    team, test_user = _find(request, team_id, test_user_id)
    form = profile_form(test_user, request.POST if request.method == "POST" else None)
    if form is not None and request.method == "POST" and form.is_valid():
        form.save(by=signed_in(request))
        messages.success(request, _("The profile of %(name)s is saved.") % {"name": test_user.name})
        return redirect("developer_apps:test_users", team.pk)
    invalid = form is not None and cast(Form, form).is_bound
    context: dict[str, Any] = {"team": team, "test_user": test_user, "form": form}
    return render(request, "developer_apps/sandbox/edit.html", context, status=400 if invalid else 200)


@login_required
@require_POST
def make_default(request: HttpRequest, team_id: int, test_user_id: int) -> HttpResponse:
    """Make this the test user for calls that name none."""
    team, test_user = _find(request, team_id, test_user_id)
    test_user.make_default(by=signed_in(request))
    messages.success(request, _("Calls that name no test user now act for %(name)s.") % {"name": test_user.name})
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
