"""The authorize endpoint and consent: who gets through, what is asked, and where the answer goes."""

from typing import Any
from urllib.parse import quote

import pytest
from django.test import Client as Browser

from developer_apps.models import Authorization, Grant
from developer_apps.models.clients import Client
from tests import factories
from tests.developer_apps import oauth
from tests.developer_apps.elsewhere import make_product

pytestmark = pytest.mark.django_db


def test_stranger_is_sent_to_sign_in_and_back(public_application: Any) -> None:
    url = oauth.authorize_url(public_application)
    response = Browser().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/users/sign_in?next=")
    assert quote("/oauth/authorize", safe="/") in response["Location"]


def test_consent_names_the_app_and_groups_the_scopes(browser: Browser, public_application: Any) -> None:
    page = browser.get(oauth.authorize_url(public_application)).content.decode()
    assert "Open Finder" in page
    for text in ("First name", "Tasks", "Notifications", "Address", "citizen@example.gov"):
        assert text in page


def test_answer_carries_state_and_issuer(browser: Browser, public_application: Any, settings: Any) -> None:
    url = oauth.authorize_url(public_application, state="a b&c=ü")
    answer = oauth.query_of(oauth.allow(browser, url, ["tasks"]))
    assert answer["state"] == "a b&c=ü"
    assert answer["iss"] == settings.BASE_URL


def test_cancel_tells_the_app(browser: Browser, public_application: Any, settings: Any) -> None:
    url = oauth.authorize_url(public_application, state="s")
    answer = oauth.query_of(browser.post(url, {"action": "cancel"}))
    assert answer == {"error": "access_denied", "state": "s", "iss": settings.BASE_URL}
    assert not Authorization.objects.exists()


def test_outsider_at_a_private_app_is_refused_and_nothing_is_sent(browser: Browser, application: Any) -> None:
    for response in (
        browser.get(oauth.authorize_url(application)),
        oauth.allow(browser, oauth.authorize_url(application), ["tasks"]),
    ):
        assert response.status_code == 403
        assert "private" in response.content.decode()
        assert "invalid_client" in response.content.decode()
    assert not Grant.objects.exists()


def test_mistake_of_a_private_app_sends_nobody_there_but_its_team(
    browser: Browser, application: Any, developer: Any, sign_in: Any
) -> None:
    url = oauth.authorize_url(application, scope="nonsense")
    assert browser.get(url).status_code == 403
    assert oauth.query_of(sign_in(developer).get(url))["error"] == "invalid_scope"


def test_mistake_leads_a_stranger_to_sign_in_and_not_to_the_app(public_application: Any) -> None:
    broken = oauth.authorize_url(public_application, scope="nonsense")
    assert Browser().get(broken)["Location"].startswith("/users/sign_in?next=")
    silent = oauth.authorize_url(public_application, scope="nonsense", prompt="none")
    assert oauth.query_of(Browser().get(silent))["error"] == "invalid_scope"


@pytest.mark.parametrize("member", ["developer", "teammate"])
def test_team_gets_through_its_private_app(member: str, application: Any, request: Any, sign_in: Any) -> None:
    browser = sign_in(request.getfixturevalue(member))
    assert oauth.code_for(browser, application)


def test_removed_member_is_refused_from_then_on(
    application: Any, team: Any, developer: Any, teammate: Any, sign_in: Any, api: Any
) -> None:
    browser = sign_in(teammate)
    token = oauth.exchange(application, oauth.code_for(browser, application)).json()["access_token"]
    team.remove(teammate, by=developer)
    assert browser.get(oauth.authorize_url(application)).status_code == 403
    assert api(token).get("/api/v1/tokeninfo").status_code == 403


def test_blocked_app_is_refused_on_a_page(browser: Browser, public_application: Any, staff: Any) -> None:
    public_application.app.block(by=staff, reason="Abuse")
    assert browser.get(oauth.authorize_url(public_application)).status_code == 400


def test_same_scopes_are_not_asked_twice_and_new_ones_are(browser: Browser, public_application: Any) -> None:
    oauth.code_for(browser, public_application, ["tasks"], scope="tasks")
    assert browser.get(oauth.authorize_url(public_application, scope="tasks")).status_code == 302
    page = browser.get(oauth.authorize_url(public_application, scope="tasks notifications"))
    assert page.status_code == 200
    assert 'value="notifications"' in page.content.decode()
    assert 'value="tasks"' not in page.content.decode()


