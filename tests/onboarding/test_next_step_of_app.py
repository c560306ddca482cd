"""The page of an app and the list of apps name the most pressing step first, in each state of a production request."""

import re

import pytest
from django.urls import reverse

from developer_apps.models import Call, Environment, TokenKind
from onboarding.states import State, Turn
from tests.pages import tight

OWN_TURN = {
    State.BUILDING,
    State.CHANGES_REQUESTED,
    State.AFFIDAVIT_ACCEPTED,
    State.DEMO_SCHEDULED,
    State.DEMO_FAILED,
    State.SUSPENDED,
}
WAITING = {State.REQUESTED, State.AFFIDAVIT_SENT, State.AFFIDAVIT_SIGNED, State.DEMO_PASSED}


def next_step_on(page):
    """Return the address and the words of the primary action of the status panel."""
    return re.search(r'class="next-step">.*?<a class="usa-button[^"]*" href="([^"]+)">([^<]+)<', tight(page)).groups()


@pytest.mark.parametrize("state", list(State))
def test_first_step_of_an_app_is_the_most_pressing_one(reach, state, sign_in, developer):
    request = reach(state)
    app = request.app
    link, words = next_step_on(sign_in(developer).get(f"/developer/apps/{app.pk}/").content.decode())
    if state in OWN_TURN or state in WAITING:
        assert (link, words) == (request.get_absolute_url(), "Open the production request")
    elif state == State.GRANTED:
        assert (link, words) == (reverse("onboarding:keys", args=[request.pk]), "Get the keys")
    else:
        assert (link, words) == (reverse("developer_apps:production", args=[app.pk]), "Get production access")


@pytest.mark.parametrize("state", [State.BUILDING, State.REQUESTED, State.SUSPENDED])
def test_list_of_apps_shows_what_waits_for_the_team(reach, state, sign_in, developer):
    request = reach(state)
    page = sign_in(developer).get("/developer/").content.decode()
    assert request.get_state_display() in page
    assert ("Your turn" in page) == (request.turn == Turn.TEAM)
    assert (f'href="{request.get_absolute_url()}"' in page) == (request.turn == Turn.TEAM)


def test_app_that_calls_from_its_server_is_not_told_to_build_a_sign_in(subscribed, sign_in, developer):
    page = f"/developer/apps/{subscribed.app.pk}/"
    assert "Build the sign-in" in sign_in(developer).get(page).content.decode()
    Call.objects.create(
        app=subscribed.app,
        at="2026-11-01T00:00:00Z",
        environment=Environment.SANDBOX,
        token_kind=TokenKind.CLIENT,
        endpoint="visa",
        method="GET",
        status=200,
        latency_us=1,
    )
    assert "Build the sign-in" not in sign_in(developer).get(page).content.decode()
