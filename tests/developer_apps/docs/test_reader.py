"""Samples are printed with the values of the signed-in developer's own app, and never with a secret."""

import pytest

from tests.factories import make_app

PAGES = ("getting-started", "connecting", "tokens")


def read(browser, slug, **query):
    response = browser.get(f"/developer/docs/{slug}", query)
    assert response.status_code == 200
    return response.content.decode()


def test_client_id_and_redirect_uri_are_filled_in(application, developer, sign_in):
    page = read(sign_in(developer), "tokens")
    assert f"{application.client_id}:{{client_secret}}" in page
    assert f"redirect_uri={application.redirect_uri}" in page
    assert f"?client_id={application.client_id}" in read(sign_in(developer), "connecting")


@pytest.mark.parametrize("slug", PAGES)
def test_strangers_read_placeholders_and_no_one_reads_a_secret(anonymous, application, developer, sign_in, slug):
    assert application.client_id not in read(anonymous, slug)
    page = read(sign_in(developer), slug)
    assert application.client_id in page
    assert application.client_secret not in page


def test_the_chosen_app_is_kept_for_other_pages(application, developer, team, sign_in):
    second = make_app(developer, team=team, name="Second")
    browser = sign_in(developer)
    assert application.client_id in read(browser, "tokens")
    assert second.client_id in read(browser, "tokens", app=second.app.pk)
    assert second.client_id in read(browser, "connecting")


@pytest.mark.parametrize("wrong", ["0", "x", "\x00", "999999999999999999999"])
def test_apps_of_others_and_nonsense_choose_nothing(application, developer, rival, sign_in, wrong):
    other = make_app(rival)
    browser = sign_in(developer)
    assert application.client_id in read(browser, "tokens", app=wrong)
    page = read(browser, "tokens", app=other.app.pk)
    assert application.client_id in page
    assert other.client_id not in page


def test_an_odd_redirect_uri_stays_a_placeholder(developer, sign_in):
    make_app(developer, redirect_uris=["https://app.example.org/cb?a='b"])
    page = read(sign_in(developer), "tokens")
    assert "redirect_uri={redirect_uri}" in page


def test_markdown_and_search_have_placeholders_for_everyone(application, developer, sign_in):
    browser = sign_in(developer)
    read(browser, "tokens")
    assert application.client_id not in browser.get("/developer/docs/tokens.md").content.decode()


def test_a_page_links_to_its_sections(anonymous, db):
    page = read(anonymous, "tokens")
    assert "On this page" in page
    assert 'href="#refresh-tokens"' in page
