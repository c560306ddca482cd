"""The pages of a failure: in the browser's language, without anything that may be what failed."""

import pytest
from django.db import OperationalError
from django.test import Client
from django.utils import translation

from tests import pseudo


@pytest.fixture
def failing(monkeypatch):
    """Return a client of a site whose views fail with the given error, and that has no database."""

    def fail_with(error, **headers):
        def fail(*arguments, **options):
            raise error

        monkeypatch.setattr("django.core.handlers.base.BaseHandler.resolve_request", fail)
        return Client(raise_request_exception=False, headers=headers)

    return fail_with


FAILURES = {500: RuntimeError("a bug"), 503: OperationalError("canceling statement due to statement timeout")}


@pytest.mark.parametrize("status", FAILURES)
@pytest.mark.parametrize("asked", ["es", "es-MX,es;q=0.9,en;q=0.5", "en", "", "xx"])
def test_a_failure_is_told_in_the_language_that_the_browser_asks_for(failing, status, asked):
    """No mark for the database: a statement would fail this test."""
    response = failing(FAILURES[status], **{"Accept-Language": asked}).get("/profile")
    page = response.content.decode()
    assert response.status_code == status
    expected = "es" if asked.startswith("es") else "en"
    assert f'<html lang="{expected}">' in page
    assert ("Ir a la página de inicio" in page) is (expected == "es")
    assert ("Go to the home page" in page) is (expected == "en")


@pytest.mark.parametrize("status", FAILURES)
def test_a_language_chosen_on_the_site_comes_before_that_of_the_browser(failing, settings, status):
    browser = failing(FAILURES[status], **{"Accept-Language": "en"})
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = "es"
    assert '<html lang="es">' in browser.get("/").content.decode()


@pytest.mark.parametrize("status", FAILURES)
def test_the_language_of_the_request_before_does_not_stay(failing, status):
    with translation.override("es"):
        page = failing(FAILURES[status], **{"Accept-Language": "en"}).get("/").content.decode()
    assert '<html lang="en">' in page


@pytest.mark.parametrize("status", FAILURES)
def test_pages_for_developers_fail_in_english(failing, status):
    page = failing(FAILURES[status], **{"Accept-Language": "es"}).get("/developer/").content.decode()
    assert '<html lang="en">' in page


def test_a_failure_is_told_in_english_if_languages_are_what_fails(monkeypatch):
    def fail(*arguments, **options):
        raise UnicodeDecodeError("utf-8", b"\xff", 0, 1, "a broken catalog")

    monkeypatch.setattr("myusa.home.errors.translation.get_language_from_request", fail)
    response = Client(raise_request_exception=False, headers={"Accept-Language": "es"}).get("/")
    assert response.status_code == 500
    assert '<html lang="en">' in response.content.decode()


@pytest.mark.parametrize("status", FAILURES)
def test_nothing_of_a_failure_stays_english(failing, monkeypatch, status):
    pseudo.switch_on(monkeypatch)
    page = failing(FAILURES[status]).get("/").content.decode()
    assert pseudo.OPEN in page
    assert pseudo.english(page, "MyUSA") == []
