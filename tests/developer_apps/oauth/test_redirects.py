"""The redirect back to the app: the registered redirect URI byte for byte, our parameters behind it, errors with a reason."""

import re
import string
from typing import Any
from urllib.parse import parse_qsl

import pytest
from django.conf import settings as project
from django.test import Client as Browser
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from developer_apps import redirect_uris
from developer_apps.models import Authorization
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db

EXAMPLES = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
ALLOWED_IN_QUERY = string.ascii_letters + string.digits + "-._~:/?@!$&'()*+,;=%|^`{}[]"
QUERIES = st.sampled_from(
    [
        "embed",
        "embed=",
        "next=case%20list",
        "next=case+list",
        "back=/home",
        "back=%2Fhome",
        "a=1&a=2",
        "b=%FF%fe",
        "=x&&y;z",
        "state=own&code=own",
        "q=%E2%82%AC|{}",
        "",
    ]
) | st.text(ALLOWED_IN_QUERY, max_size=40)


def refusals(application: Any) -> list[str]:
    """Return authorization requests whose error goes to the app, each with another error."""
    return [
        flows.authorize_url(application, scope="nonsense", state="s"),
        flows.authorize_url(application, response_type="token", state="s"),
        flows.authorize_url(application, response_mode="fragment", state="s"),
        flows.authorize_url(application, code_challenge="short", code_challenge_method="S256"),
        flows.authorize_url(application, prompt="none", state="s"),
    ]


@EXAMPLES
@given(query=QUERIES)
def test_query_of_a_registered_redirect_uri_is_retained(browser, developer, public_application, query):
    uri, application = f"https://app.example.org/cb?{query}", public_application
    assume(redirect_uris.problem_of(uri) is None)
    application.client.set_redirect_uris([uri], by=developer)
    locations = [browser.get(url)["Location"] for url in refusals(application)]
    locations.append(browser.post(flows.authorize_url(application), {"action": "cancel"})["Location"])
    locations.append(flows.allow(browser, flows.authorize_url(application, state="a b&ü"), ["tasks"])["Location"])
    locations.append(browser.get(flows.authorize_url(application, state="a b&ü"))["Location"])
    Authorization.objects.all().delete()
    for location in locations:
        assert location.startswith(f"{uri}&")
    added = dict(parse_qsl(locations[-1].removeprefix(f"{uri}&")))
    assert added.keys() == {"code", "state", "iss"}
    assert added["state"] == "a b&ü"


def test_redirect_uri_without_a_query_gets_one(browser, public_application):
    location = flows.allow(browser, flows.authorize_url(public_application), ["tasks"])["Location"]
    assert location.startswith(f"{public_application.redirect_uri}?code=")


def test_query_stays_when_the_connect_url_names_no_redirect_uri(browser, make_app):
    application = make_app(redirect_uris=["https://app.example.org/cb?back=/home"], public=True)
    page = browser.get(f"/users/sign_in?client_id={application.client_id}", follow=True)
    path, query = page.redirect_chain[-1][0], page.request["QUERY_STRING"]
    assert path.startswith("/oauth/authorize")
    location = flows.allow(browser, f"/oauth/authorize?{query}", ["tasks"])["Location"]
    assert location.startswith("https://app.example.org/cb?back=/home&code=")


def test_no_redirect_to_the_app_repeats_the_persons_form(browser, public_application):
    url = flows.authorize_url(public_application)
    responses = [flows.allow(browser, url, ["tasks"]), browser.post(url, {"action": "cancel"})]
    assert [response.status_code for response in responses] == [302, 302]


def test_every_error_to_the_app_has_a_description_in_plain_ascii(browser, public_application):
    responses = [browser.get(url) for url in refusals(public_application)]
    responses.append(Browser().get(flows.authorize_url(public_application, prompt="none")))
    responses.append(browser.post(flows.authorize_url(public_application), {"action": "cancel"}))
    answers = [flows.query_of(response) for response in responses]
    assert [answer["error"] for answer in answers] == [
        "invalid_scope",
        "unsupported_response_type",
        "invalid_request",
        "invalid_request",
        "consent_required",
        "login_required",
        "access_denied",
    ]
    for answer in answers:
        assert answer["iss"] == project.BASE_URL
        assert re.fullmatch(r"[\x20-\x21\x23-\x5B\x5D-\x7E]+", answer["error_description"])


@pytest.mark.parametrize(
    ("scope", "shown"),
    [
        ("tasks profile.email.nonsense", "'profile.email.nonsense'"),
        ("openid profile.email", "'openid'"),
        ('a"b\\c', "'a'b/c'"),
        ("täsks", "'t?sks'"),
    ],
)
def test_unknown_scope_is_named(browser, public_application, scope, shown):
    answer = flows.query_of(browser.get(flows.authorize_url(public_application, scope=scope)))
    assert answer["error"] == "invalid_scope"
    assert shown in answer["error_description"]


def test_unknown_scope_is_named_at_the_token_endpoint(application):
    response = flows.client_credentials(application, scope="tasks openid")
    assert (response.status_code, response.json()["error"]) == (400, "invalid_scope")
    assert "'openid'" in response.json()["error_description"]


def test_pages_of_a_sign_in_for_an_app_let_their_forms_end_anywhere(public_application, citizen):
    anonymous, url = Browser(), flows.authorize_url(public_application)
    sign_in_page = anonymous.get(url, follow=True)
    anonymous.post(sign_in_page.request["PATH_INFO"] + "?" + sign_in_page.request["QUERY_STRING"], {"email": "a@b.gov"})
    code_page = anonymous.get("/users/sign_in/code", follow=True)
    consent_page = _signed_in(citizen).get(url)
    for page in (sign_in_page, code_page, consent_page):
        assert page.status_code == 200
        assert "form-action" not in page["Content-Security-Policy"]


def test_every_other_page_keeps_its_forms_on_this_site(citizen):
    for page in (Browser().get("/users/sign_in"), _signed_in(citizen).get("/authorizations")):
        assert "form-action 'self'" in page["Content-Security-Policy"]


URIS = QUERIES.map(lambda query: f"https://app.example.gov/cb?{query}") | st.builds(
    lambda host, port, path: f"https://{host}{port}/{path}",
    st.sampled_from(["app.example.gov;sandbox", "app..gov", "app%2eexample.gov", "app.example.gov,x", "[2001:db8::1]"])
    | st.text("abAB01.-_;,:%'\" ", min_size=1, max_size=20),
    st.sampled_from(["", ":8443", ":443;script-src *"]),
    st.text("ab/;,:%' =&", max_size=12),
)


@EXAMPLES
@given(uri=URIS)
def test_policy_of_the_consent_page_is_the_one_of_a_plain_app(browser, developer, public_application, uri):
    assume(redirect_uris.problem_of(uri) is None)
    public_application.client.set_redirect_uris(["https://app.example.gov"], by=developer)
    plain = browser.get(flows.authorize_url(public_application, redirect_uri=None))["Content-Security-Policy"]
    public_application.client.set_redirect_uris([uri], by=developer)
    page = browser.get(flows.authorize_url(public_application, redirect_uri=uri))
    assert page.status_code == 200
    policy = page["Content-Security-Policy"]
    assert [part.split()[0] for part in policy.split(";")] == [part.split()[0] for part in plain.split(";")]
    assert "," not in policy
    assert "app" not in policy


def _signed_in(user: Any) -> Browser:
    browser = Browser()
    browser.force_login(user, backend="django.contrib.auth.backends.ModelBackend")
    return browser
