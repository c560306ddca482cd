"""The frame, the components, home and the error pages in a real browser, narrow and wide."""

import json

import pytest
from django.core.mail import EmailMessage
from django.core.mail.backends.filebased import EmailBackend

from tests.browser import NARROW, WIDE, assert_good_page, sign_in

pytestmark = pytest.mark.browser
WIDTHS = pytest.mark.parametrize("width", [NARROW, WIDE])


@WIDTHS
@pytest.mark.parametrize("path", ["/", "/status"])
def test_pages_for_everyone_are_good(new_page, base_url, width, path):
    page = new_page(width)
    page.goto(base_url + path)

    assert_good_page(page)


@WIDTHS
@pytest.mark.parametrize("role", ["citizen", "developer"])
def test_home_is_good_in_every_role(new_page, base_url, width, role, application, public_application, request):
    page = new_page(width)
    sign_in(page, request.getfixturevalue(role), base_url)
    page.goto(base_url)

    assert page.locator("h1").inner_text() == "Welcome"
    assert_good_page(page)


@WIDTHS
def test_home_of_staff_is_good(new_page, base_url, width, superuser, developer, application):
    application.app.request_public_access(by=developer)
    page = new_page(width)
    sign_in(page, superuser, base_url)
    page.goto(base_url)

    assert page.get_by_text("Waiting for staff").is_visible()
    assert_good_page(page)


@WIDTHS
@pytest.mark.urls("tests.home.gallery")
def test_every_component_and_field_is_good_in_every_state(new_page, base_url, width):
    page = new_page(width)
    page.goto(f"{base_url}/gallery")
    assert_good_page(page)

    page.get_by_role("button", name="Save").click()
    assert page.title().startswith("Error:")
    assert page.evaluate("document.activeElement.classList.contains('error-summary')")
    assert_good_page(page)

    page.goto(f"{base_url}/gallery/confirm")
    assert_good_page(page)


@WIDTHS
def test_error_pages_are_good(new_page, base_url, width):
    page = new_page(width)
    page.expected_errors += ["404", "403"]
    page.goto(f"{base_url}/no/such/page/")
    assert_good_page(page)

    page.goto(
        f"{base_url}/users/sign_in", wait_until="networkidle"
    )  # its script asks for passkeys, which sets the cookie
    page.context.clear_cookies()
    page.get_by_label("Email address").fill("citizen@example.gov")
    page.locator("main form button[type=submit]").first.click()
    assert page.get_by_text("This form has expired").is_visible()
    assert_good_page(page)


@WIDTHS
@pytest.mark.urls("tests.home.gallery")
def test_page_of_a_failed_server_is_good(new_page, base_url, width, settings):
    settings.DEBUG_PROPAGATE_EXCEPTIONS = False
    page = new_page(width)
    page.expected_errors.append("500")
    page.goto(f"{base_url}/gallery/fails")

    assert page.get_by_text("Something went wrong on our side").is_visible()
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(250, 248, 243)"
    assert_good_page(page)


@WIDTHS
def test_outbox_is_good_empty_and_full(new_page, base_url, width, settings, tmp_path):
    settings.DEBUG = True
    settings.VAR_DIR, settings.EMAIL_FILE_PATH, settings.SMS_FILE_PATH = (
        tmp_path,
        str(tmp_path / "mail"),
        tmp_path / "sms",
    )
    page = new_page(width)
    page.goto(f"{base_url}/dev/outbox/")
    assert_good_page(page)

    users = {
        "citizen": {"email": "citizen@demo.example"},
        "staff": {"email": "staff@demo.example", "totp_secret": "JBSWY3DPEHPK3PXP"},
    }
    (tmp_path / "demo.json").write_text(json.dumps({"users": users}))
    text = f"Your code is\n\n123456\n\nor open {base_url}/users/sign_in/code?code=123456&more={'x' * 200}"
    EmailBackend(file_path=settings.EMAIL_FILE_PATH).send_messages(
        [EmailMessage("Code", text, "a@demo.example", ["citizen@demo.example"])]
    )
    page.goto(f"{base_url}/dev/outbox/")
    assert_good_page(page)
    assert page.get_by_role("link", name="123456", exact=True).is_visible()


def test_menu_of_narrow_screens_works_without_scripts(new_page, base_url, citizen):
    page = new_page(NARROW, java_script_enabled=False)
    sign_in(page, citizen, base_url)
    page.goto(base_url)

    menu = page.locator("header details")
    assert not menu.get_by_role("link", name="Tasks").is_visible()
    menu.locator("summary").click()
    menu.get_by_role("link", name="Tasks").click()
    assert page.url == f"{base_url}/tasks/"


def test_open_menu_is_good(new_page, base_url, citizen):
    page = new_page(NARROW)
    sign_in(page, citizen, base_url)
    page.goto(base_url)
    page.locator("header details summary").click()

    assert_good_page(page)


def test_keyboard_skips_to_the_content_and_sees_where_it_is(new_page, base_url):
    page = new_page()
    page.goto(f"{base_url}/status")

    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.textContent") == "Skip to main content"
    assert page.locator(".skip-link").bounding_box()["y"] >= 0
    page.keyboard.press("Enter")
    assert page.evaluate("document.activeElement.id") == "main-content"


@pytest.mark.urls("tests.home.gallery")
def test_button_copies_and_says_so(new_page, base_url):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{base_url}/gallery")

    button = page.locator("[data-copy=s1]")
    button.click()

    assert page.evaluate("navigator.clipboard.readText()") == "msk_7f8a9b0c1d2e3f4a5b6c7d8e9f0a1b2c3d4e5f6a"
    assert button.inner_text() == "Copied"


@pytest.mark.urls("tests.home.gallery")
def test_button_that_could_not_copy_is_not_shown(new_page, base_url):
    page = new_page(java_script_enabled=False)
    page.goto(f"{base_url}/gallery")

    assert not page.locator("[data-copy=s1]").is_visible()
    assert page.locator("#s1").is_visible()
