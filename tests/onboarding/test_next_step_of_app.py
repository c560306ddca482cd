"""The page of an app and the list of apps name the most pressing step first, in each state of a production request."""

import re

import pytest
from django.urls import reverse

from developer_apps.models import Call, Environment, Product, TokenKind
from developer_apps.models.products import invalidate_catalog
from developer_apps.scopes import register_scopes
from onboarding import panels
from onboarding.states import State, Turn
from onboarding.steps import production
from tests.developer_apps.elsewhere import record
from tests.factories import make_test_user
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
    if state == State.AFFIDAVIT_ACCEPTED:
        assert (link, words) == (reverse("onboarding:book_demo", args=[request.pk]), "Book a demo")
    elif state in OWN_TURN:
        assert (link, words) == (request.get_absolute_url(), panels.ACTIONS[state])
    elif state in WAITING:
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


def test_each_thing_in_the_list_that_waits_for_the_team_names_its_own_action(reach, sign_in, developer):
    reach(State.AFFIDAVIT_ACCEPTED)
    page = tight(sign_in(developer).get("/developer/").content.decode())
    waiting = page.split('<ul class="your-turn">')[1].split("</ul>")[0]
    assert re.findall(r'<a class="usa-link" href="[^"]+">([^<]+)<', waiting) == ["Book a demo"]


def test_traffic_of_an_app_is_figures_that_read_at_a_glance(reach, sign_in, developer):
    app = reach(State.BUILDING).app
    app.calls.all().delete()
    record(app, status=404)
    page = sign_in(developer).get(f"/developer/apps/{app.pk}/").content.decode()
    assert re.findall(r'<span class="figure">(\d+)</span>\s*([a-z]+)', page) == [
        ("1", "call"),
        ("1", "error"),
        ("0", "people"),
    ]


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


def test_server_app_in_production_is_not_told_to_ask_for_public_access(reach, sign_in, developer, product):
    request = reach(State.GRANTED)
    production.show_secret(request, by=developer)
    make_test_user(request.app.team, by=developer)
    page = f"/developer/apps/{request.app_id}/"
    assert next_step_on(sign_in(developer).get(page).content.decode())[1] == "Request public access"
    Product.objects.filter(pk=product.pk).update(app_token_only=True)
    invalidate_catalog()
    register_scopes(request.app, ["visa.read"], by=developer)
    assert next_step_on(sign_in(developer).get(page).content.decode())[1] == "View traffic"
