"""Pages are compressed where nothing secret is in them; a page with a secret or a token in its path is not."""

import gzip

import pytest

from developer_apps.models import Environment
from tests.factories import make_test_user
from tests.pages import form_of

ACCEPTS = {"Accept-Encoding": "gzip, deflate, br"}


def is_compressed(response):
    return response.get("Content-Encoding") == "gzip"


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/status",
        "/legal",
        "/developer/",
        "/developer/docs/errors",
        "/developer/products/",
        "/developer/faq",
        "/developer/articles",
        "/developer/changelog",
    ],
)
def test_pages_for_everyone_are_compressed(client, db, path):
    response = client.get(path, headers=ACCEPTS)
    assert is_compressed(response)
    assert "Accept-Encoding" in response["Vary"]
    assert b"</html>" in gzip.decompress(response.content)
    assert not is_compressed(client.get(path)), "the browser must accept it"


def test_pages_about_an_app_are_compressed(sign_in, developer, application):
    browser = sign_in(developer)
    for page in ("keys/", "analytics/", "analytics/log", "settings"):
        assert is_compressed(browser.get(f"/developer/apps/{application.app.pk}/{page}", headers=ACCEPTS)), page


def test_a_page_that_shows_a_new_secret_is_not(sign_in, developer, application):
    browser = sign_in(developer)
    page = f"/developer/apps/{application.app.pk}/keys/"
    form = f"/developer/apps/{application.app.pk}/keys/{Environment.SANDBOX}/secrets/new"
    browser.post(form, form_of(browser.get(form), having="csrfmiddlewaretoken"))
    shown = browser.get(page, headers=ACCEPTS)
    assert shown.context["shown"].secret in shown.content.decode()
    assert not is_compressed(shown)
    assert is_compressed(browser.get(page, headers=ACCEPTS)), "the next time it shows none"


def test_a_page_with_a_token_for_the_first_call_is_not(sign_in, developer, application, team):
    make_test_user(team, by=developer)
    browser = sign_in(developer)
    page = f"/developer/apps/{application.app.pk}/"
    assert is_compressed(browser.get(page, headers=ACCEPTS))
    browser.post(f"/developer/apps/{application.app.pk}/first-call/prepare")
    assert not is_compressed(browser.get(page, headers=ACCEPTS))


@pytest.mark.parametrize("path", ["/settings/account", "/settings/security", "/notifications/", "/tasks/"])
def test_pages_with_secrets_or_texts_of_others_are_not(sign_in, citizen, path):
    response = sign_in(citizen).get(path, headers=ACCEPTS)
    assert response.status_code == 200
    assert not is_compressed(response)


@pytest.mark.parametrize(
    "path", ["/users/sign_in", "/developer/affidavit/token/", "/developer/teams/invitations/token", "/api/v1/hello"]
)
def test_sign_in_pages_with_a_token_in_their_path_and_apis_are_not(client, db, path):
    assert not is_compressed(client.get(path, headers=ACCEPTS))


def test_the_csrf_token_never_has_the_same_bytes_twice(sign_in, developer):
    browser = sign_in(developer)
    tokens = {browser.get("/developer/apps/new").context["csrf_token"] for _ in range(3)}
    assert len({str(each) for each in tokens}) == 3
