"""Registering an app asks for three things and shows the keys once."""

import re
import uuid

import pytest

from accounts.models import LegalText
from developer_apps.models import App, Client, Product, Secret, Team
from myusa.lib.security.digests import digest
from tests.factories import make_team
from tests.pages import form_of

FORM = {
    "name": "Permit Desk",
    "redirect_uris": "https://permits.example.gov/auth/myusa/callback",
    "scopes": ["profile.email"],
}


def register(browser, **changes):
    data = {name: value for name, value in {**FORM, **changes}.items() if value is not None}
    return browser.post("/developer/apps/new", data)


def test_three_fields_are_enough_and_create_a_personal_team(sign_in, outsider):
    browser = sign_in(outsider)
    answer = register(browser)
    app = App.objects.get()
    assert answer.url == f"/developer/apps/{app.pk}/"
    assert (app.name, app.scope_list, app.is_public, app.created_by) == (
        "Permit Desk",
        ["profile.email"],
        False,
        outsider,
    )
    assert app.team.is_personal
    assert app.team.has_admin(outsider)
    assert list(app.subscriptions.values_list("product__slug", flat=True)) == ["profile"]


@pytest.mark.parametrize("name", ["My\u202eASU", "Desk\nBcc: everyone@example.gov"])
def test_a_name_that_would_mislead_in_a_message_is_refused(sign_in, outsider, name):
    answer = register(sign_in(outsider), name=name)
    assert answer.status_code == 400
    assert "can mislead readers" in answer.content.decode()
    assert not App.objects.exists()


def test_invisible_characters_of_a_pasted_name_are_left_out(sign_in, outsider):
    assert register(sign_in(outsider), name="Des\u200bk").status_code == 302
    assert App.objects.get().name == "Desk"


def test_the_secret_is_shown_once_and_only_in_its_session(sign_in, outsider):
    browser, elsewhere = sign_in(outsider), sign_in(outsider)
    address = register(browser).url
    assert "shown-secret" not in elsewhere.get(address).content.decode()
    first, second = browser.get(address), browser.get(address)
    shown = re.search(r'id="shown-secret">([^<]+)<', first.content.decode())
    assert shown
    assert Secret.objects.get().digest == digest(shown[1])
    assert shown[1] not in second.content.decode()
    assert "no-store" in first.headers["Cache-Control"]


def test_the_waiting_secret_is_not_readable_in_the_session(sign_in, outsider):
    browser = sign_in(outsider)
    address = register(browser).url
    waiting = str(dict(browser.session.items()))
    shown = re.search(r'id="shown-secret">([^<]+)<', browser.get(address).content.decode())
    assert shown
    assert shown[1] not in waiting


def test_a_browser_app_gets_no_secret(sign_in, outsider):
    browser = sign_in(outsider)
    page = browser.get(register(browser, client_type="public").url + "keys/").content.decode()
    assert Client.objects.get().is_public
    assert not Secret.objects.exists()
    assert "must use PKCE" in page


def test_a_server_only_app_needs_no_redirect_uri(sign_in, outsider):
    browser = sign_in(outsider)
    page = browser.get(register(browser, redirect_uris="", server_only="on").url).content.decode()
    assert Client.objects.get().redirect_uri_list == []
    assert "grant_type=client_credentials" in page
    assert "Connect people" not in page


def test_registering_without_a_redirect_uri_is_offered_next_to_it(sign_in, outsider):
    page = sign_in(outsider).get("/developer/apps/new").content.decode()
    assert page.index('name="redirect_uris"') < page.index('name="server_only"') < page.index('name="scopes"')


def test_a_server_only_app_cannot_be_without_a_secret(sign_in, outsider):
    answer = register(sign_in(outsider), redirect_uris="", server_only="on", client_type="public")
    assert answer.status_code == 400
    assert not App.objects.exists()