def test_unticked_scope_is_remembered_until_prompt_consent(browser: Browser, public_application: Any) -> None:
    url = oauth.authorize_url(public_application, scope="tasks notifications")
    oauth.allow(browser, url, ["tasks"])
    code = oauth.query_of(browser.get(url))["code"]
    assert oauth.exchange(public_application, code).json()["scope"] == "tasks"
    again = browser.get(
        oauth.authorize_url(public_application, scope="tasks notifications", prompt="consent")
    ).content.decode()
    assert 'value="tasks" checked' in again
    assert 'value="notifications">' in again


def test_prompt_consent_can_take_scopes_back(browser: Browser, public_application: Any) -> None:
    oauth.code_for(browser, public_application, ["tasks", "notifications"])
    oauth.code_for(browser, public_application, ["notifications"], prompt="consent")
    assert Authorization.objects.get().scope_list == ["notifications"]


def test_all_unticked_is_a_sign_in_without_scopes(browser: Browser, public_application: Any, api: Any) -> None:
    body = oauth.exchange(public_application, oauth.code_for(browser, public_application, [])).json()
    assert body["scope"] == ""
    assert api(body["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == []
    assert api(body["access_token"]).get("/api/v1/profile").status_code == 403


@pytest.mark.parametrize("scope", ["nonsense", "tasks nonsense", "profile.*"])
def test_unregistered_scope_is_told_to_the_app(browser: Browser, make_app: Any, scope: str) -> None:
    application = make_app(scopes=["tasks"], public=True)
    response = browser.get(oauth.authorize_url(application, scope=scope))
    assert oauth.query_of(response)["error"] == "invalid_scope"


def test_scope_that_exists_but_is_not_registered_is_invalid(browser: Browser, make_app: Any) -> None:
    application = make_app(scopes=["tasks"], public=True)
    assert (
        oauth.query_of(browser.get(oauth.authorize_url(application, scope="notifications")))["error"] == "invalid_scope"
    )


def test_forged_scope_in_the_form_is_not_granted(browser: Browser, public_application: Any) -> None:
    url = oauth.authorize_url(public_application, scope="tasks")
    oauth.allow(browser, url, ["tasks", "notifications", "profile.email"])
    assert Authorization.objects.get().scope_list == ["tasks"]


@pytest.mark.parametrize("field", ["client_id", "redirect_uri", "scope", "state", "code_challenge"])
def test_tampered_hidden_fields_change_nothing(browser: Browser, public_application: Any, field: str) -> None:
    url = oauth.authorize_url(public_application, scope="tasks", state="s")
    response = oauth.allow(browser, url, ["tasks"], **{field: "https://evil.example/"})
    assert response["Location"].startswith(public_application.redirect_uri + "?")
    assert oauth.query_of(response)["state"] == "s"


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.org/auth/myusa/callback/",
        "https://app.example.org/auth/myusa/callback?x=1",
        "https://app.example.org/auth/myusa/callback#f",
        "https://app.example.org/auth/myusa/callback/../other",
        "https://app.example.org/auth/myusa/%63allback",
        "https://app.example.org/auth%2Fmyusa/callback",
        "https://app.example.org//auth/myusa/callback",
        "https://app.example.org/auth/myusa/callback;x",
        "https://app.example.org/AUTH/myusa/callback",
        "https://APP.example.org/auth/myusa/callback",
        "https://app.example.org:443/auth/myusa/callback",
        "https://app.example.org:8443/auth/myusa/callback",
        "http://app.example.org/auth/myusa/callback",
        "https://user@app.example.org/auth/myusa/callback",
        "https://app.example.org@evil.example/auth/myusa/callback",
        "https://app.example.org\\@evil.example/auth/myusa/callback",
        "https://evil.example/auth/myusa/callback",
        "https://app.example.org.evil.example/auth/myusa/callback",
        "//app.example.org/auth/myusa/callback",
        "javascript:alert(1)",
        "urn:ietf:wg:oauth:2.0:oob",
        "https://app.example.org/auth/myusa/callback\x00",
    ],
)
def test_only_an_exact_redirect_uri_is_followed(browser: Browser, public_application: Any, uri: str) -> None:
    response = browser.get(
        f"/oauth/authorize?response_type=code&client_id={public_application.client_id}&redirect_uri={quote(uri, safe='')}"
    )
    assert response.status_code == 400
    assert "Location" not in response


