"""The authorize endpoint: who gets through, which requests it takes, and where the answer goes."""

from urllib.parse import quote

import pytest
from django.test import Client as Browser

from developer_apps.models import Authorization, Grant
from developer_apps.models.clients import Client
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db


def test_stranger_is_sent_to_sign_in_and_back(public_application):
    url = flows.authorize_url(public_application)
    response = Browser().get(url)
    assert response.status_code == 302
    assert response["Location"].startswith("/users/sign_in?next=")
    assert quote("/oauth/authorize", safe="/") in response["Location"]


def test_answer_carries_state_and_issuer(browser, public_application, settings):
    url = flows.authorize_url(public_application, state="a b&c=ü")
    answer = flows.query_of(flows.allow(browser, url, ["tasks"]))
    assert answer["state"] == "a b&c=ü"
    assert answer["iss"] == settings.BASE_URL


def test_cancel_tells_the_app(browser, public_application, settings):
    url = flows.authorize_url(public_application, state="s")
    answer = flows.query_of(browser.post(url, {"action": "cancel"}))
    assert answer == {
        "error": "access_denied",
        "error_description": "The person declined.",
        "state": "s",
        "iss": settings.BASE_URL,
    }
    assert not Authorization.objects.exists()


def test_outsider_at_a_private_app_is_refused_and_nothing_is_sent(browser, application):
    for response in (
        browser.get(flows.authorize_url(application)),
        flows.allow(browser, flows.authorize_url(application), ["tasks"]),
    ):
        assert response.status_code == 403
        assert "private" in response.content.decode()
        assert "invalid_client" in response.content.decode()
    assert not Grant.objects.exists()


def test_mistake_of_a_private_app_sends_no_one_there_but_its_team(browser, application, developer, sign_in):
    url = flows.authorize_url(application, scope="nonsense")
    assert browser.get(url).status_code == 403
    assert flows.query_of(sign_in(developer).get(url))["error"] == "invalid_scope"


def test_mistake_leads_a_stranger_to_sign_in_and_not_to_the_app(public_application):
    broken = flows.authorize_url(public_application, scope="nonsense")
    assert Browser().get(broken)["Location"].startswith("/users/sign_in?next=")
    silent = flows.authorize_url(public_application, scope="nonsense", prompt="none")
    assert flows.query_of(Browser().get(silent))["error"] == "invalid_scope"


@pytest.mark.parametrize("member", ["developer", "teammate"])
def test_team_gets_through_its_private_app(member, application, request, sign_in):
    browser = sign_in(request.getfixturevalue(member))
    assert flows.code_for(browser, application)


def test_removed_member_is_refused_from_then_on(application, team, developer, teammate, sign_in, api):
    browser = sign_in(teammate)
    token = flows.exchange(application, flows.code_for(browser, application)).json()["access_token"]
    team.remove(teammate, by=developer)
    assert browser.get(flows.authorize_url(application)).status_code == 403
    assert api(token).get("/api/v1/tokeninfo").status_code == 403


def test_blocked_app_is_refused_on_a_page(browser, public_application, staff):
    public_application.app.block(by=staff, reason="Abuse")
    assert browser.get(flows.authorize_url(public_application)).status_code == 400


@pytest.mark.parametrize("scope", ["nonsense", "tasks nonsense", "profile.*"])
def test_unregistered_scope_is_told_to_the_app(browser, make_app, scope):
    application = make_app(scopes=["tasks"], public=True)
    response = browser.get(flows.authorize_url(application, scope=scope))
    assert flows.query_of(response)["error"] == "invalid_scope"


def test_scope_that_exists_but_is_not_registered_is_invalid(browser, make_app):
    application = make_app(scopes=["tasks"], public=True)
    assert (
        flows.query_of(browser.get(flows.authorize_url(application, scope="notifications")))["error"] == "invalid_scope"
    )


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
def test_only_an_exact_redirect_uri_is_followed(browser, public_application, uri):
    response = browser.get(
        f"/oauth/authorize?response_type=code&client_id={public_application.client_id}&redirect_uri={quote(uri, safe='')}"
    )
    assert response.status_code == 400
    assert "Location" not in response


@pytest.mark.parametrize("name", ["redirect_uri", "scope", "state", "code_challenge", "prompt"])
def test_parameter_without_a_value_counts_as_left_out(browser, public_application, settings, name):
    url = flows.authorize_url(public_application, **{name: ""})
    answer = flows.query_of(flows.allow(browser, url, ["tasks"]))
    assert answer.keys() == {"code", "iss"}
    left_out = "" if name == "redirect_uri" else public_application.redirect_uri
    tokens = flows.exchange(public_application, answer["code"], redirect_uri=left_out)
    assert tokens.json()["scope"] == "tasks"


@pytest.mark.parametrize("name", ["client_id", "redirect_uri", "scope", "state", "code_challenge", "prompt"])
def test_repeated_parameter_stays_on_a_page(browser, public_application, name):
    response = browser.get(
        flows.authorize_url(public_application, **flows.PKCE, prompt="none") + f"&{name}=tasks&{name}=x"
    )
    assert response.status_code == 400
    assert "Location" not in response


@pytest.mark.parametrize("method", ["HEAD", "OPTIONS", "TRACE", "PUT", "DELETE"])
def test_other_methods_give_no_code(browser, public_application, method):
    flows.code_for(browser, public_application)
    response = browser.generic(method, flows.authorize_url(public_application))
    assert (response.status_code, response["Allow"]) == (405, "GET, POST")
    assert Grant.objects.count() == 1


