"""Every page of a citizen, empty, full and with errors, narrow and wide, light and dark: accessible, quiet, and not wider."""

from collections.abc import Iterator
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from developer_apps import traffic
from developer_apps.models import Authorization, Environment
from developer_apps.sandbox import personas
from myusa.lib import languages
from notifications.models import Notification
from tasks.models import Task, TaskItem
from tests import pseudo
from tests.browser import NARROW, WIDE, assert_fits, assert_good_page, sign_in

pytestmark = pytest.mark.browser

EMPTY, FULL, ERROR = "empty", "full", "error"
DARK = "rgb(16, 24, 25)"
PAGES = (
    "/",
    "/help",
    "/help?q=code",
    "/help?q=zzz",
    "/legal",
    "/status",
    "/profile",
    "/profile/additional",
    "/tasks/",
    "/tasks/?show=done",
    "/tasks/?show=dismissed",
    "/notifications/",
    "/notifications/?unread=1",
    "/settings/notifications",
    "/settings/notifications/mobile",
    "/authorizations",
    "/settings/account",
    "/help/contact",
    "/settings/account/email",
    "/settings/account/time-zone",
    "/settings/account/delete",
    "/settings/security",
    "/settings/activity",
)
# The page, and what is entered by the name of its field.
WRONG = (
    ("/profile", {"zip": "1"}),
    ("/settings/notifications/mobile", {"number": "1"}),
    ("/settings/account/email", {"email": "nobody"}),
    ("/settings/account/delete", {"email": "someone@else.example"}),
)


def fill(citizen: Any, application: Any) -> list[str]:
    """Give a citizen long values of everything; return the addresses of the pages that only exist then."""
    personas.fill(citizen, "long-names")
    app = application.app
    connection = Authorization.objects.grant(citizen, app, allowed=app.scope_list)
    for number in range(4):
        task = Task.objects.create(app=app, user=citizen, name=f"Bring {'x' * 200} {number}")
        TaskItem.objects.create(task=task, name="Step", position=0)
        message = Notification.objects.create(
            user=citizen, app=app, sender=app.name, subject=f"{'y' * 200} {number}", body="Text"
        )
    traffic.record(
        app_id=app.pk,
        environment=Environment.SANDBOX,
        product="profile",
        endpoint="profile",
        method="GET",
        status=200,
        latency_us=1,
        user_id=citizen.pk,
        fields_read=" ".join(scope for scope in app.scope_list if scope.startswith("profile.")),
        at=timezone.now(),
        trace_id="123e4567-e89b-12d3-a456-426614174000",
    )
    return [
        f"/authorizations/{connection.pk}",
        f"/authorizations/{connection.pk}/disconnect",
        f"/authorizations/report/{app.pk}",
        message.get_absolute_url(),
    ]


def walk(page: Any, base_url: str, state: str, more: list[str]) -> Iterator[None]:
    """Open every page in a state, and let each be looked at: with errors, or as it comes and with what is folded open."""
    if state == ERROR:
        page.expected_errors += ["404", "400"]
        page.goto(f"{base_url}/no/such/page")
        yield
        for path, fields in WRONG:
            page.goto(base_url + path)
            for name, value in fields.items():
                page.locator(f"main [name={name}]").fill(value)
            page.locator("main form:has(.usa-input) button[type=submit]").first.click()
            assert page.locator(".error-summary").is_visible(), path
            yield
        return
    for path in (*PAGES, *more):
        page.goto(base_url + path)
        for fold in page.locator("main details:not([open]) > summary").all()[:3]:
            fold.click()
        yield


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("state", [EMPTY, FULL, ERROR])
def test_every_page_of_a_citizen_is_good(new_page, base_url, citizen, public_application, state, width):
    page = new_page(width)
    sign_in(page, citizen, base_url)
    more = fill(citizen, public_application) if state == FULL else []
    for _page in walk(page, base_url, state, more):
        assert_good_page(page)
        page.emulate_media(color_scheme="dark")
        assert page.evaluate("getComputedStyle(document.body).backgroundColor") == DARK
        assert_good_page(page)
        page.emulate_media(color_scheme="light")


@pytest.mark.parametrize("state", [EMPTY, FULL, ERROR])
def test_every_page_of_a_citizen_is_good_in_spanish(new_page, base_url, citizen, public_application, state):
    """Words are longer in Spanish. Each page is loaded once, and looked at narrow and wide."""
    page = new_page(NARROW)
    sign_in(page, in_language(citizen, "es"), base_url)
    more = fill(citizen, public_application) if state == FULL else []
    for _page in walk(page, base_url, state, more):
        assert page.locator("html").get_attribute("lang") == "es"
        assert_good_page(page)
        page.set_viewport_size({"width": WIDE, "height": 900})
        assert_good_page(page)
        page.set_viewport_size({"width": NARROW, "height": 900})


@pytest.fixture
def arabic(monkeypatch, settings, tmp_path):
    """Give the site a language from right to left, by a catalog alone."""
    pseudo.write_catalog(tmp_path, "ar")
    settings.LOCALE_PATHS = [tmp_path]
    settings.LANGUAGES = languages.available([tmp_path])
    pseudo.switch_on(monkeypatch, only="ar")


@pytest.mark.parametrize("state", [EMPTY, FULL, ERROR])
def test_a_language_from_right_to_left_needs_a_catalog_alone(
    new_page, base_url, citizen, public_application, arabic, state
):
    page = new_page(NARROW)
    sign_in(page, in_language(citizen, "ar"), base_url)
    more = fill(citizen, public_application) if state == FULL else []
    for _page in walk(page, base_url, state, more):
        assert page.locator("html").get_attribute("lang") == "ar"
        assert page.locator("html").get_attribute("dir") == "rtl"
        assert_fits(page)
        page.set_viewport_size({"width": WIDE, "height": 900})
        assert_fits(page)
        assert page.evaluate(_FROM_THE_RIGHT) < 40, f"{page.url}: the heading does not begin at the right"
        page.set_viewport_size({"width": NARROW, "height": 900})


# How far from the right edge of its column the page's heading begins (pixels).
_FROM_THE_RIGHT = """
() => {
  const heading = document.querySelector("h1"), text = document.createRange();
  text.selectNodeContents(heading);
  return heading.parentElement.getBoundingClientRect().right - text.getBoundingClientRect().right;
}
"""


def in_language(citizen: Any, code: str) -> Any:
    User.objects.filter(pk=citizen.pk).update(language=code)
    return citizen
