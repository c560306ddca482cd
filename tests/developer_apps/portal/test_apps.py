"""The page of an app and what can be changed there: members see, admins change, others find nothing."""

import re
from html import unescape

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from developer_apps.models import App, Authorization, Client, Product, Team, changes
from developer_apps.models.clients import Environment
from developer_apps.scopes import add_product, register_scopes
from myusa.lib import history
from myusa.lib.history import lines
from myusa.lib.steps import InvalidTransition
from onboarding.models import ProductionRequest
from onboarding.progress import next_words
from onboarding.states import State
from onboarding.steps import request as requests
from tests.developer_apps.elsewhere import make_product, subscribe
from tests.developer_apps.portal.test_dashboard import record
from tests.factories import (
    complete_for_public_access,
    make_app,
    make_production_client,
    make_team,
    make_test_user,
    make_token,
)
from tests.pages import tight

PAGES = ["", "keys/", "sign-in", "access", "production", "team", "settings"]
DETAILS = {"name": "Benefit Finder 2", "url": "https://benefits.example.gov", "support_contact": "help@example.gov"}


def page_of(application, *rest):
    return "/".join([f"/developer/apps/{application.app.pk}", *rest])


# --- Who sees what ----------------------------------------------------------------------------------


def every_page(application):
    secret = application.client.secrets.first()
    paths = [
        "",
        "keys/",
        "sign-in",
        "access",
        "production",
        "team",
        "settings",
        "edit",
        "scopes",
        "move",
        "delete",
        "history",
        "keys/sandbox/redirect-uris",
        "keys/sandbox/secrets/new",
    ]
    paths += ["keys/sandbox/secrets/rotate", f"keys/sandbox/secrets/{secret.pk}/revoke"]
    return [page_of(application, path) for path in paths]


def every_form(application):
    secret = application.client.secrets.first()
    forms = {
        "edit": DETAILS,
        "scopes": {"scopes": ["tasks"]},
        "public-access": {"note": ""},
        "public-access/withdraw": {},
        "move": {"team": 1},
        "delete": {"name": application.app.name},
        "keys/sandbox/redirect-uris": {"redirect_uris": "https://evil.example/callback"},
        "keys/sandbox/secrets/new": {"days": ""},
        "keys/sandbox/secrets/rotate": {"hours": "0"},
        f"keys/sandbox/secrets/{secret.pk}/revoke": {},
        "keys/sandbox/pkce": {"required": "yes"},
    }
    return [(page_of(application, path), data) for path, data in forms.items()]


def state_of(application):
    app = App.objects.get(pk=application.app.pk)
    client = Client.objects.get(pk=application.client.pk)
    secrets = list(client.secrets.order_by("pk").values("pk", "revoked_at", "expires_at"))
    requests = list(app.public_access_requests.values("status"))
    return (app.name, app.url, app.scopes, app.team_id, client.redirect_uris, client.requires_pkce, secrets, requests)


def test_admins_open_every_page_of_their_app(sign_in, developer, application):
    browser = sign_in(developer)
    for path in every_page(application):
        assert browser.get(path, follow=True).status_code == 200, path


def test_others_find_nothing_and_change_nothing(sign_in, outsider, rival, application):
    make_app(rival)
    before = state_of(application)
    for person in (outsider, rival):
        browser = sign_in(person)
        for path in every_page(application):
            assert browser.get(path).status_code == 404, path
        for path, data in every_form(application):
            assert browser.post(path, data).status_code == 404, path
    assert state_of(application) == before


def test_members_look_and_change_nothing(sign_in, teammate, application):
    browser, before = sign_in(teammate), state_of(application)
    for path in PAGES:
        assert browser.get(page_of(application, path)).status_code == 200, path
    assert browser.get(page_of(application, "history")).status_code == 200
    for path, data in every_form(application):
        assert browser.post(path, data).status_code == 403, path
    assert state_of(application) == before


def test_members_see_no_action_on_secrets(sign_in, teammate, application):
    browser = sign_in(teammate)
    page = "".join(browser.get(page_of(application, path)).content.decode() for path in PAGES)
    assert application.client_id in page
    assert application.client.secrets.get().last_four in page
    assert application.client_secret not in page
    for action in ("secrets/rotate", "/revoke", "secrets/new", "/edit", "/delete", "Request public access"):
        assert action not in page, action


