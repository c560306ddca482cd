"""Files that programs look for at fixed addresses."""

import datetime
from urllib.robotparser import RobotFileParser

import pytest
from django.contrib.staticfiles import finders
from django.utils import timezone

pytestmark = pytest.mark.django_db


def text_of(browser, address):
    response = browser.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    return response.content.decode()


def test_crawlers_may_read_the_documentation_and_nothing_of_people(anonymous):
    robots = RobotFileParser()
    robots.parse(text_of(anonymous, "/robots.txt").splitlines())
    for path in ("/", "/developer/docs/tokens", "/developer/products/"):
        assert robots.can_fetch("crawler", path)
    for path in ("/admin/", "/api/v1/profile", "/oauth/authorize", "/users/sign_in/link/x", "/unsubscribe/x"):
        assert not robots.can_fetch("crawler", path)


def test_security_txt_names_the_contact_and_has_not_expired(anonymous, settings):
    lines = text_of(anonymous, "/.well-known/security.txt").splitlines()
    fields = dict(line.split(": ", 1) for line in lines)
    assert fields["Contact"] == f"mailto:{settings.SUPPORT_EMAIL}"
    assert fields["Canonical"] == f"{settings.BASE_URL}/.well-known/security.txt"
    left = datetime.datetime.fromisoformat(fields["Expires"]) - timezone.now()
    assert datetime.timedelta(days=90) < left < datetime.timedelta(days=365)


def test_the_icon_is_found_without_reading_a_page(anonymous, settings):
    response = anonymous.get("/favicon.ico")
    assert response.status_code == 302
    assert finders.find(response["Location"].removeprefix(settings.STATIC_URL))