@pytest.mark.parametrize("name", ["redirect_uri", "scope", "state", "code_challenge", "prompt"])
def test_parameter_without_a_value_counts_as_left_out(
    browser: Browser, public_application: Any, settings: Any, name: str
) -> None:
    url = oauth.authorize_url(public_application, **{name: ""})
    answer = oauth.query_of(oauth.allow(browser, url, ["tasks"]))
    assert answer.keys() == {"code", "iss"}
    left_out = "" if name == "redirect_uri" else public_application.redirect_uri
    tokens = oauth.exchange(public_application, answer["code"], redirect_uri=left_out)
    assert tokens.json()["scope"] == "tasks"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge", "prompt"])
def test_repeated_parameter_stays_on_a_page(browser: Browser, public_application: Any, name: str) -> None:
    response = browser.get(
        oauth.authorize_url(public_application, **oauth.PKCE, prompt="none") + f"&{name}=tasks&{name}=x"
    )
    assert response.status_code == 400
    assert "Location" not in response


@pytest.mark.parametrize("method", ["OPTIONS", "TRACE", "PUT", "DELETE"])
def test_other_methods_give_no_code(browser: Browser, public_application: Any, method: str) -> None:
    oauth.code_for(browser, public_application)
    response = browser.generic(method, oauth.authorize_url(public_application))
    assert response.status_code == 405
    assert Grant.objects.count() == 1


def test_grant_type_in_the_query_makes_no_token_request_of_a_consent(browser: Browser, public_application: Any) -> None:
    url = oauth.authorize_url(public_application, grant_type="authorization_code")
    assert "code" in oauth.query_of(oauth.allow(browser, url, ["tasks"]))


@pytest.mark.parametrize(
    ("uri", "matches"),
    [
        ("http://127.0.0.1:49152/cb", True),
        ("http://127.0.0.1/cb", True),
        ("http://127.0.0.1:49152/other", False),
        ("http://localhost:49152/cb", False),
        ("http://127.0.0.1.evil.example/cb", False),
        ("https://127.0.0.1:49152/cb", False),
        ("http://user@127.0.0.1:49152/cb", False),
    ],
)
def test_loopback_port_may_vary(browser: Browser, make_app: Any, uri: str, matches: bool) -> None:
    application = make_app(redirect_uris=["http://127.0.0.1:8000/cb"], public=True)
    response = browser.get(oauth.authorize_url(application, redirect_uri=uri))
    assert response.status_code == (200 if matches else 400)


def test_denial_reaches_a_loopback_client(browser: Browser, make_app: Any) -> None:
    application = make_app(redirect_uris=["http://127.0.0.1:8000/cb"], public=True)
    response = browser.post(oauth.authorize_url(application), {"action": "cancel"})
    assert response["Location"].startswith("http://127.0.0.1:8000/cb?error=access_denied")
    assert browser.get(oauth.authorize_url(application, scope="nonsense"))["Location"].startswith(
        "http://127.0.0.1:8000/cb?error=invalid_scope"
    )


def test_out_of_band_shows_the_code_on_a_page(browser: Browser, make_app: Any) -> None:
    application = make_app(redirect_uris=["urn:ietf:wg:oauth:2.0:oob"], public=True)
    response = oauth.allow(browser, oauth.authorize_url(application), ["tasks"])
    assert response.status_code == 200
    page = response.content.decode()
    code = page.split('id="authorization_code">')[1].split("<")[0]
    assert oauth.exchange(application, code).status_code == 200
    assert browser.get(oauth.authorize_url(application, scope="nonsense")).status_code == 400


@pytest.mark.parametrize(
    "query",
    [
        "",
        "client_id=unknown&response_type=code",
        "client_id=%00&response_type=code",
        "client_id={id}&client_id={id}&response_type=code",
        "client_id={id}&response_type=code&state=%zz",
        "client_id={id}&response_type=code&state=%ff%fe",
        "%zz=%zz",
        "client_id=" + "x" * 5000,
    ],
)
def test_broken_requests_stay_on_a_page(browser: Browser, public_application: Any, query: str) -> None:
    response = browser.get("/oauth/authorize?" + query.replace("{id}", public_application.client_id))
    assert response.status_code == 400 or (response.status_code == 200 and "state" in query)
    assert "Location" not in response