def test_no_one_signed_out_sees_an_app(anonymous, application):
    for path in every_page(application):
        assert anonymous.get(path).url.startswith("/users/sign_in"), path


@pytest.mark.parametrize("path", ["x/", "0/", "99999999999999999999/"])
def test_ids_that_are_none_are_not_found(sign_in, developer, path):
    assert sign_in(developer).get(f"/developer/apps/{path}").status_code == 404


# --- The page itself --------------------------------------------------------------------------------


def test_page_has_what_is_needed_to_connect(sign_in, developer, application):
    browser = sign_in(developer)
    page = browser.get(page_of(application, "sign-in")).content.decode()
    assert f"http://testserver/users/sign_in?client_id={application.client_id}" in page
    assert "btn btn-social btn-myusa white" in page
    assert application.app.scopes in browser.get(page_of(application, "access")).content.decode()
    assert f"-u {application.client_id}:CLIENT_SECRET" in browser.get(page_of(application, "keys/")).content.decode()


def test_status_shows_mode_environment_and_next_step(sign_in, developer, application):
    browser = sign_in(developer)
    page = browser.get(page_of(application, "")).content.decode()
    assert "because this app is private" in page
    assert "2 members" in page
    assert "Build the sign-in and try it with your own account." in page
    assert "Create a test user" in page
    test_user = make_test_user(application.app.team)
    make_token(application, developer)
    page = browser.get(page_of(application, "")).content.decode()
    assert f"Calls act for your test user {test_user.name}" in page
    assert "When your app works, request public access" in page
    application.app.request_public_access(by=developer)
    assert "MyUSA staff are reviewing your request" in browser.get(page_of(application, "")).content.decode()


def test_an_app_that_is_open_to_everyone_has_nothing_to_build(sign_in, developer, public_application):
    page = sign_in(developer).get(page_of(public_application, "")).content.decode()
    assert "Your app is up and running." in page
    assert "Build the sign-in" not in page


def test_a_private_app_in_production_is_only_advised_to_request_public_access(sign_in, developer, application):
    subscribe(application.app, make_product(), production=True)
    make_production_client(application, by=developer)
    page = sign_in(developer).get(page_of(application, "")).content.decode()
    assert "Only your team can sign in." in page
    assert "Build the sign-in" not in page


def test_production_access_is_offered_once(sign_in, developer, application):
    subscribe(application.app, make_product())
    page = sign_in(developer).get(page_of(application, "")).content.decode()
    assert "When the app works in the sandbox, request production access." in page
    assert page.count("Get production access") == 1
    page = sign_in(developer).get(page_of(application, "production")).content.decode()
    assert page.count("Get production access") == 1


def test_what_a_production_request_waits_for_is_said_once(sign_in, developer, application):
    product = make_product()
    subscribe(application.app, product)
    request = requests.start(application.app, [product], by=developer)
    page = sign_in(developer).get(page_of(application, "")).content.decode()
    assert page.count(str(next_words(request))) == 1
    assert page.count(f'href="{request.get_absolute_url()}"') == 1


def test_admins_are_led_to_production_keys_that_wait(sign_in, developer, teammate, application):
    product = make_product()
    subscribe(application.app, product)
    request = requests.start(application.app, [product], by=developer)
    ProductionRequest.objects.update(state=State.GRANTED)
    application.app.subscriptions.get(product=product).grant_production(by=developer)
    production = make_production_client(application, by=developer)
    keys = f'href="{reverse("onboarding:keys", args=[request.pk])}"'
    assert keys not in sign_in(developer).get(page_of(application, "")).content.decode(), "they were fetched"
    production.client.secrets.all().delete()
    assert keys in sign_in(developer).get(page_of(application, "")).content.decode()
    page = sign_in(teammate).get(page_of(application, "")).content.decode()
    assert keys not in page
    assert "A team admin can get the production keys." in page


def test_the_panel_opens_the_traffic(sign_in, developer, application):
    browser, path = sign_in(developer), page_of(application, "")
    link = f'href="{page_of(application, "analytics/")}"'
    assert browser.get(path).content.decode().count(link) == 1, "in the navigation: the page waits for the first call"
    record(application.app, 200)
    assert browser.get(path).content.decode().count(link) == 2, "and in the panel"


