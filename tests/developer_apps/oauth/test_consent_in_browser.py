"""The consent page in Chromium: its length, its way with the keyboard, and what a person sees without scripts."""

import pytest

from profiles.models import Profile
from tests.browser import NARROW, WIDE, assert_good_page, sign_in
from tests.developer_apps import flows
from tests.developer_apps.elsewhere import make_product

pytestmark = pytest.mark.browser

SCREEN = 740
MOST_SCREENS = 1.5
MOST_STOPS = 12
SHARE = "Share and continue to app.example.org"


@pytest.fixture
def asks_for_all(make_app):
    """A public app with everything that an app can say of itself, and all scopes."""
    make_product("case", scopes={"case.read": "See the status of your case"})
    scopes = [*make_app().app.scope_list, "case.read"]
    assert len(scopes) == 22
    return make_app(
        name="Benefit Finder",
        organization="Office of Benefits",
        short_description="Finds the benefits you can apply for and fills in the forms.",
        privacy_link="https://app.example.org/privacy",
        terms_link="https://app.example.org/terms",
        support_contact="help@app.example.org",
        scopes=scopes,
        needed_scopes="profile.zip",
        scope_reasons={"profile.zip": "Benefits differ by ZIP code."},
        public=True,
    )


def test_page_for_everything_and_an_empty_profile_is_short(new_page, base_url, citizen, asks_for_all):
    page = new_page(360, SCREEN)
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(asks_for_all))
    height = page.evaluate("document.documentElement.scrollHeight")
    assert height <= MOST_SCREENS * SCREEN, f"{height / SCREEN:.2f} screens"
    button = page.get_by_role("button", name=SHARE)
    assert button.is_visible()
    box = button.bounding_box()
    assert box["y"] + box["height"] <= SCREEN, "the bar is in view without scrolling"


def test_the_keyboard_gets_to_the_button_soon(page, base_url, citizen, asks_for_all):
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(asks_for_all))
    button = page.get_by_role("button", name=SHARE)
    for _ in range(MOST_STOPS):
        page.keyboard.press("Tab")
        if button.evaluate("(element) => element === document.activeElement"):
            return
    pytest.fail(f"the button is not within {MOST_STOPS} Tab stops")


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("is_filled", [False, True])
def test_every_state_is_a_good_page(new_page, base_url, citizen, asks_for_all, width, is_filled):
    if is_filled:
        values = {"first_name": "Joan", "last_name": "x" * 255, "zip": "73301", "is_veteran": True, "gender": "female"}
        Profile.objects.of(citizen).update_values(values, by=citizen)
    page = new_page(width)
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(asks_for_all))
    assert_good_page(page)
    for row in page.locator(".consent-row > summary").all():
        row.click()
    unchecked = [box.get_attribute("id") for box in page.locator("[name=scopes]:not(:checked)").all()]
    for box in unchecked:
        page.locator(f'label[for="{box}"]').click()
    assert_good_page(page)
    page.expected_errors.append("400")
    if not is_filled:
        page.locator('[name="profile-zip"]').fill("1")
        page.get_by_role("button", name=SHARE).click()
        page.get_by_role("link", name="ZIP code").wait_for()
        assert page.locator('[name="profile-zip"]').input_value() == "1"
        assert page.locator('[name="profile-zip"]').is_visible()
        assert_good_page(page)


@pytest.mark.parametrize("has_scripts", [True, False])
def test_what_is_unchecked_hides_its_field_and_what_is_checked_is_saved(
    new_page, base_url, citizen, asks_for_all, has_scripts
):
    page = new_page(java_script_enabled=has_scripts)
    sign_in(page, citizen, base_url)
    page.route("https://app.example.org/**", lambda route: route.fulfill(body="<h1>The app</h1>"))
    page.goto(base_url + flows.authorize_url(asks_for_all))
    page.locator("summary", has_text="See your name").click()
    page.locator('[name="profile-first_name"]').fill("Josefa")
    page.locator('[name="profile-last_name"]').fill("Lee")
    page.locator('label[for="scope-profile.last_name"]').click()
    assert not page.locator('[name="profile-last_name"]').is_visible()
    page.locator("summary", has_text="See details about you").click()
    assert not page.locator('[name="profile-gender"]').is_visible()
    page.locator('label[for="scope-profile.gender"]').click()
    page.locator('[name="profile-gender"]').select_option("female")
    page.get_by_role("button", name=SHARE).click()
    page.wait_for_url("https://app.example.org/**")
    assert Profile.objects.of(citizen).values == {"first_name": "Josefa", "gender": "female"}


def test_a_row_previews_what_is_checked_in_it(page, base_url, citizen, asks_for_all):
    Profile.objects.of(citizen).update_values(
        {"first_name": "Joan", "last_name": "Lee", "gender": "female"}, by=citizen
    )
    sign_in(page, citizen, base_url)
    page.goto(base_url + flows.authorize_url(asks_for_all))
    name = page.locator(".consent-row", has_text="See your name")
    assert "Joan" in name.locator("summary").inner_text()
    assert "3 things are missing: add now" in name.locator("summary").inner_text()
    about = page.locator(".consent-row", has_text="See details about you")
    assert "Not included" in about.locator("summary").inner_text()
    assert "Female" not in about.locator("summary").inner_text()
    name.locator("summary").click()
    for box in name.locator("[name=scopes]").all():
        page.locator(f'label[for="{box.get_attribute("id")}"]').click()
    assert name.locator("summary").inner_text().split("\n")[1:] == ["Not included"]
    about.locator("summary").click()
    page.locator('label[for="scope-profile.gender"]').click()
    assert "Female" in about.locator("summary").inner_text()
