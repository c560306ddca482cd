"""Every page of the portal in a browser, empty, full and after a mistake: no violation, no error, nothing wider than the window.

The pages are read from the URL table, so a new one is tried too, or has to be named below. The documentation has tests of
its own.
"""

import gzip
import re
import uuid
from collections import defaultdict
from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings
from django.test import Client as Browser
from django.urls import reverse
from django.utils import timezone

from developer_apps.models import ChangelogEntry, HelpArticle
from onboarding.models import Affidavit
from onboarding.states import State
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
# What a GET gets that is no page: parts that scripts reload, files, and addresses that send to the page they are part of.
NO_PAGES = {
    "developer/apps/<int:app_id>/first-call",
    "developer/apps/<int:app_id>/runs/<int:run_id>/steps",
    "developer/requests/<int:request_id>/evidence",
    "developer/requests/<int:request_id>/production-call",
    "developer/affidavit/<str:token>/blank.pdf",
    "developer/affidavit/<str:token>/signed.pdf",
    "developer/apps/<int:app_id>/analytics/traffic.csv",
    "developer/articles/<slug:slug>.md",
    "developer/changelog.atom",
    "developer/changelog.md",
    "developer/faq.md",
    "developer/products/<slug:slug>/openapi.json",
    "developer/requests/<int:request_id>/affidavit/<int:signature_id>.pdf",
    "developer/requests/<int:request_id>/affidavit/blank.pdf",
    "developer/requests/<int:request_id>/demo/<int:demo_id>.ics",
    "developer/requests/<int:request_id>/request.pdf",
    "developer/apps/<int:app_id>/public-access",
    "developer/requests/<int:request_id>/affidavit",
    "developer/requests/<int:request_id>/reply",
    "developer/requests/<int:request_id>/withdraw",
    "developer/teams/<int:team_id>/invite",
    "developer/teams/<int:team_id>/rename",
    "developer/trace/<uuid:trace_id>",
}
# Pages of another state or another person: `test_pages_of_people_outside_the_team_are_good`, and the tests of onboarding.
FOR_OTHERS = {
    "developer/affidavit/<str:token>/",
    "developer/affidavit/<str:token>/decline",
    "developer/affidavit/<str:token>/someone-else",
    "developer/products/<slug:slug>/comment",
    "developer/requests/<int:request_id>/keys",
    "developer/requests/<int:request_id>/questions/<slug:slug>",
    "developer/teams/invitations/<str:token>",
}


# The stylesheets that have rules for a class, by class. The admin's are for the admin.
FILES = defaultdict(set)
for file in (settings.BASE_DIR / "static" / "css").glob("*.css"):
    for name in re.findall(r"\.([a-z][\w-]*)", re.sub(r"/\*.*?\*/", "", file.read_text(), flags=re.DOTALL)):
        if file.stem != "admin":
            FILES[name].add(file.stem)


def of_the_portal():
    return [
        route
        for route in routes.pages()
        if route.template.startswith(PORTAL) and not route.template.startswith(DOCUMENTATION)
    ]


def get(browser, path):
    """Return the status of a GET, the bytes over the wire, and the page ("" if it is none)."""
    response = browser.get(path, headers={"Accept-Encoding": "gzip"})
    content = b"".join(response)
    body = gzip.decompress(content) if response.get("Content-Encoding") == "gzip" else content
    is_page = response.status_code == 200 and b"<html" in body[:400]
    return response.status_code, len(content), body.decode() if is_page else ""


def unstyled_classes(page):
    """Return the classes of a page that have rules, but only in stylesheets that the page does not load."""
    loaded = {
        Path(address).name.split(".")[0] for address in re.findall(r'<link rel="stylesheet"\s+href="([^"]+)"', page)
    }
    used = {name for value in re.findall(r'class="([^"]*)"', page) for name in value.split()}
    return {(name, *sorted(FILES[name])) for name in used & FILES.keys() if not FILES[name] & loaded}


def pages(user, values):
    """Return the paths of the portal's pages that `values` can fill, and their weights: what a GET gets as a whole page."""
    browser = factories.sign_in(Browser(), user)
    found = {}
    for route in of_the_portal():
        if set(route.parameters) <= values.keys():
            path = route.path(values)
            _status, weight, page = get(browser, path)
            if page:
                found[path] = weight
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
    words = {
        "developer/articles/": HelpArticle.objects.published().articles().first().slug,
        "developer/changelog/": ChangelogEntry.objects.published().first().slug,
    }
    return world | {"slug": world["slug"] | words}


@pytest.fixture
def empty(application):
    """Values of addresses of an app and a team that have nothing yet."""
    secret = application.client.secrets.get()
    return {**ELSEWHERE, "app_id": application.app.pk, "team_id": application.app.team_id, "secret_id": secret.pk}


def test_walk_reaches_every_page(full, developer):
    browser = factories.sign_in(Browser(), developer)
    missed, unstyled = set(), set()
    for route in of_the_portal():
        status, _weight, page = get(browser, route.path(full))
        if status != 405 and not page:
            missed.add(route.template)
        unstyled |= unstyled_classes(page)
    unstyled |= unstyled_classes(get(Browser(), "/developer/")[2])
    assert missed == NO_PAGES | FOR_OTHERS
    assert not unstyled, "the stylesheet of these classes is not loaded"


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


def test_pages_of_people_outside_the_team_are_good(reach, new_page, base_url, developer, citizen, product):  # noqa: F811
    page, complaints = new_page(), []
    page.expected_errors += ["403", "404", "410"]
    request = reach(State.AFFIDAVIT_SENT)
    link = reverse("onboarding:sign", args=[Affidavit.objects.latest_of(request).link_token])
    for path in (link, f"{link}decline", f"{link}someone-else", "/developer/"):
        page.goto(base_url + path)
        look_at(page, complaints)
    _invitation, token = request.app.team.invite("someone.else@example.gov", "member", by=developer)
    _invitation, mine = request.app.team.invite(citizen.email, "member", by=developer)
    sign_in(page, citizen, base_url)
    for each, heading in (
        (mine, "Join"),
        (token, "This invitation is for another address"),
        ("unknown", "This invitation doesn’t work"),
    ):
        page.goto(f"{base_url}/developer/teams/invitations/{each}")
        assert page.locator("h1").inner_text().startswith(heading)
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