@pytest.mark.parametrize("missing", ["name", "redirect_uris", "scopes"])
def test_each_of_the_three_fields_is_required(sign_in, outsider, missing):
    answer = register(sign_in(outsider), **{missing: None})
    assert answer.status_code == 400
    assert f'href="#id_{missing}' in answer.content.decode()
    assert "This field is required." not in answer.content.decode()
    assert not App.objects.exists()
    assert not Team.objects.exists()


def test_the_same_form_sent_twice_creates_one_app_and_shows_its_keys_once(sign_in, outsider):
    browser = sign_in(outsider)
    nonce = re.search(r'name="nonce" value="([^"]+)"', browser.get("/developer/apps/new").content.decode())[1]
    first, second = register(browser, nonce=nonce), register(browser, nonce=nonce)
    assert first.url == second.url == f"/developer/apps/{App.objects.get().pk}/"
    assert Secret.objects.count() == Team.objects.count() == 1
    assert "shown-secret" in browser.get(second.url).content.decode()
    assert "shown-secret" not in browser.get(second.url).content.decode()


def test_incomplete_addresses_get_an_error_that_says_how_they_begin(sign_in, outsider):
    page = register(sign_in(outsider), url="permits.example.gov")
    assert "starts with https:// or http://." in page.content.decode()


def test_the_summary_of_errors_follows_the_page(sign_in, outsider):
    page = register(sign_in(outsider), name="", redirect_uris="", scopes=[], url="x", terms_link="x")
    summary = page.content.decode().partition("error-summary")[2].partition("</ul>")[0]
    assert re.findall(r"#id_(\w+)", summary) == [
        "name",
        "redirect_uris",
        "scopes",
        "url",
        "privacy_link",
        "terms_link",
    ]


def test_going_back_and_entering_another_name_creates_another_app(sign_in, outsider):
    browser, nonce = sign_in(outsider), str(uuid.uuid4())
    assert register(browser, nonce=nonce).url != register(browser, nonce=nonce, name="Permit Desk 2").url


def test_the_form_of_someone_else_opens_no_app_of_theirs(sign_in, outsider, developer):
    nonce = str(uuid.uuid4())
    assert register(sign_in(outsider), nonce=nonce).url != register(sign_in(developer), nonce=nonce).url


def test_a_missing_redirect_uri_is_suggested_from_the_web_address(sign_in, outsider):
    answer = register(sign_in(outsider), redirect_uris="", url="https://permits.example.gov/")
    assert "https://permits.example.gov/auth/myusa/callback" in answer.content.decode()


def test_up_to_five_redirect_uris_one_a_line(sign_in, outsider):
    uris = [f"https://permits.example.gov/callback/{number}" for number in range(6)]
    browser = sign_in(outsider)
    assert register(browser, redirect_uris="\r\n".join(uris)).status_code == 400
    register(browser, redirect_uris="\r\n".join(uris[:5]))
    assert Client.objects.get().redirect_uri_list == uris[:5]


@pytest.mark.parametrize(
    "uri",
    [
        "http://permits.example.gov/callback",
        "https://permits.example.gov/callback#part",
        "https://*.example.gov/callback",
        "https://user:pass@permits.example.gov/callback",
        "https://permits.example.gov\\@evil.example/callback",
        "javascript:alert(1)",
        "data:text/html,x",
        "//permits.example.gov/callback",
        "/callback",
        "https:///callback",
        "https://",
        "https://permits.example.gov:port/callback",
        "https://permits.example.gov:0/callback",
        "http://127.0.0.1:/callback",
        "https://permits.example.gov/%00",
        "https://permits.example.gov/a b",
        "https://permits.example.gov/\x00",
        "https://pérmits.example.gov/callback",
        "ftp://permits.example.gov/callback",
        "urn:ietf:wg:oauth:2.0:oob:auto",
        "myapp://callback",
        "https://permits.example.gov/" + "a" * 2000,
    ],
)
def test_malformed_redirect_uris_are_refused(sign_in, outsider, uri):
    answer = register(sign_in(outsider), redirect_uris=uri)
    assert answer.status_code == 400
    assert not App.objects.exists()