def test_status_of_a_blocked_app_names_support(sign_in, developer, superuser, application):
    application.app.block(by=superuser, reason="Fraud.")
    page = sign_in(developer).get(page_of(application, "")).content.decode()
    assert "No one. MyUSA staff blocked this app" in page
    assert "mailto:" in page
    page += sign_in(developer).get(page_of(application, "settings")).content.decode()
    assert "Fraud." in page
    assert superuser.email not in page


def test_a_blocked_app_reads_no_data(sign_in, developer, superuser, application):
    application.app.block(by=superuser, reason="Fraud.")
    assert "None. This app is blocked" in sign_in(developer).get(page_of(application, "")).content.decode()


@pytest.mark.parametrize("environment", ["sandbox", "production"])
def test_suspended_keys_read_no_data(sign_in, developer, superuser, application, environment):
    production = make_production_client(application, by=developer)
    keys = production if environment == "production" else application
    keys.client.suspend(by=superuser, reason="Under review.")
    page = unescape(sign_in(developer).get(page_of(application, "")).content.decode())
    assert f"Your {environment} keys are suspended. They don't work." in page


def test_production_keys_are_next_to_the_sandbox_keys(sign_in, developer, application):
    production = make_production_client(application, by=developer)
    browser = sign_in(developer)
    page = tight(browser.get(page_of(application, "keys/")).content.decode())
    assert "Production keys" in page
    assert "Active secrets</caption>" in page
    assert "Active production secrets</caption>" in page
    assert production.client_id in page
    page = browser.get(page_of(application, "sign-in")).content.decode()
    assert f"client_id={application.client_id}" in page, "people keep coming by the first keys"


def test_page_costs_the_same_with_more_history_and_members(
    sign_in, developer, application, make_user, django_assert_max_num_queries
):
    browser = sign_in(developer)

    def statements():
        browser.get(page_of(application, ""))
        with CaptureQueriesContext(connection) as captured:
            for path in PAGES:
                browser.get(page_of(application, path))
        return len(captured)

    before = statements()
    for _ in range(5):
        application.app.team.memberships.create(user=make_user())
        make_test_user(application.app.team)
        application.client.add_secret(by=developer) if application.client.secrets.count() < 5 else None
    assert statements() <= before + 1


# --- Editing ----------------------------------------------------------------------------------------


def test_edited_details_are_saved_with_their_history(sign_in, developer, application):
    browser = sign_in(developer)
    assert browser.post(page_of(application, "edit"), DETAILS).status_code == 302
    app = App.objects.get(pk=application.app.pk)
    assert (app.name, app.url) == ("Benefit Finder 2", "https://benefits.example.gov")
    history = browser.get(page_of(application, "history")).content.decode()
    assert "<del>Benefit Finder</del>" in history
    assert "<ins>Benefit Finder 2</ins>" in history


def test_history_of_a_list_names_what_came_and_what_went(developer, application):
    app = application.app
    register_scopes(app, ["profile.email", "profile.city"], by=developer)
    register_scopes(app, ["profile.city", "tasks"], by=developer)
    line = next(line for line in lines.of(app) if line.what == "Scopes changed")
    assert line.changes == [lines.Change("scopes", "profile.email", "tasks")]


def test_history_shows_when_redirect_uris_only_change_places(developer, application):
    uris = ["https://a.example.gov/", "https://b.example.gov/"]
    application.client.set_redirect_uris(uris, by=developer)
    application.client.set_redirect_uris(uris[::-1], by=developer)
    (change,) = lines.of(application.app, limit=1)[0].changes
    assert (change.before, change.after) == (" ".join(uris), " ".join(uris[::-1]))


def test_an_app_moves_only_between_teams_of_the_same_admin(developer, teammate, rival, application):
    for by, team in ((developer, make_team(rival)), (teammate, make_team(teammate))):
        with pytest.raises(InvalidTransition):
            changes.move(application.app, team, by=by)
    assert App.objects.get(pk=application.app.pk).team.has_admin(developer)


