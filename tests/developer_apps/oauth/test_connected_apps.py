"""What people see and decide about the apps that act for them, and what leaves with their account."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts import contributions, deletion
from accounts.models import User
from developer_apps.models import App, Authorization, Membership, Product, Team, TestUser
from developer_apps.scopes import add_product, register_scopes
from profiles.models import Profile
from tests.factories import make_app, make_team, make_test_user, make_token
from tests.pages import form_of


def grant_of(user, application):
    return Authorization.objects.live().get(user=user, app=application.app)


def test_connected_apps_are_shown_with_what_they_have(sign_in, citizen, public_application):
    make_token(public_application, citizen, ["profile.email", "tasks"])
    page = sign_in(citizen).get("/authorizations").content.decode()
    assert "Open Finder" in page
    assert "Email address" in page
    assert "Give you tasks" in page
    assert "Send you notifications" not in page


def test_a_connection_is_paused_while_the_app_is_private(sign_in, citizen, superuser, public_application):
    make_token(public_application, citizen, ["profile.email"])
    assert "Paused" not in sign_in(citizen).get("/authorizations").content.decode()
    public_application.app.make_private(by=superuser, reason="Not ready.")
    assert "Paused: this app is private" in sign_in(citizen).get("/authorizations").content.decode()


def test_a_connection_of_a_member_is_not_paused(sign_in, teammate, application):
    make_token(application, teammate, ["profile.email"])
    assert "Paused" not in sign_in(teammate).get("/authorizations").content.decode()


def test_a_private_app_that_is_blocked_shows_as_blocked(sign_in, citizen, superuser, public_application):
    make_token(public_application, citizen, ["profile.email"])
    public_application.app.make_private(by=superuser, reason="Not ready.")
    public_application.app.block(by=superuser, reason="Abuse.")
    page = sign_in(citizen).get("/authorizations").content.decode()
    assert "Blocked by MyUSA" in page
    assert "Paused" not in page


def test_without_connections_the_page_says_what_would_appear(sign_in, citizen):
    page = sign_in(citizen).get("/authorizations").content.decode()
    assert "No app is connected" in page
    assert "New Application" in page


def test_my_applications_are_those_of_my_teams(sign_in, developer, teammate, rival, application):
    make_app(rival, name="Rival App")
    for person in (developer, teammate):
        page = sign_in(person).get("/authorizations").content.decode()
        assert "Benefit Finder" in page
        assert "Rival App" not in page


def test_unticked_scopes_leave_the_live_token(sign_in, citizen, public_application, api):
    token = make_token(public_application, citizen, ["profile.email", "tasks"])
    grant = grant_of(citizen, public_application)
    browser = sign_in(citizen)
    browser.post(f"/authorizations/{grant.pk}", {"scopes": ["profile.email"]})
    assert api(token).get("/api/v1/tasks").status_code == 403
    assert api(token).get("/api/v1/profile").status_code == 200
    browser.post(f"/authorizations/{grant.pk}", {})
    assert grant_of(citizen, public_application).scope_list == []


def test_an_old_page_keeps_what_was_granted_and_taken_since(sign_in, citizen, public_application):
    make_token(public_application, citizen, ["profile.email", "tasks"])
    grant, browser = grant_of(citizen, public_application), sign_in(citizen)
    page = form_of(browser.get(f"/authorizations/{grant.pk}"), having="scopes")
    Authorization.objects.grant(citizen, public_application.app, allowed=["notifications", "profile.city"])
    grant_of(citizen, public_application).change_scopes(["profile.email", "notifications", "profile.city"], by=citizen)

    browser.post(f"/authorizations/{grant.pk}", {**page, "scopes": ["profile.zip", "tasks"]})

    assert grant_of(citizen, public_application).scope_list == ["notifications", "profile.city", "profile.zip"]


def test_a_disconnected_apps_token_dies_at_once(sign_in, citizen, public_application, api):
    token = make_token(public_application, citizen)
    grant = grant_of(citizen, public_application)
    browser = sign_in(citizen)
    assert "Disconnect Open Finder?" in browser.get(f"/authorizations/{grant.pk}/disconnect").content.decode()
    assert api(token).get("/api/v1/profile").status_code == 200, "looking disconnects nothing"
    browser.post(f"/authorizations/{grant.pk}/disconnect")
    assert api(token).get("/api/v1/profile").status_code == 401
    assert not grant.access_tokens.exists()
    assert "Open Finder" not in browser.get("/authorizations").content.decode().replace(
        "Open Finder is disconnected", ""
    )
    assert browser.get(f"/authorizations/{grant.pk}").status_code == 404


def test_no_one_touches_anothers_connection(sign_in, anonymous, citizen, outsider, developer, public_application):
    make_token(public_application, citizen, ["tasks"])
    grant = grant_of(citizen, public_application)
    for person in (outsider, developer):
        browser = sign_in(person)
        for path in (f"/authorizations/{grant.pk}", f"/authorizations/{grant.pk}/disconnect"):
            assert browser.get(path).status_code == 404
            assert browser.post(path, {}).status_code == 404
    assert anonymous.post(f"/authorizations/{grant.pk}/disconnect").status_code == 302
    assert grant_of(citizen, public_application).scope_list == ["tasks"]


def test_a_scope_that_is_not_offered_cannot_be_ticked(sign_in, citizen, developer, public_application):
    register_scopes(public_application.app, ["tasks"], by=developer)
    make_token(public_application, citizen, ["tasks"])
    grant = grant_of(citizen, public_application)
    answer = sign_in(citizen).post(f"/authorizations/{grant.pk}", {"scopes": ["tasks", "profile.email"]})
    assert answer.status_code == 400
    assert grant_of(citizen, public_application).scope_list == ["tasks"]
    grant.change_scopes(["tasks", "profile.email"], by=citizen)
    assert grant_of(citizen, public_application).scope_list == ["tasks"]


def test_sandbox_only_scopes_are_offered_to_the_team_alone(sign_in, citizen, developer, public_application):
    add_product(public_application.app, Product.objects.get(slug="foia-request"), by=developer)
    for person, expected in ((citizen, False), (developer, True)):
        make_token(public_application, person, ["tasks"])
        page = sign_in(person).get(f"/authorizations/{grant_of(person, public_application).pk}").content.decode()
        assert ("foia_requests.read" in page) is expected


def test_the_page_costs_the_same_with_twice_the_connections(sign_in, citizen, developer, team):
    browser = sign_in(citizen)

    def statements(count):
        for _ in range(count):
            make_token(make_app(developer, team=team, public=True), citizen, ["tasks"])
        with CaptureQueriesContext(connection) as captured:
            assert browser.get("/authorizations").status_code == 200
        return len(captured)

    statements(2)
    assert statements(0) == statements(4)


# --- What it contributes to accounts --------------------------------------------------------------------------


def test_home_has_cards_for_connections_and_own_apps(sign_in, developer, citizen, public_application):
    make_token(public_application, citizen)
    assert "1 app is connected." in sign_in(citizen).get("/").content.decode()
    assert "<h3>Open Finder</h3>" in sign_in(developer).get("/").content.decode()


def test_hosts_of_connected_apps_may_follow_a_sign_out(citizen, developer, team):
    application = make_app(developer, team=team, public=True, url="https://benefits.example.gov:8443/start")
    assert contributions.sign_out_hosts(citizen) == set()
    make_token(application, citizen)
    assert contributions.sign_out_hosts(citizen) == {"benefits.example.gov"}
    grant_of(citizen, application).disconnect(by=citizen)
    assert contributions.sign_out_hosts(citizen) == set()


@pytest.mark.parametrize(
    "address",
    ["/users/sign_in?next=/oauth/authorize%3Fresponse_type%3Dcode%26client_id%3D{}", "/users/sign_in?client_id={}"],
)
def test_sign_in_tells_which_app_sent_the_person(anonymous, public_application, address):
    answer = anonymous.get(address.format(public_application.client_id), follow=True)
    assert "Open Finder" in answer.content.decode()


@pytest.mark.parametrize("client_id", ["unknown", "%00", "x" * 5000, ""])
def test_sign_in_works_with_a_client_id_that_is_none(anonymous, db, client_id):
    assert anonymous.get(f"/users/sign_in?next=/oauth/authorize%3Fclient_id%3D{client_id}").status_code == 200


def test_the_copy_of_ones_data_has_grants_and_teams(developer, application):
    make_token(application, developer, ["tasks"])
    part = contributions.export(developer)["apps"]
    assert part["connected_apps"][0]["scopes"] == ["tasks"]
    assert part["teams"][0]["apps"] == ["Benefit Finder"]


def test_deleting_an_account_tells_and_takes_what_no_one_else_leads(developer, outsider):
    solo = make_app(outsider, name="Solo App")
    make_test_user(solo.app.team)
    assert any("Solo App" in str(notice) for notice in contributions.deletion_notices(outsider))
    deletion.delete_account(outsider)
    assert not App.objects.exists()
    assert not Team.objects.exists()
    assert not TestUser.objects.exists()
    assert not User.objects.filter(email__endswith=".invalid").exists()


def test_a_team_with_others_goes_on_with_a_new_admin(developer, teammate, application):
    assert any(teammate.email in str(notice) for notice in contributions.deletion_notices(developer))
    deletion.delete_account(developer)
    assert App.objects.get().name == "Benefit Finder"
    assert Membership.objects.get().role == Membership.Role.ADMIN


def test_a_team_with_another_admin_needs_no_heir(developer, teammate, citizen, application):
    team = application.app.team
    team.memberships.create(user=citizen, role=Membership.Role.ADMIN)
    deletion.delete_account(developer)
    assert team.memberships.get(user=teammate).role == Membership.Role.MEMBER


def test_a_person_without_teams_gets_no_notice(citizen):
    assert contributions.deletion_notices(citizen) == []
    make_team(citizen)
    assert not any("deleted" in str(notice) for notice in contributions.deletion_notices(citizen))


def test_the_page_of_a_connection_shows_values_and_when_each_was_read(sign_in, citizen, public_application, api):
    public_application.app.apply(
        {"privacy_link": "https://app.example.org/privacy", "support_contact": "help@app.example.org"}, by=None
    )
    Profile.objects.of(citizen).update_values({"first_name": "Joan"}, by=citizen)
    api(make_token(public_application, citizen, ["profile.email"])).get("/api/v1/profile")
    page = sign_in(citizen).get(f"/authorizations/{grant_of(citizen, public_application).pk}").content.decode()
    assert "Joan" in page
    assert "Not in your profile yet" in page
    assert page.count("Last read on") == 1
    assert "https://app.example.org/privacy" in page
    assert "help@app.example.org" in page
    assert f"/authorizations/report/{public_application.app.pk}" in page
