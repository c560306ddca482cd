"""Consent: what is asked and granted, what is remembered, and who may continue as a test user."""

import pytest
from django.test import Client as Browser
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import User
from developer_apps.models import App, Authorization, Grant, Product, PublicAccessRequest
from profiles.models import Profile
from tests import factories
from tests.developer_apps import flows
from tests.developer_apps.elsewhere import make_product
from tests.pages import form_of

pytestmark = pytest.mark.django_db


def test_consent_names_the_app_and_groups_the_scopes(browser, public_application):
    page = browser.get(flows.authorize_url(public_application)).content.decode()
    assert "Open Finder" in page
    for text in ("First name", "Give you tasks", "Send you notifications", "See your address", "citizen@example.gov"):
        assert text in page


def test_people_read_when_staff_checked_the_app_and_what_that_means(browser, superuser, public_application):
    decided = PublicAccessRequest.objects.get().decided_at
    assert App.objects.get().public_since == decided
    factories.make_token(public_application, User.objects.get(email="citizen@example.gov"), ["tasks"])
    connection = Authorization.objects.get()
    said = f"checked this app</a> on {date_format(timezone.localtime(decided), 'DATE_FORMAT')}, but don’t control"
    pages = (
        flows.authorize_url(public_application, prompt="consent"),
        "/authorizations",
        f"/authorizations/{connection.pk}",
    )
    for page in pages:
        text = browser.get(page).content.decode()
        assert said in text, page
        assert "/help#checked-apps" in text, page
    assert 'id="checked-apps"' in browser.get("/help").content.decode()
    public_application.app.make_private(by=superuser, reason="Not ready.")
    assert "staff checked" not in browser.get("/authorizations").content.decode()


def test_a_private_app_is_not_said_to_be_checked(application, developer, sign_in):
    page = sign_in(developer).get(flows.authorize_url(application)).content.decode()
    assert "This app is private" in page
    assert "staff checked" not in page


def test_same_scopes_are_not_asked_twice_and_new_ones_are(browser, public_application):
    flows.code_for(browser, public_application, ["tasks"], scope="tasks")
    assert browser.get(flows.authorize_url(public_application, scope="tasks")).status_code == 302
    page = browser.get(flows.authorize_url(public_application, scope="tasks notifications"))
    assert page.status_code == 200
    assert 'value="notifications"' in page.content.decode()
    assert 'value="tasks"' not in page.content.decode()


def test_unticked_scope_is_remembered_until_prompt_consent(browser, public_application):
    url = flows.authorize_url(public_application, scope="tasks notifications")
    flows.allow(browser, url, ["tasks"])
    code = flows.query_of(browser.get(url))["code"]
    assert flows.exchange(public_application, code).json()["scope"] == "tasks"
    again = browser.get(
        flows.authorize_url(public_application, scope="tasks notifications", prompt="consent")
    ).content.decode()
    assert 'value="tasks" checked' in again
    assert 'value="notifications">' in again


def test_prompt_consent_can_take_scopes_back(browser, public_application):
    flows.code_for(browser, public_application, ["tasks", "notifications"])
    flows.code_for(browser, public_application, ["notifications"], prompt="consent")
    assert Authorization.objects.get().scope_list == ["notifications"]