@pytest.mark.parametrize(
    "uri",
    ["http://127.0.0.1:3000/callback", "http://localhost/callback", "http://[::1]:80/", "urn:ietf:wg:oauth:2.0:oob"],
)
def test_loopback_and_out_of_band_may_be_registered(sign_in, outsider, uri):
    assert register(sign_in(outsider), redirect_uris=uri).status_code == 302


def test_an_unknown_scope_is_refused(sign_in, outsider):
    answer = register(sign_in(outsider), scopes=["profile.email", "profile.everything"])
    assert answer.status_code == 400
    assert not App.objects.exists()


def test_a_federal_agency_names_itself_and_accepts_the_terms(sign_in, outsider):
    terms = LegalText.objects.in_force().filter(kind="terms").first() or LegalText.objects.create(
        kind="terms", version="2026-11", body="Terms."
    )
    browser = sign_in(outsider)
    agency = {"is_federal_agency": "on", "organization": "Office of Permits", "accepts_terms": "on"}
    assert register(browser, **{**agency, "organization": ""}).status_code == 400
    assert register(browser, **{**agency, "accepts_terms": None}).status_code == 400
    assert not App.objects.exists()
    register(browser, **agency)
    app = App.objects.get()
    assert (app.terms_version, app.terms_accepted_by) == (terms.version, outsider)
    assert app.terms_accepted_at is not None


def test_a_terms_link_needs_a_privacy_link(sign_in, outsider):
    browser = sign_in(outsider)
    links = {"terms_link": "https://permits.example.gov/terms", "privacy_link": "https://permits.example.gov/privacy"}
    assert register(browser, terms_link=links["terms_link"]).status_code == 400
    assert register(browser, **links).status_code == 302


@pytest.mark.parametrize("field", ["url", "privacy_link"])
@pytest.mark.parametrize("address", ["javascript:alert(1)", "not an address", "http://"])
def test_addresses_must_be_web_addresses(sign_in, outsider, field, address):
    assert register(sign_in(outsider), **{field: address}).status_code == 400


def test_a_product_of_another_server_brings_its_scopes(sign_in, outsider):
    register(sign_in(outsider), scopes=None, products=["case-status"])
    app, product = App.objects.get(), Product.objects.get(slug="case-status")
    assert set(app.scope_list) == set(product.scopes)
    assert app.subscriptions.get().product == product


def test_an_admin_of_several_teams_chooses_one(sign_in, developer, team):
    second = Team.objects.create_for(developer, name="Second Team")
    browser = sign_in(developer)
    assert 'name="team"' in browser.get("/developer/apps/new").content.decode()
    register(browser, team=second.pk)
    assert App.objects.get().team == second


def test_a_link_from_a_team_chooses_that_team(sign_in, developer, team):
    make_team(developer, name="Another")
    third = make_team(developer, name="Third")
    form = form_of(sign_in(developer).get(f"/developer/apps/new?team={third.pk}"), having="team")
    assert form["team"] == [str(third.pk)]


def test_the_only_team_is_taken_without_a_question(sign_in, developer, team):
    register(sign_in(developer))
    assert App.objects.get().team == team


def test_an_app_cannot_be_put_into_a_team_that_one_does_not_lead(sign_in, developer, teammate, rival, team):
    Team.objects.create_for(teammate, name="One")
    Team.objects.create_for(teammate, name="Two")
    others = Team.objects.create_for(rival, name="Rivals")
    browser = sign_in(teammate)
    for foreign in (others.pk, team.pk, "x"):
        assert register(browser, team=foreign).status_code == 400
    assert not App.objects.exists()


def test_registering_needs_a_sign_in(anonymous, db):
    assert anonymous.get("/developer/apps/new").url.startswith("/users/sign_in?next=")
    assert register(anonymous).status_code == 302
    assert not App.objects.exists()


def test_markup_in_names_is_shown_as_text(sign_in, outsider):
    browser = sign_in(outsider)
    page = browser.get(register(browser, name="<script>alert(1)</script>").url).content.decode()
    assert "<script>alert(1)" not in page
    assert "&lt;script&gt;alert(1)" in page
