"""Signing in with Google: there where it is configured, invisible elsewhere."""

from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.socialaccount.models import SocialAccount, SocialToken
from allauth.socialaccount.providers import registry
from allauth.socialaccount.providers.google.views import GoogleOAuth2Adapter
from allauth.socialaccount.providers.oauth2.client import OAuth2Client
from django.conf import settings as configured

from accounts.models import User
from tests.accounts.codes import add_second_factor, is_signed_in

pytestmark = pytest.mark.django_db


def test_nothing_of_google_shows_where_it_is_not_configured(anonymous):
    assert "Google" not in anonymous.get("/users/sign_in").content.decode()
    assert "form-action 'self'" in anonymous.get("/users/sign_in")["Content-Security-Policy"]
    for path in ("/users/google", "/users/google/callback", "/accounts/google/login/"):
        assert anonymous.get(path).status_code == 404


@pytest.fixture
def google(settings, monkeypatch):
    """Configure Google as GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET do."""
    app = {"client_id": "google-id", "secret": "google-secret", "key": ""}
    settings.SOCIALACCOUNT_PROVIDERS = {"google": {"APPS": [app], "SCOPE": ["email"]}}
    settings.INSTALLED_APPS = [*configured.INSTALLED_APPS, "allauth.socialaccount.providers.google"]
    settings.ROOT_URLCONF = "tests.accounts.google_urls"
    monkeypatch.setattr(registry, "loaded", False)
    monkeypatch.setattr(registry, "provider_map", {})
    registry.load()  # as at the start of a site that has the provider's app


def test_google_shows_where_it_is_configured(google, anonymous):
    answer = anonymous.get("/users/sign_in?next=/profile")

    assert "Sign in with Google" in answer.content.decode()
    assert "form-action" not in answer["Content-Security-Policy"]
    leaves = anonymous.post("/users/google?next=/profile")
    assert leaves["Location"].startswith("https://accounts.google.com/o/oauth2/v2/auth?client_id=google-id")
    assert "scope=email" in leaves["Location"]


def test_opening_the_page_goes_nowhere_without_a_click(google, anonymous):
    answer = anonymous.get("/users/google")

    assert answer.status_code == 200
    assert "form-action" not in answer["Content-Security-Policy"]


def test_failure_at_google_leads_back_to_the_code(google, anonymous):
    answer = anonymous.get("/users/google/callback?error=access_denied&state=x", follow=True)

    assert answer.status_code == 200
    assert "code by email instead" in answer.content.decode()


@pytest.fixture
def come_from_google(google, anonymous, monkeypatch):
    """Go to Google and come back with an address: `come_from_google(email, verified=True)` returns the answer."""

    def come(email: str, *, verified: bool = True):
        identity = {"sub": "1234", "email": email, "email_verified": verified}
        monkeypatch.setattr(
            OAuth2Client, "get_access_token", lambda *args, **kwargs: {"access_token": "t", "id_token": "i"}
        )
        monkeypatch.setattr(GoogleOAuth2Adapter, "_decode_id_token", lambda *args: identity)
        leaves = anonymous.post("/users/google?next=/profile")
        state = parse_qs(urlsplit(leaves["Location"]).query)["state"][0]
        return anonymous.get("/users/google/callback", {"code": "c", "state": state})

    return come


def test_verified_address_makes_the_account_and_leads_on(come_from_google, anonymous):
    answer = come_from_google("New@example.gov")

    assert answer["Location"] == "/profile"
    user = User.objects.get(email="new@example.gov")
    assert anonymous.session["_auth_user_id"] == str(user.pk)
    assert not user.has_usable_password()


def test_verified_address_finds_the_account(come_from_google, anonymous, citizen):
    come_from_google("Citizen@example.gov")

    assert anonymous.session["_auth_user_id"] == str(citizen.pk)
    assert SocialAccount.objects.get().user == citizen


@pytest.mark.parametrize(
    "spelled", ["Citizen@bücher.example", "citizen@BU\u0308CHER.example", "citizen@xn--bcher-kva.example"]
)
def test_another_spelling_of_the_domain_finds_the_account(come_from_google, anonymous, make_user, spelled):
    person = make_user("citizen@xn--bcher-kva.example")

    come_from_google(spelled)

    assert anonymous.session["_auth_user_id"] == str(person.pk)
    assert User.objects.count() == 1


def test_a_new_account_gets_the_stored_spelling(come_from_google):
    come_from_google("x@bücher.example")

    assert User.objects.get().email == "x@xn--bcher-kva.example"


def test_unverified_address_signs_no_one_in(come_from_google, anonymous, citizen):
    answer = come_from_google(citizen.email, verified=False)

    assert answer["Location"] == "/users/sign_in"
    assert not is_signed_in(anonymous)
    assert User.objects.count() == 1


def test_second_factor_is_asked_for_after_google(come_from_google, anonymous, citizen):
    add_second_factor(citizen)

    assert come_from_google(citizen.email)["Location"] == "/users/second_factor"
    assert not is_signed_in(anonymous)


def test_deactivated_and_synthetic_people_cannot_come_in_by_google(come_from_google, anonymous, make_user):
    make_user("gone@example.gov", is_active=False)

    assert come_from_google("gone@example.gov")["Location"] == "/users/sign_in"
    assert not is_signed_in(anonymous)


def test_address_of_google_cannot_be_that_of_a_synthetic_person(come_from_google, anonymous):
    come_from_google("0123456789ab@test.invalid")

    assert not is_signed_in(anonymous)


def test_no_token_of_google_is_kept(come_from_google):
    come_from_google("new@example.gov")

    assert not SocialToken.objects.exists()


def test_google_is_a_fresh_proof(come_from_google, anonymous):
    come_from_google("new@example.gov")

    assert anonymous.get("/settings/account/delete").status_code == 200
