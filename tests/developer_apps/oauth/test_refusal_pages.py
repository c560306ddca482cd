"""A refused sign-in: plain words and a way out for the person, the cause for the app's developers."""

import re

import pytest

from tests.developer_apps import flows

WRONG = "https://wrong.example/callback"


def refused(sign_in, user, application):
    response = sign_in(user).get(flows.authorize_url(application, redirect_uri=WRONG))
    assert response.status_code == 400
    return response.content.decode()


def outside_of_the_fold(page):
    main = page.partition('id="main-content"')[2].partition("</main>")[0]
    return re.sub(r"<details.*?</details>", "", main, flags=re.DOTALL)


@pytest.fixture
def app(application):
    application.app.url, application.app.support_contact = "https://benefits.example", "help@benefits.example"
    application.app.save()
    return application


def test_a_citizen_reads_no_protocol_words_and_finds_a_way_back(sign_in, citizen, app):
    page = refused(sign_in, citizen, app)
    words = outside_of_the_fold(page)
    assert "invalid_request" not in words
    assert "redirect" not in words.lower()
    assert 'href="https://benefits.example"' in words
    assert "help@benefits.example" in words


def test_developers_find_the_error_what_was_received_and_the_trace_id_folded_away(sign_in, citizen, app):
    page = refused(sign_in, citizen, app)
    assert "Details for the app’s developers" in page
    assert "/developer/docs/errors#oauth-invalid-request" in page
    assert WRONG in page
    assert app.redirect_uri not in page, "what is registered is for the team alone"


def test_the_team_sees_what_is_registered_and_where_to_change_it(sign_in, developer, app):
    page = refused(sign_in, developer, app)
    assert app.redirect_uri in page
    assert f"/developer/apps/{app.app.pk}/keys/sandbox/redirect-uris" in page


def test_a_private_app_says_so_without_protocol_words(sign_in, citizen, app):
    response = sign_in(citizen).get(flows.authorize_url(app))
    assert response.status_code == 403
    page = response.content.decode()
    assert "is private" in page
    assert "invalid_client" not in outside_of_the_fold(page)
    assert "invalid_client" in page


def test_an_unknown_app_is_not_guessed(sign_in, citizen, app):
    response = sign_in(citizen).get(f"/oauth/authorize?response_type=code&client_id=no one&redirect_uri={WRONG}")
    assert response.status_code == 400
    assert "This app has a setup problem" in response.content.decode()
