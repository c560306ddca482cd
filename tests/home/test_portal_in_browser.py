"""Every page of the portal in a browser, empty, full and after a mistake: no violation, no error, nothing wider than the window.

The pages are read from the URL table, so a new one is tried too. The documentation has tests of its own.
"""

import gzip
import uuid
from datetime import timedelta

import pytest
from django.test import Client as Browser
from django.utils import timezone

from tests import factories
from tests.browser import NARROW, WIDE, assert_good_page, sign_in
from tests.developer_apps.elsewhere import record
from tests.security import routes
from tests.security.conftest import clock, connected, personal, product, reach, subscribed, world  # noqa: F401

pytestmark = [pytest.mark.browser, pytest.mark.slow]
PORTAL, DOCUMENTATION = "developer/", "developer/docs/"
SECOND_VIEW = 15_000  # bytes: the page alone, everything else is cached
ELSEWHERE = {"slug": {"developer/products/": "tasks"}, "environment": "sandbox"}
# Pages whose form refuses to be sent empty.
FORMS = [
    "developer/apps/new",
    "developer/apps/<int:app_id>/edit",
    "developer/apps/<int:app_id>/delete",
    "developer/apps/<int:app_id>/keys/<slug:environment>/redirect-uris",
    "developer/teams/new",
    "developer/support",
]


def pages(user, values):
    """Return the paths of the portal's pages that `values` can fill, and their weights: what a GET gets as a whole page."""
    browser = factories.sign_in(Browser(), user)
    found = {}
    for route in routes.pages():
        if not route.template.startswith(PORTAL) or route.template.startswith(DOCUMENTATION):
            continue
        if set(route.parameters) <= values.keys():
            path = route.path(values)
            response = browser.get(path, headers={"Accept-Encoding": "gzip"})
            is_compressed = response.get("Content-Encoding") == "gzip"
            content = b"".join(response)
            body = gzip.decompress(content) if is_compressed else content
            if response.status_code == 200 and b"<html" in body[:400]:
                found[path] = len(content)
    return found


def look_at(page, complaints):
    for width in (WIDE, NARROW):
        page.set_viewport_size({"width": width, "height": 900})
        try:
            assert_good_page(page)
        except AssertionError as problem:
            complaints.append(str(problem))


@pytest.fixture
def full(world, application):  # noqa: F811
    """Values of addresses in a world where every page has something to show."""
    for number in range(60):
        at = timezone.now() - timedelta(hours=number)
        record(application.app, at=at, trace_id=uuid.uuid4(), status=200 if number % 3 else 403, error="SCOPE_MISSING")
    return world


@pytest.fixture
def empty(application):
    """Values of addresses of an app and a team that have nothing yet."""
    secret = application.client.secrets.get()
    return {**ELSEWHERE, "app_id": application.app.pk, "team_id": application.app.team_id, "secret_id": secret.pk}


@pytest.mark.parametrize("state", ["empty", "full"])
def test_every_page_is_good(state, request, new_page, base_url, developer):
    values = request.getfixturevalue(state)
    page, complaints = new_page(), []
    sign_in(page, developer, base_url)
    paths = pages(developer, values)
    assert len(paths) > (15 if state == "empty" else 35)
    for path in paths:
        page.goto(base_url + path)
        look_at(page, complaints)
    assert not complaints, "\n".join(complaints)
    assert not {path: weight for path, weight in paths.items() if weight > SECOND_VIEW}


def test_every_page_is_good_after_a_mistake(empty, new_page, base_url, developer):
    page, complaints = new_page(), []
    page.expected_errors += ["400", "404"]
    sign_in(page, developer, base_url)
    by_template = {route.template: route for route in routes.pages()}
    for template in FORMS:
        page.goto(base_url + by_template[template].path(empty))
        for field in page.locator("main input[type=text], main input[type=url], main textarea").all():
            if field.is_visible():
                field.fill("")
        page.locator("main form button[type=submit]").last.click()
        assert page.title().startswith("Error:"), page.url
        look_at(page, complaints)
    for path in ("/developer/apps/999999/", "/developer/trace/00000000-0000-4000-8000-000000000000"):
        page.goto(base_url + path)
        look_at(page, complaints)
    assert not complaints, "\n".join(complaints)


def test_times_are_in_the_viewers_zone_with_utc_as_title(application, new_page, base_url, developer):
    page = new_page(timezone_id="Asia/Tokyo")
    sign_in(page, developer, base_url)
    page.goto(f"{base_url}/developer/apps/{application.app.pk}/history")
    time = page.locator("main time").first
    assert "GMT+9" in time.inner_text()
    assert "ago" in time.inner_text() or "this minute" in time.inner_text()
    assert time.get_attribute("title").endswith(" UTC")
