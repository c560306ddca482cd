"""The list of apps: what waits for the team first, then state and traffic; search and groups from ten apps on."""

from datetime import timedelta

import pytest
from django.utils import timezone

from developer_apps.models import Call, Environment, TokenKind
from tests.factories import make_app, make_team


def record(app, status, *, hours=1):
    Call.objects.create(
        app=app,
        at=timezone.now() - timedelta(hours=hours),
        environment=Environment.SANDBOX,
        token_kind=TokenKind.USER,
        endpoint="profile",
        method="GET",
        status=status,
        latency_us=1,
    )


def test_table_shows_calls_errors_and_the_last_call(sign_in, developer, team):
    app = make_app(developer, team=team, name="Busy").app
    for status in (200, 200, 403):
        record(app, status)
    record(app, 500, hours=30)
    page = sign_in(developer).get("/developer/").content.decode()
    assert '<td class="number" data-label="Calls, 24 hours">3</td>' in page
    assert '<td class="number" data-label="Errors, 24 hours">1</td>' in page
    assert "<time datetime=" in page


def test_denied_public_access_and_a_block_are_the_teams_turn(sign_in, developer, team, superuser):
    denied = make_app(developer, team=team, name="Denied").app
    denied.request_public_access(by=developer).deny(by=superuser, reason="No privacy policy.")
    blocked = make_app(developer, team=team, name="Blocked one").app
    blocked.block(by=superuser, reason="Spam.")
    page = sign_in(developer).get("/developer/").content.decode()
    assert page.index("MyUSA staff blocked this app") < page.index("Public access was denied")
    assert f'href="/developer/apps/{denied.pk}/access"' in page


def test_pending_public_access_is_a_state_and_not_the_teams_turn(sign_in, developer, application):
    application.app.request_public_access(by=developer)
    page = sign_in(developer).get("/developer/").content.decode()
    assert "Public access requested" in page
    assert "Your turn" not in page


@pytest.fixture
def many(developer, team):
    other = make_team(developer, name="Another team")
    for number in range(10):
        make_app(developer, team=team if number % 2 else other, name=f"App {number}")
    return other


@pytest.mark.usefixtures("many")
def test_ten_apps_are_grouped_by_team_and_can_be_searched(sign_in, developer):
    browser = sign_in(developer)
    page = browser.get("/developer/").content.decode()
    assert page.count("<table") == 2
    found = browser.get("/developer/?q=app 3").content.decode()
    assert "App 3" in found
    assert "App 4" not in found
    assert "No apps match" in browser.get("/developer/?q=nothing").content.decode()


def test_list_costs_the_same_with_more_apps(sign_in, developer, team, django_assert_max_num_queries):
    browser = sign_in(developer)
    make_app(developer, team=team)
    browser.get("/developer/")
    for number in range(5):
        record(make_app(developer, team=team, name=f"App {number}").app, 200)
    with django_assert_max_num_queries(14):
        browser.get("/developer/")


def test_nine_apps_have_no_search(sign_in, developer, application):
    assert 'role="search"' not in sign_in(developer).get("/developer/").content.decode()
