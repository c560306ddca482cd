"""No reviewer takes a step of a production request of their own team."""

import pytest
from django.urls import reverse

from myusa.lib import history
from onboarding.states import State

WHY = "You belong to this app’s team, or did in the last 90 days. Another reviewer must decide."


@pytest.mark.parametrize("role", ["reviewer", "superuser"])
def test_a_reviewer_of_their_own_app_sees_why_and_takes_no_step(role, reach, staff, superuser, sign_in):
    request = reach(State.REQUESTED)
    insider = staff if role == "reviewer" else superuser
    request.app.team.memberships.create(user=insider)
    browser = sign_in(insider)
    page = reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    shown = browser.get(page).content.decode()
    assert WHY in shown
    assert "/step/" not in shown

    step = reverse("admin:onboarding_step", args=[request.pk, "deny"])
    answer = browser.post(step, {"version": request.version, "note": "No."}, follow=True)
    assert WHY in answer.content.decode()
    request.refresh_from_db()
    assert request.state == State.REQUESTED
    refused = [each.actor for each in history.of(request.app) if each.additional_data["verb"] == "decision_refused"]
    assert refused == [insider]