def test_a_member_of_a_team_without_apps_finds_the_team(sign_in, outsider, developer):
    make_team(developer, outsider, name="Benefits office")
    page = sign_in(outsider).get("/developer/").content.decode()
    assert "No apps yet" in page
    assert "Benefits office" in page


def test_lists_of_apps_are_sorted_by_name(sign_in, developer, team):
    for name in ("Cedar", "Aspen", "Birch"):
        make_app(developer, team=team, name=name)
    for path in ("/developer/", "/authorizations"):
        page = sign_in(developer).get(path).content.decode()
        assert re.findall("Aspen|Birch|Cedar", page) == ["Aspen", "Birch", "Cedar"]


@pytest.mark.parametrize(
    "change",
    [
        {"name": ""},
        {"name": "x" * 101},
        {"url": "javascript:alert(1)"},
        {"terms_link": "https://a.example/terms"},
        {"is_federal_agency": "on"},
        {"description": "x" * 4001},
        {"name": "NUL\x00"},
    ],
)
def test_bad_details_are_refused_and_nothing_is_changed(sign_in, developer, application, change):
    before = state_of(application)
    answer = sign_in(developer).post(page_of(application, "edit"), {**DETAILS, **change})
    assert answer.status_code == 400
    assert state_of(application) == before


def test_fields_that_are_not_in_the_form_cannot_be_set(sign_in, developer, application):
    tampered = {
        **DETAILS,
        "mode": "public",
        "withheld_scopes": "x",
        "sandbox_calls_per_day": 10**6,
        "team": 1,
        "blocked_at": "now",
    }
    sign_in(developer).post(page_of(application, "edit"), tampered)
    app = App.objects.get(pk=application.app.pk)
    assert (app.mode, app.sandbox_calls_per_day, app.team_id) == ("private", None, application.app.team_id)


def test_unchecked_scopes_are_removed_from_the_app(sign_in, developer, application):
    browser = sign_in(developer)
    assert browser.post(page_of(application, "scopes"), {"scopes": ["profile.email", "tasks"]}).status_code == 302
    assert App.objects.get(pk=application.app.pk).scope_list == ["profile.email", "tasks"]
    assert browser.post(page_of(application, "scopes"), {}).status_code == 400
    assert browser.post(page_of(application, "scopes"), {"scopes": ["root"]}).status_code == 400
    assert App.objects.get(pk=application.app.pk).scope_list == ["profile.email", "tasks"]


def test_scopes_of_a_sandbox_only_product_are_marked(sign_in, developer, application):
    add_product(application.app, Product.objects.get(slug="foia-request"), by=developer)
    page = sign_in(developer).get(page_of(application, "access")).content.decode()
    assert "Team only" in page


def test_redirect_uris_are_changed_and_checked(sign_in, developer, application):
    browser, path = sign_in(developer), page_of(application, "keys/sandbox/redirect-uris")
    assert browser.post(path, {"redirect_uris": "https://a.example/x\nhttps://b.example/y"}).status_code == 302
    assert Client.objects.get(pk=application.client.pk).redirect_uri_list == [
        "https://a.example/x",
        "https://b.example/y",
    ]
    for bad in ("", "http://a.example/", "https://a.example/\nhttps://a.example/", "\x00"):
        assert browser.post(path, {"redirect_uris": bad}).status_code == 400, bad
    assert Client.objects.get(pk=application.client.pk).redirect_uri_list == [
        "https://a.example/x",
        "https://b.example/y",
    ]


def test_keys_of_an_environment_that_is_not_there_are_not_found(sign_in, developer, application):
    browser = sign_in(developer)
    for environment in (Environment.PRODUCTION, "staging"):
        assert browser.get(page_of(application, f"keys/{environment}/secrets/rotate")).status_code == 404


def test_pkce_can_be_required_and_become_optional_again(sign_in, developer, application):
    browser, path = sign_in(developer), page_of(application, "keys/sandbox/pkce")
    assert "without a code_challenge are rejected" in browser.get(page_of(application, "sign-in")).content.decode()
    browser.post(path, {"required": "yes"})
    assert Client.objects.get(pk=application.client.pk).requires_pkce
    assert "Sign-ins without PKCE are accepted again" in browser.get(page_of(application, "sign-in")).content.decode()
    browser.post(path, {"required": "no"})
    assert not Client.objects.get(pk=application.client.pk).requires_pkce