@pytest.mark.parametrize("response_type", ["token", "code token", "id_token", "none", "nonsense", "code id_token"])
def test_other_response_types_are_refused(browser: Browser, public_application: Any, response_type: str) -> None:
    answer = oauth.query_of(browser.get(oauth.authorize_url(public_application, response_type=response_type)))
    assert answer["error"] in ("unsupported_response_type", "unauthorized_client")


@pytest.mark.parametrize(
    "challenge",
    [
        {"code_challenge": oauth.CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": oauth.CHALLENGE},
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"code_challenge": "x" * 500, "code_challenge_method": "S256"},
        {"code_challenge": "\x00" * 43, "code_challenge_method": "S256"},
        {},
    ],
)
def test_public_client_needs_a_sound_s256_challenge(browser: Browser, make_app: Any, challenge: dict[str, str]) -> None:
    spa = make_app(client_type=Client.CLIENT_PUBLIC, public=True)
    response = browser.get(oauth.authorize_url(spa, **challenge))
    assert oauth.query_of(response)["error"] == "invalid_request"


def test_plain_challenge_is_refused_for_confidential_clients_too(browser: Browser, public_application: Any) -> None:
    url = oauth.authorize_url(public_application, code_challenge=oauth.CHALLENGE, code_challenge_method="plain")
    assert oauth.query_of(browser.get(url))["error"] == "invalid_request"


def test_app_can_require_pkce(browser: Browser, make_app: Any) -> None:
    application = make_app(requires_pkce=True, public=True)
    assert oauth.query_of(browser.get(oauth.authorize_url(application)))["error"] == "invalid_request"
    assert browser.get(oauth.authorize_url(application, **oauth.PKCE)).status_code == 200


def test_prompt_none_never_shows_a_page(browser: Browser, public_application: Any) -> None:
    assert (
        oauth.query_of(Browser().get(oauth.authorize_url(public_application, prompt="none")))["error"]
        == "login_required"
    )
    assert (
        oauth.query_of(browser.get(oauth.authorize_url(public_application, prompt="none")))["error"]
        == "consent_required"
    )
    oauth.code_for(browser, public_application)
    assert "code" in oauth.query_of(browser.get(oauth.authorize_url(public_application, prompt="none")))


def test_switching_account_signs_out_and_comes_back(browser: Browser, public_application: Any) -> None:
    response = browser.post(oauth.authorize_url(public_application), {"action": "switch"})
    assert response["Location"].startswith("/users/sign_in?next=/oauth/authorize")
    assert "_auth_user_id" not in browser.session


def test_consent_refuses_cross_site_posts_and_framing(citizen: Any, public_application: Any) -> None:
    strict = factories.sign_in(Browser(enforce_csrf_checks=True), citizen)
    url = oauth.authorize_url(public_application)
    assert oauth.allow(strict, url, ["tasks"]).status_code == 403
    page = strict.get(url)
    assert page["X-Frame-Options"] == "DENY"
    assert "frame-ancestors 'none'" in page["Content-Security-Policy"]
    assert not Grant.objects.exists()


def test_consent_page_may_post_to_the_app_and_nowhere_else(browser: Browser, public_application: Any) -> None:
    policy = browser.get(oauth.authorize_url(public_application))["Content-Security-Policy"]
    form_action = next(part for part in policy.split(";") if "form-action" in part)
    assert form_action.split() == ["form-action", "'self'", "https://app.example.org"]


def test_member_continues_as_a_test_user_of_the_team(
    application: Any, team: Any, developer: Any, sign_in: Any, api: Any
) -> None:
    test_user = factories.make_test_user(team, by=developer)
    browser = sign_in(developer)
    url = oauth.authorize_url(application)
    assert str(test_user.user.uid) in browser.get(url).content.decode()
    code = oauth.query_of(oauth.allow(browser, url, ["tasks"], continue_as=str(test_user.user.uid)))["code"]
    token = oauth.exchange(application, code).json()["access_token"]
    assert api(token).get("/api/v1/tokeninfo").json()["resource_owner_id"] == test_user.user_id
    assert not Authorization.objects.filter(user=developer).exists()


