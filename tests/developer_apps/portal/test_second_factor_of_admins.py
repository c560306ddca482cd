"""Admins of a team with an app in production need a passkey or an authenticator app for what they change."""

import pytest

from accounts import passkeys
from developer_apps.models import Product
from tests.accounts.authenticator import add_passkey, give_passkey
from tests.accounts.codes import add_second_factor, app_code

pytestmark = pytest.mark.django_db
LIST = "/settings/security"


@pytest.fixture(autouse=True)
def _site(settings):
    settings.BASE_URL = "https://testserver"


@pytest.fixture
def in_production(application):
    subscription, _made = application.app.subscriptions.get_or_create(product=Product.objects.get(slug="tasks"))
    subscription.production_since = application.app.created_at
    subscription.save()
    return application


def test_admins_of_an_app_in_production_choose_before_they_change_it(sign_in, in_production, developer, teammate):
    browser = sign_in(developer, second_factor=False)
    app, team = f"/developer/apps/{in_production.app.pk}", f"/developer/teams/{in_production.app.team_id}"
    new_secret = f"{app}/keys/sandbox/secrets/new"
    for path in (f"{app}/edit", f"{app}/scopes", new_secret, f"{app}/delete", f"{team}/invite", f"{team}/rename"):
        response = browser.get(path)
        assert response["Location"].startswith("/settings/security/choose?next="), path
    assert browser.post(f"{team}/invite", {"email": "x@example.gov", "role": "admin"})["Location"].startswith(
        "/settings/security/choose"
    )
    assert not in_production.app.team.invitations.exists()
    page = browser.get(new_secret, follow=True).content.decode()
    assert "Benefit Finder is in production. Its admins need a passkey or an authenticator app." in page
    assert browser.get(f"{app}/").status_code == 200, "looking needs none"
    add_passkey(browser)
    assert browser.get(new_secret).status_code == 200
    assert sign_in(teammate).get(f"{app}/edit").status_code == 403


def test_an_admin_who_has_a_second_factor_confirms_it(sign_in, in_production, developer):
    add_second_factor(developer)
    browser = sign_in(developer, second_factor=False)
    response = browser.get(f"/developer/apps/{in_production.app.pk}/edit")
    assert response["Location"].startswith("/users/confirm?next=")
    back = browser.post(
        response["Location"], {"code": app_code(), "next": f"/developer/apps/{in_production.app.pk}/edit"}
    )
    assert browser.get(back["Location"]).status_code == 200


def test_admins_of_a_sandbox_app_need_none(sign_in, application, developer):
    assert sign_in(developer).get(f"/developer/apps/{application.app.pk}/edit").status_code == 200


def test_the_security_page_says_who_needs_a_second_factor(sign_in, in_production, developer, citizen):
    page = sign_in(developer, second_factor=False).get(LIST).content.decode()
    assert "Benefit Finder is in production" in page
    assert "in production" not in sign_in(citizen).get(LIST).content.decode()
    give_passkey(developer)
    path = f"{LIST}/passkeys/{passkeys.of(developer).get().pk}/remove"
    assert "Benefit Finder is in production" in sign_in(developer, second_factor=True).get(path).content.decode()


def test_what_was_typed_on_the_page_of_the_team_is_there_after_the_second_factor(sign_in, in_production, developer):
    browser = sign_in(developer, second_factor=False)
    team = f"/developer/teams/{in_production.app.team_id}"
    asked = browser.post(f"{team}/invite", {"email": "new@example.gov", "role": "admin"})
    assert asked["Location"].startswith("/settings/security/choose")
    browser.post(f"{team}/rename", {"name": "A longer name"})
    add_passkey(browser)
    page = browser.get(f"{team}/").content.decode()
    assert "This isn’t saved yet. What you typed is still here. Save it now." in page
    assert 'value="new@example.gov"' in page
    assert 'value="A longer name"' in page
    assert not in_production.app.team.invitations.exists()
    browser.post(f"{team}/invite", {"email": "new@example.gov", "role": "admin"})
    assert in_production.app.team.invitations.get().role == "admin"
    assert 'value="new@example.gov"' not in browser.get(f"{team}/").content.decode()


def test_another_person_of_the_same_browser_does_not_see_it(sign_in, in_production, developer, teammate):
    browser = sign_in(developer, second_factor=False)
    team = f"/developer/teams/{in_production.app.team_id}"
    browser.post(f"{team}/invite", {"email": "new@example.gov", "role": "admin"})
    assert "new@example.gov" not in sign_in(teammate, browser).get(f"{team}/").content.decode()