def test_grant_type_in_the_query_makes_no_token_request_of_a_consent(browser, public_application):
    url = flows.authorize_url(public_application, grant_type="authorization_code")
    assert "code" in flows.query_of(flows.allow(browser, url, ["tasks"]))


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
def test_loopback_port_may_vary(browser, make_app, uri, matches):
    application = make_app(redirect_uris=["http://127.0.0.1:8000/cb"], public=True)
    response = browser.get(flows.authorize_url(application, redirect_uri=uri))
    assert response.status_code == (200 if matches else 400)


def test_denial_reaches_a_loopback_client(browser, make_app):
    application = make_app(redirect_uris=["http://127.0.0.1:8000/cb"], public=True)
    response = browser.post(flows.authorize_url(application), {"action": "cancel"})
    assert response["Location"].startswith("http://127.0.0.1:8000/cb?error=access_denied")
    assert browser.get(flows.authorize_url(application, scope="nonsense"))["Location"].startswith(
        "http://127.0.0.1:8000/cb?error=invalid_scope"
    )


def test_out_of_band_shows_the_code_on_a_page(browser, make_app):
    application = make_app(redirect_uris=["urn:ietf:wg:oauth:2.0:oob"], public=True)
    response = flows.allow(browser, flows.authorize_url(application), ["tasks"])
    assert response.status_code == 200
    page = response.content.decode()
    code = page.split('id="authorization_code">')[1].split("<")[0]
    assert flows.exchange(application, code).status_code == 200
    assert browser.get(flows.authorize_url(application, scope="nonsense")).status_code == 400


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("", 400),
        ("client_id=unknown&response_type=code", 400),
        ("client_id=%00&response_type=code", 400),
        ("client_id={id}&client_id={id}&response_type=code", 400),
        ("client_id={id}&response_type=code&state=%zz", 200),
        ("client_id={id}&response_type=code&state=%ff%fe", 400),
        ("%zz=%zz", 400),
        ("client_id=" + "x" * 5000, 400),
    ],
)
def test_broken_requests_stay_on_a_page(browser, public_application, query, status):
    response = browser.get("/oauth/authorize?" + query.replace("{id}", public_application.client_id))
    assert response.status_code == status
    assert "Location" not in response


@pytest.mark.parametrize("response_type", ["token", "code token", "id_token", "none", "nonsense", "code id_token"])
def test_other_response_types_are_refused(browser, public_application, response_type):
    answer = flows.query_of(browser.get(flows.authorize_url(public_application, response_type=response_type)))
    assert answer["error"] == "unsupported_response_type"


@pytest.mark.parametrize(
    "challenge",
    [
        {"code_challenge": flows.CHALLENGE, "code_challenge_method": "plain"},
        {"code_challenge": flows.CHALLENGE},
        {"code_challenge": "short", "code_challenge_method": "S256"},
        {"code_challenge": "x" * 500, "code_challenge_method": "S256"},
        {"code_challenge": "\x00" * 43, "code_challenge_method": "S256"},
        {},
    ],
)
def test_public_client_needs_a_sound_s256_challenge(browser, make_app, challenge):
    spa = make_app(client_type=Client.CLIENT_PUBLIC, public=True)
    response = browser.get(flows.authorize_url(spa, **challenge))
    assert flows.query_of(response)["error"] == "invalid_request"


def test_plain_challenge_is_refused_for_confidential_clients_too(browser, public_application):
    url = flows.authorize_url(public_application, code_challenge=flows.CHALLENGE, code_challenge_method="plain")
    assert flows.query_of(browser.get(url))["error"] == "invalid_request"


def test_app_can_require_pkce(browser, make_app):
    application = make_app(requires_pkce=True, public=True)
    assert flows.query_of(browser.get(flows.authorize_url(application)))["error"] == "invalid_request"
    assert browser.get(flows.authorize_url(application, **flows.PKCE)).status_code == 200


@pytest.mark.parametrize(("mode", "is_taken"), [("query", True), ("fragment", False), ("form_post", False)])
def test_codes_come_in_the_query_alone(browser, public_application, mode, is_taken):
    flows.code_for(browser, public_application)
    response = browser.get(flows.authorize_url(public_application, response_mode=mode))
    assert "#" not in response["Location"]
    assert flows.query_of(response).get("error") == (None if is_taken else "invalid_request")


def test_prompt_none_never_shows_a_page(browser, public_application):
    assert (
        flows.query_of(Browser().get(flows.authorize_url(public_application, prompt="none")))["error"]
        == "login_required"
    )
    assert (
        flows.query_of(browser.get(flows.authorize_url(public_application, prompt="none")))["error"]
        == "consent_required"
    )
    flows.code_for(browser, public_application)
    assert "code" in flows.query_of(browser.get(flows.authorize_url(public_application, prompt="none")))


def test_connect_url_leads_to_consent(browser, public_application):
    response = browser.get(f"/users/sign_in?client_id={public_application.client_id}&state=s", follow=True)
    assert response.status_code == 200
    assert "Open Finder" in response.content.decode()


def test_app_without_redirect_uri_has_no_sign_in(browser, make_app):
    application = make_app(redirect_uris=[], public=True)
    assert browser.get(f"/oauth/authorize?response_type=code&client_id={application.client_id}").status_code == 400
