"""A form that takes long says so at its button, is sent once, and can be sent again when the person comes back to it."""

import pytest

from profiles.models import Profile
from tests.browser import NARROW, assert_good_page, sign_in
from tests.journeys.devices import Device

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

WAIT = "Please wait…"
# Press, look at once, look a moment later, press again. A locator would wait for the response.
PRESS_TWICE = """
async (button) => {
  const state = () => [document.querySelector("[data-busy]").textContent, button.getAttribute("aria-disabled")];
  button.click();
  const atOnce = state();
  await new Promise((resolve) => setTimeout(resolve, 1500));
  const later = state();
  button.click();
  return [atOnce, later];
}
"""


def slow_down(page, milliseconds):
    network = page.context.new_cdp_session(page)
    network.send("Network.enable")
    network.send(
        "Network.emulateNetworkConditions",
        {"offline": False, "latency": milliseconds, "downloadThroughput": -1, "uploadThroughput": -1},
    )


@pytest.fixture
def profile(new_page, base_url, citizen):
    """The profile's form with a first name, and a list of what is sent."""
    page = new_page(NARROW)
    page.sent = []
    page.on("request", lambda request: page.sent.append(request.url) if request.method == "POST" else None)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/profile")
    page.get_by_label("First name").fill("Joan")
    return page


def test_a_slow_form_says_so_and_is_sent_once(profile, citizen):
    slow_down(profile, 4_000)
    states = profile.get_by_role("button", name="Save").evaluate(PRESS_TWICE)
    assert states == [["", None], [WAIT, "true"]], "only what takes longer than a moment says so"
    profile.get_by_text("Your profile is saved.").wait_for()
    assert len(profile.sent) == 1
    assert Profile.objects.get(user=citizen).values == {"first_name": "Joan"}
    assert profile.get_by_text(WAIT).count() == 0


def test_who_comes_back_to_a_form_can_send_it_again(profile):
    # The page stays, as a browser keeps it for the way back; each press notes whether it was dropped.
    profile.evaluate(
        "window.dropped = []; addEventListener('submit', (event) => {"
        " dropped.push(event.defaultPrevented); event.preventDefault(); })"
    )
    save = profile.get_by_role("button", name="Save")
    save.click()
    profile.get_by_role("status").filter(has_text=WAIT).wait_for()
    assert_good_page(profile)
    save.click(force=True)
    profile.evaluate("dispatchEvent(new PageTransitionEvent('pageshow', { persisted: true }))")
    assert profile.get_by_text(WAIT).count() == 0
    assert save.get_attribute("aria-disabled") is None
    save.click()
    assert profile.evaluate("dropped") == [False, True, False]


def test_a_passkey_that_takes_long_says_so_until_it_fails(new_page, base_url):
    page = new_page()
    device = Device(page)
    device.verifies(False)
    page.goto(f"{base_url}/users/sign_in")
    slow_down(page, 3_000)
    button = page.get_by_role("button", name="Sign in with a passkey")
    button.click()
    page.get_by_role("status").filter(has_text=WAIT).wait_for()
    assert button.get_attribute("aria-disabled") == "true"
    page.get_by_text("Try again, or choose another way.").wait_for()
    assert page.get_by_text(WAIT).count() == 0
    assert button.get_attribute("aria-disabled") is None


def test_a_form_without_scripts_is_sent_as_before(new_page, base_url, citizen):
    page = new_page(java_script_enabled=False)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/profile")
    page.get_by_label("First name").fill("Joan")
    page.get_by_role("button", name="Save").click()
    page.get_by_text("Your profile is saved.").wait_for()