def test_test_user_gets_what_the_developer_shares_already(
    application: Any, team: Any, developer: Any, sign_in: Any
) -> None:
    test_user = factories.make_test_user(team, by=developer)
    browser = sign_in(developer)
    oauth.code_for(browser, application, ["tasks"], scope="tasks")
    url = oauth.authorize_url(application, scope="tasks notifications")
    response = oauth.allow(browser, url, ["notifications"], continue_as=str(test_user.user.uid))
    tokens = oauth.exchange(application, oauth.query_of(response)["code"]).json()
    assert tokens["scope"] == "notifications tasks"


def test_nobody_continues_as_another_teams_test_user(
    application: Any, developer: Any, rival: Any, sign_in: Any
) -> None:
    stranger = factories.make_test_user(factories.make_team(rival), by=rival)
    response = oauth.allow(
        sign_in(developer), oauth.authorize_url(application), ["tasks"], continue_as=str(stranger.user.uid)
    )
    assert response.status_code == 400
    assert not Grant.objects.exists()


def test_nobody_continues_as_a_test_user_with_production_keys(
    application: Any, team: Any, developer: Any, sign_in: Any
) -> None:
    test_user = factories.make_test_user(team, by=developer)
    url = oauth.authorize_url(factories.make_production_client(application, by=developer))
    browser = sign_in(developer)
    assert "continue_as" not in browser.get(url).content.decode()
    assert oauth.allow(browser, url, ["tasks"], continue_as=str(test_user.user.uid)).status_code == 400
    assert not Grant.objects.exists()


def test_citizen_cannot_continue_as_a_test_user(
    browser: Browser, public_application: Any, team: Any, developer: Any
) -> None:
    test_user = factories.make_test_user(team, by=developer)
    url = oauth.authorize_url(public_application)
    assert "continue_as" not in browser.get(url).content.decode()
    assert oauth.allow(browser, url, ["tasks"], continue_as=str(test_user.user.uid)).status_code == 400


def test_connect_url_leads_to_consent(browser: Browser, public_application: Any) -> None:
    response = browser.get(f"/users/sign_in?client_id={public_application.client_id}&state=s", follow=True)
    assert response.status_code == 200
    assert "Open Finder" in response.content.decode()


def test_app_without_redirect_uri_has_no_sign_in(browser: Browser, make_app: Any) -> None:
    application = make_app(redirect_uris=[], public=True)
    assert browser.get(f"/oauth/authorize?response_type=code&client_id={application.client_id}").status_code == 400


def test_sandbox_only_scopes_are_left_out_for_outsiders(
    browser: Browser, make_app: Any, developer: Any, sign_in: Any, api: Any
) -> None:
    from developer_apps.models import Product

    product = Product.objects.create(
        slug="lab", name="Lab API", scopes={"lab.read": "Read lab data"}, sandbox_only=True
    )
    application = make_app(developer, scopes=["tasks", "lab.read"], public=True)
    body = oauth.exchange(application, oauth.code_for(browser, application)).json()
    assert body["scope"] == "tasks"
    insider = oauth.exchange(application, oauth.code_for(sign_in(developer), application)).json()
    assert insider["scope"] == "lab.read tasks"
    product.sandbox_only = False
    product.save()
    product.apply_rules(by=None)
    code = oauth.code_for(browser, application, ["lab.read", "tasks"])
    token = oauth.exchange(application, code).json()["access_token"]
    product.sandbox_only = True
    product.save()
    product.apply_rules(by=None)
    assert api(token).get("/api/v1/tokeninfo").json()["scopes"] == ["tasks"]


def test_production_tokens_never_carry_sandbox_only_scopes(
    make_app: Any, developer: Any, sign_in: Any, api: Any
) -> None:
    product = make_product("lab", scopes={"lab.read": "Read lab data"})
    application = make_app(developer, scopes=["tasks", "lab.read"])
    production, browser = factories.make_production_client(application, by=developer), sign_in(developer)
    before = oauth.exchange(production, oauth.code_for(browser, production)).json()
    assert before["scope"] == "lab.read tasks"
    product.sandbox_only = True
    product.save()
    product.apply_rules(by=None)
    assert api(before["access_token"]).get("/api/v1/tokeninfo").json()["scopes"] == ["tasks"]
    after = oauth.exchange(production, oauth.code_for(browser, production, prompt="consent")).json()
    assert after["scope"] == "tasks"