def test_all_unticked_is_a_sign_in_without_scopes(browser, public_application, api):
    body = flows.exchange(public_application, flows.code_for(browser, public_application, [])).json()
    assert body["scope"] == ""
    assert api(body["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == []
    assert api(body["access_token"]).get("/api/v1/profile").status_code == 403


def test_forged_scope_in_the_form_is_not_granted(browser, public_application):
    url = flows.authorize_url(public_application, scope="tasks")
    flows.allow(browser, url, ["tasks", "notifications", "profile.email"])
    assert Authorization.objects.get().scope_list == ["tasks"]


@pytest.mark.parametrize("field", ["client_id", "redirect_uri", "scope", "state", "code_challenge"])
def test_tampered_hidden_fields_change_nothing(browser, public_application, field):
    url = flows.authorize_url(public_application, scope="tasks", state="s")
    response = flows.allow(browser, url, ["tasks"], **{field: "https://evil.example/"})
    assert response["Location"].startswith(public_application.redirect_uri + "?")
    assert flows.query_of(response)["state"] == "s"


def test_switching_account_signs_out_and_comes_back(browser, public_application):
    response = browser.post(flows.authorize_url(public_application), {"action": "switch"})
    assert response["Location"].startswith("/users/sign_in?next=/oauth/authorize")
    assert "_auth_user_id" not in browser.session


def test_consent_refuses_cross_site_posts_and_framing(citizen, public_application):
    strict = factories.sign_in(Browser(enforce_csrf_checks=True), citizen)
    url = flows.authorize_url(public_application)
    assert flows.allow(strict, url, ["tasks"]).status_code == 403
    page = strict.get(url)
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert not Grant.objects.exists()


def test_member_continues_as_a_test_user_of_the_team(application, team, developer, sign_in, api):
    test_user = factories.make_test_user(team, by=developer)
    browser = sign_in(developer)
    url = flows.authorize_url(application)
    assert str(test_user.user.uid) in browser.get(url).content.decode()
    code = flows.query_of(flows.allow(browser, url, ["tasks"], continue_as=str(test_user.user.uid)))["code"]
    token = flows.exchange(application, code).json()["access_token"]
    assert api(token).get("/api/v1/tokeninfo").json()["resource_owner_id"] == test_user.user_id
    assert not Authorization.objects.filter(user=developer).exists()


def test_choosing_a_test_user_shows_its_values_and_shares_for_it(application, team, developer, sign_in, api):
    test_user = factories.make_test_user(team, by=developer)
    Profile.objects.of(test_user.user).update_values({"first_name": "Samira"}, by=developer)
    browser = sign_in(developer)
    flows.code_for(browser, application, ["tasks"], scope="tasks")
    url = flows.authorize_url(application, scope="tasks profile.first_name", prompt="consent")
    assert "Samira" not in browser.get(url).content.decode()
    page = browser.post(url, {"action": "choose", "continue_as": str(test_user.user.uid)})
    assert page.status_code == 200
    assert "Samira" in page.content.decode()
    form = form_of(page, having="scopes")
    assert form["scopes"] == ["profile.first_name", "tasks"]
    response = browser.post(url, {**form, "action": "allow"})
    tokens = flows.exchange(application, flows.query_of(response)["code"]).json()
    assert tokens["scope"] == "profile.first_name tasks"
    assert api(tokens["access_token"]).get("/api/v1/profile").json()["first_name"] == "Samira"


def test_no_one_continues_as_another_teams_test_user(application, developer, rival, sign_in):
    stranger = factories.make_test_user(factories.make_team(rival), by=rival)
    response = flows.allow(
        sign_in(developer), flows.authorize_url(application), ["tasks"], continue_as=str(stranger.user.uid)
    )
    assert response.status_code == 400
    assert not Grant.objects.exists()


def test_no_one_continues_as_a_test_user_with_production_keys(application, team, developer, sign_in):
    test_user = factories.make_test_user(team, by=developer)
    url = flows.authorize_url(factories.make_production_client(application, by=developer))
    browser = sign_in(developer)
    assert "continue_as" not in browser.get(url).content.decode()
    assert flows.allow(browser, url, ["tasks"], continue_as=str(test_user.user.uid)).status_code == 400
    assert not Grant.objects.exists()


def test_citizen_cannot_continue_as_a_test_user(browser, public_application, team, developer):
    test_user = factories.make_test_user(team, by=developer)
    url = flows.authorize_url(public_application)
    assert "continue_as" not in browser.get(url).content.decode()
    assert flows.allow(browser, url, ["tasks"], continue_as=str(test_user.user.uid)).status_code == 400


def test_sandbox_only_scopes_are_left_out_for_outsiders(browser, make_app, developer, sign_in, api):
    product = Product.objects.create(
        slug="lab", name="Lab API", scopes={"lab.read": "Read lab data"}, sandbox_only=True
    )
    application = make_app(developer, scopes=["tasks", "lab.read"], public=True)
    body = flows.exchange(application, flows.code_for(browser, application)).json()
    assert body["scope"] == "tasks"
    insider = flows.exchange(application, flows.code_for(sign_in(developer), application)).json()
    assert insider["scope"] == "lab.read tasks"
    product.sandbox_only = False
    product.save()
    product.apply_rules(by=None)
    code = flows.code_for(browser, application, ["lab.read", "tasks"])
    token = flows.exchange(application, code).json()["access_token"]
    product.sandbox_only = True
    product.save()
    product.apply_rules(by=None)
    assert api(token).get("/api/v1/tokeninfo").json()["scopes"] == ["tasks"]


def test_production_tokens_never_carry_sandbox_only_scopes(make_app, developer, sign_in, api):
    product = make_product("lab", scopes={"lab.read": "Read lab data"})
    application = make_app(developer, scopes=["tasks", "lab.read"])
    production, browser = factories.make_production_client(application, by=developer), sign_in(developer)
    before = flows.exchange(production, flows.code_for(browser, production)).json()
    assert before["scope"] == "lab.read tasks"
    product.sandbox_only = True
    product.save()
    product.apply_rules(by=None)
    assert api(before["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == ["tasks"]
    after = flows.exchange(production, flows.code_for(browser, production, prompt="consent")).json()
    assert after["scope"] == "tasks"


def test_consent_leaves_out_what_only_an_apps_own_token_uses(make_app, developer, citizen, sign_in, api):
    make_product("permits", name="Permits API", agency="Permit Office", scopes={"permits.read": "Read your permits"})
    application = make_app(developer, scopes=["tasks", "permits.read", "case_status.read"], public=True)
    browser = sign_in(citizen)
    page = browser.get(flows.authorize_url(application)).content.decode()
    assert "Use the Permits API of the Permit Office for you" in page
    assert "case_status.read" not in page
    token = flows.exchange(application, flows.code_for(browser, application)).json()
    assert token["scope"] == "permits.read tasks"
    assert "Permits API (Permit Office)" in browser.get("/authorizations").content.decode()
    own = flows.client_credentials(application, scope="case_status.read").json()
    assert own["scope"] == "case_status.read"
    assert "Own token only" in sign_in(developer).get(f"/developer/apps/{application.app.pk}/access").content.decode()


def test_a_product_that_no_longer_takes_peoples_tokens_loses_them(make_app, developer, citizen, sign_in, api):
    product = make_product("permits", scopes={"permits.read": "Read your permits"})
    application = make_app(developer, scopes=["tasks", "permits.read"], public=True)
    browser = sign_in(citizen)
    token = flows.exchange(application, flows.code_for(browser, application)).json()["access_token"]
    product.app_token_only = True
    product.save()
    assert api(token).get("/api/v1/tokeninfo").json()["scopes"] == ["tasks"]
    assert "Read your permits" not in browser.get("/authorizations").content.decode()
    assert browser.get(flows.authorize_url(application)).status_code == 302, "nothing is left to ask"


@pytest.mark.parametrize(
    ("uri", "asks_again"),
    [
        ("http://127.0.0.1:5000/cb", True),
        ("http://localhost/cb", True),
        ("gov.example.app:/cb", True),
        ("https://app.example.org/cb", False),
    ],
)
def test_person_confirms_each_sign_in_that_any_local_program_could_ask_for(browser, make_app, uri, asks_again):
    native = make_app(client_type="public", public=True, redirect_uris=[uri], scopes=["tasks"])
    url = flows.authorize_url(native, **flows.PKCE)
    assert flows.allow(browser, url, ["tasks"])["Location"].startswith(f"{uri}?code=")
    again = browser.get(url)
    silent = flows.query_of(browser.get(flows.authorize_url(native, **flows.PKCE, prompt="none")))
    if asks_again:
        assert again.status_code == 200
        assert silent["error"] == "consent_required"
        assert flows.allow(browser, url, [])["Location"].startswith(f"{uri}?code=")
    else:
        assert again.status_code == 302
        assert "code" in silent


def test_sensitive_fields_are_unchecked_until_the_person_checks_them(browser, citizen, public_application):
    sensitive = {
        f"profile.{name}"
        for name in ("gender", "marital_status", "is_parent", "is_student", "is_veteran", "is_retired")
    }
    url = flows.authorize_url(public_application)
    page = form_of(browser.get(url), having="scopes")
    assert set(page["scopes"]) == set(public_application.app.scope_list) - sensitive
    flows.allow(browser, url, [*page["scopes"], "profile.gender"])
    again = form_of(browser.get(flows.authorize_url(public_application, prompt="consent")), having="scopes")
    assert set(again["scopes"]) & sensitive == {"profile.gender"}


def test_consent_says_why_the_app_asks_what_it_needs_and_where_the_person_goes(browser, make_app):
    application = make_app(
        name="Benefit Finder",
        scopes=["profile.zip", "profile.is_veteran"],
        needed_scopes="profile.is_veteran",
        scope_reasons={"profile.zip": "Benefits differ by ZIP code."},
        public=True,
    )
    page = browser.get(flows.authorize_url(application)).content.decode()
    assert "Benefit Finder says: Benefits differ by ZIP code." in page
    assert "Benefit Finder says it needs this" in page
    assert "Share and continue to app.example.org" in page
    assert "until you disconnect Benefit Finder" in page


def test_consent_has_no_navigation_to_click_away_to(browser, public_application):
    page = browser.get(flows.authorize_url(public_application)).content.decode()
    for link in ('href="/profile"', 'href="/developer/"', 'href="/"', 'class="skip-link"'):
        assert link not in page


def test_a_person_who_is_turned_away_finds_the_way_back_and_who_helps(browser, application, developer):
    application.app.apply({"support_contact": "help@app.example.org"}, by=developer)
    private = browser.get(flows.authorize_url(application))
    broken = browser.get(flows.authorize_url(application, redirect_uri="https://evil.example/"))
    assert (private.status_code, broken.status_code) == (403, 400)
    for page in (private, broken):
        text = page.content.decode()
        assert "Go back to Benefit Finder" in text
        assert "help@app.example.org" in text
    assert "Benefit Finder has a setup problem" in broken.content.decode()
