"""The pages of sandbox and traffic in a real browser: accessible, without error, narrow and wide."""

from datetime import timedelta

import pytest
from django.utils import timezone

from tests.browser import NARROW, WIDE, assert_good_page, sign_in
from tests.developer_apps.elsewhere import record
from tests.factories import Api, make_test_user, make_token

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
WIDTHS = pytest.mark.parametrize("width", [NARROW, WIDE])


@pytest.fixture
def signed_in(new_page, base_url, teammate):
    """`signed_in(width)`: a page of a plain member of the team."""

    def open_page(width):
        page = new_page(width)
        sign_in(page, teammate, base_url)
        return page

    return open_page


@WIDTHS
def test_traffic_pages_are_good_empty_and_full(width, signed_in, base_url, application):
    page = signed_in(width)
    address = f"{base_url}/developer/apps/{application.app.pk}/analytics/"
    for path in ("", "log"):
        page.goto(address + path)
        assert_good_page(page)

    for days in range(20):
        for number in range(days + 1):
            at = timezone.now() - timedelta(days=days)
            record(application.app, at=at, status=200 if number % 4 else 429, latency_us=2_000 * (number + 1))
    for path in ("", "?days=90&status=429", "?environment=production", "log", "log?trace=nonsense"):
        page.goto(address + path)
        for fold in page.locator("main details").all():
            fold.locator("summary").click()
        assert_good_page(page)


@WIDTHS
def test_test_users_are_created_edited_and_removed(width, signed_in, base_url, team, application):
    page = signed_in(width)
    address = f"{base_url}/developer/teams/{team.pk}/test-users/"
    page.goto(address)
    assert_good_page(page)

    page.get_by_role("link", name="Add a test user").click()
    assert_good_page(page)
    page.get_by_text("Just a name").click()
    page.expected_errors.append("400")
    page.get_by_role("button", name="Add", exact=True).click()
    assert page.get_by_text("Give the test user a name").first.is_visible()
    assert_good_page(page)
    page.get_by_label("Name", exact=True).fill("Max Minimal")
    page.get_by_role("button", name="Add", exact=True).click()
    assert page.get_by_text("Max Minimal is ready").is_visible()

    make_test_user(team, name="A second one with quite a long name for a card")
    page.reload()
    assert_good_page(page)
    page.get_by_role("button", name="Make default").click()
    page.get_by_role("link", name="Edit profile – Max Minimal").click()
    assert_good_page(page)
    page.get_by_label("First name").fill("Max")
    page.get_by_role("button", name="Save").click()
    assert page.get_by_text("is saved").is_visible()
    page.get_by_role("link", name="Remove – Max Minimal").click()
    assert_good_page(page)
    page.get_by_role("button", name="Remove").click()
    assert page.get_by_text("Max Minimal is removed").is_visible()


@WIDTHS
def test_sandbox_outbox_is_good_empty_and_full(width, signed_in, base_url, team, application):
    page = signed_in(width)
    address = f"{base_url}/developer/teams/{team.pk}/sandbox-outbox"
    page.goto(address)
    assert_good_page(page)

    make_test_user(team, name="Tess Sample")
    Api(make_token(application)).post(
        "/api/v1/notifications", {"notification": {"subject": "Hello", "body": "A <b>text</b>"}}
    )
    page.goto(address)
    assert page.get_by_text("Hello").is_visible()
    assert page.get_by_text("A <b>text</b>").is_visible()
    assert_good_page(page)
