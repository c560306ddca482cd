"""From the landing page to the first 200 for a person who never signed in: counted, with and without JavaScript."""

import shlex
import subprocess

import pytest

from tests import browser
from tests.journeys.browsing import enter_address_and_code

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

MAX_PAGES = 6
MAX_TYPED_FIELDS = 3


class Counted:
    """Counts the pages a person sees and the fields they type into."""

    def __init__(self, page):
        self.page, self.pages, self.typed = page, [], []
        page.on("framenavigated", lambda frame: self.pages.append(frame.url) if frame == page.main_frame else None)
        page.expose_binding("typedInto", lambda _source, name: self.typed.append(name))
        page.add_init_script(
            "document.addEventListener('input', (event) => event.target.matches('input[type=text], input[type=email], textarea')"
            " && window.typedInto(event.target.name))"
        )


def register(page, base_url):
    """Walk from the landing page to the page of a new app."""
    page.goto(base_url)
    page.get_by_role("link", name="Developers").first.click()
    page.get_by_role("link", name="Register an app").first.click()
    enter_address_and_code(page, "newcomer@example.gov")
    page.get_by_label("Name", exact=False).first.fill("Permit Desk")
    page.locator('label[for="scope-profile.email"]').click()
    page.get_by_role("button", name="Register").click()
    page.get_by_role("heading", name="Make your first call").wait_for()


def test_first_call_within_six_pages_and_three_typed_fields(new_page, base_url):
    page = new_page()
    counted = Counted(page)
    register(page, base_url)
    browser.assert_good_page(page)
    page.get_by_role("button", name="Send this request").click()
    page.get_by_text("Response: 200 OK").wait_for()  # the page that waits may say first that the call was received
    assert page.get_by_text("We received your first call").is_visible()
    assert page.locator("#shown-secret").is_visible(), "sending does not take the secret away"
    browser.assert_good_page(page)
    assert len(set(counted.pages)) <= MAX_PAGES, counted.pages
    assert set(counted.typed) == {"email", "code", "name"}
    assert len(set(counted.typed)) <= MAX_TYPED_FIELDS


def test_copied_command_is_seen_within_five_seconds(new_page, base_url):
    page = new_page(permissions=["clipboard-read", "clipboard-write"])
    register(page, base_url)
    page.set_viewport_size({"width": browser.NARROW, "height": 900})
    browser.assert_good_page(page)
    page.locator("#first-call-request-curl + button").click()
    command = page.evaluate("navigator.clipboard.readText()")
    run(command)
    page.get_by_text("We received your first call").wait_for(timeout=5_000)


def test_copied_command_works_without_javascript(new_page, base_url):
    page = new_page(java_script_enabled=False)
    register(page, base_url)
    run(page.locator("#first-call-request-curl").inner_text())
    page.reload()
    assert page.get_by_text("We received your first call").is_visible()


def test_chosen_language_is_remembered_on_other_pages(new_page, base_url):
    page = new_page()
    page.goto(f"{base_url}/developer/docs/tokens")
    page.locator("label", has_text="Python").first.click()
    assert page.locator("#token_refresh-python").is_visible(), "all samples of the page change"
    page.goto(f"{base_url}/developer/docs/profile")
    assert page.locator("#profile-python").is_visible()
    assert not page.locator("#profile-curl").is_visible()
    page.locator("label", has_text="Ruby").first.click()
    page.go_back()
    assert page.locator("#token_refresh-ruby").is_visible(), "also on a page that was there before"


def test_language_that_a_page_does_not_have_leaves_the_one_chosen_before(new_page, base_url):
    page = new_page()
    page.goto(f"{base_url}/developer/docs/profile")
    page.locator("label", has_text="Python").first.click()
    page.goto(f"{base_url}/developer/docs/starters")
    page.locator("label", has_text="Single-page app").first.click()
    page.goto(f"{base_url}/developer/docs/profile")
    assert page.locator("#profile-python").is_visible()
    assert not page.locator("#profile-curl").is_visible()


def run(command):
    """Run a curl command as printed, and expect 200."""
    arguments = shlex.split(command.replace("\\\n", ""))
    assert arguments[0] == "curl"
    output = subprocess.run([*arguments, "-s", "-w", "\n%{http_code}"], capture_output=True, text=True, timeout=20)
    assert output.stdout.endswith("\n200"), output.stdout