# --- Mode -------------------------------------------------------------------------------------------


def test_public_access_is_requested_once_and_withdrawn(
    sign_in, developer, application, django_capture_on_commit_callbacks
):
    complete_for_public_access(application.app, by=developer)
    browser = sign_in(developer)
    with django_capture_on_commit_callbacks(execute=True):
        browser.post(page_of(application, "public-access"), {"note": "Ready <b>now</b>."})
    assert "Public access requested: Benefit Finder" in mail.outbox[-1].subject
    page = browser.post(page_of(application, "public-access"), {}, follow=True).content.decode()
    assert "was already requested" in page
    assert "Ready &lt;b&gt;now&lt;/b&gt;." in page
    assert application.app.public_access_requests.count() == 1
    browser.post(page_of(application, "public-access/withdraw"))
    assert application.app.pending_request is None
    page = browser.post(page_of(application, "public-access/withdraw"), follow=True).content.decode()
    assert "There is no pending request" in page


def test_a_denial_is_shown_with_its_reason_and_can_be_followed_by_a_new_request(
    sign_in, developer, superuser, application
):
    complete_for_public_access(application.app, by=developer)
    application.app.request_public_access(by=developer).deny(by=superuser, reason="The privacy link is dead.")
    browser = sign_in(developer)
    assert "The privacy link is dead." in browser.get(page_of(application, "access")).content.decode()
    browser.post(page_of(application, "public-access"), {})
    assert application.app.pending_request is not None


# --- Moving and deleting ----------------------------------------------------------------------------


def test_an_app_moves_between_teams_that_one_leads(sign_in, developer, rival, application):
    second, foreign = Team.objects.create_for(developer, name="Second"), Team.objects.create_for(rival, name="Rivals")
    browser = sign_in(developer)
    assert browser.post(page_of(application, "move"), {"team": foreign.pk}).status_code == 400
    assert App.objects.get(pk=application.app.pk).team == application.app.team
    browser.post(page_of(application, "move"), {"team": second.pk})
    assert App.objects.get(pk=application.app.pk).team == second


def test_deleting_asks_for_the_exact_name(sign_in, developer, citizen, application):
    make_token(application, citizen)
    browser = sign_in(developer)
    assert browser.post(page_of(application, "delete"), {"name": "benefit finder"}).status_code == 400
    assert App.objects.filter(pk=application.app.pk).exists()
    browser.post(page_of(application, "delete"), {"name": "Benefit Finder"})
    assert not App.objects.filter(pk=application.app.pk).exists()
    assert not Authorization.objects.exists()
    assert browser.get(f"/developer/teams/{application.app.team_id}/history").content.decode().count("App deleted") == 1


def test_deleting_needs_a_fresh_sign_in(sign_in, developer, application):
    answer = sign_in(developer, age=3600).post(page_of(application, "delete"), {"name": "Benefit Finder"})
    assert answer.status_code == 302
    assert App.objects.filter(pk=application.app.pk).exists()


@pytest.mark.parametrize(
    ("facts", "shown"),
    [
        ({"pkce": True}, "Yes"),
        ({"mode": "public"}, "Public"),  # the app's own field
        ({"environment": "sandbox"}, "Sandbox"),
        ({"role": "admin"}, "Admin"),
        ({"name": "public"}, "public"),
        ({"unheard": "value"}, "value"),
        ({"role": None}, ""),
    ],
)
def test_the_history_shows_values_in_words(application, developer, facts, shown):
    history.record(application.app, "edited", by=developer, before=dict.fromkeys(facts, "x"), after=facts)
    (change,) = lines.of(application.app, limit=1)[0].changes
    assert (change.before, change.after) == ("x", shown)


def test_words_of_the_history_cost_no_statement_for_each_line(application, developer, django_assert_max_num_queries):
    for number in range(5):
        history.record(application.app, "edited", by=developer, after={"mode": f"{number}", "role": f"{number}"})
    lines.of(application.app)
    with django_assert_max_num_queries(1):
        assert len(lines.of(application.app)) > 5
