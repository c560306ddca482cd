"""What browser tests share: a person who is signed in, and the demands on every page."""

from typing import Any

from axe_playwright_python.sync_playwright import Axe
from django.conf import settings
from django.test import Client

from tests import factories

NARROW, WIDE = 320, 1280
DELAY_MS, PAUSE_MS = 1_200, 500
# frame.js drops the second press; without it, as in a browser without scripts, both are sent.
_PRESS_TWICE = """
(button, pause) => {
  addEventListener("submit", (event) => event.stopImmediatePropagation(), true);
  button.click();
  setTimeout(() => button.click(), pause);
}
"""

# What axe finds in order is neither listed nor sent, which halves its time; the violations are the same.
_ONLY_VIOLATIONS = {"resultTypes": ["violations"]}
_OVERFLOWING = """
() => {
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth <= width) return [];
  return [...document.querySelectorAll("main *, header *, footer *")]
    .filter((element) => element.getBoundingClientRect().right > width + 1 || element.getBoundingClientRect().left < -1)
    .slice(0, 5)
    .map((element) => `${element.tagName.toLowerCase()}.${element.className}`);
}
"""


def sign_in(page: Any, user: Any, base_url: str, **options: Any) -> None:
    """Sign `user` in on `page` without the sign-in page (`factories.sign_in` takes the options)."""
    browser = factories.sign_in(Client(), user, **options)
    value = browser.cookies[settings.SESSION_COOKIE_NAME].value
    page.context.add_cookies([{"name": settings.SESSION_COOKIE_NAME, "value": value, "url": base_url}])


def press_twice(page: Any, button: Any, *, until: Any) -> None:
    """Press a button twice, the second time before the first response has arrived; wait for the locator `until`.

    Chromium drops the first response, so its second request carries the cookies from before it.
    """
    network, sent = page.context.new_cdp_session(page), []
    network.send("Network.enable")
    slow = {"offline": False, "latency": DELAY_MS, "downloadThroughput": -1, "uploadThroughput": -1}
    network.send("Network.emulateNetworkConditions", slow)
    page.on("request", lambda request: sent.append(request.url) if request.method == "POST" else None)
    button.evaluate(_PRESS_TWICE, PAUSE_MS)
    until.first.wait_for()
    page.wait_for_load_state()
    network.send("Network.emulateNetworkConditions", {**slow, "latency": 0})
    assert len(sent) == 2, "both presses reached the site"


def assert_good_page(page: Any) -> None:
    """Fail if axe finds a violation on the page that is open, if it is wider than the window, or has no own heading."""
    violations = Axe().run(page, options=_ONLY_VIOLATIONS).response["violations"]
    found = [f"{each['id']} ({each['impact']}): {node['html'][:200]}" for each in violations for node in each["nodes"]]
    assert not found, f"{page.url} at {page.viewport_size['width']} px:\n" + "\n".join(found)
    assert_fits(page)
    assert page.locator("h1").count() == 1, f"{page.url} has {page.locator('h1').count()} main headings"


def assert_fits(page: Any) -> None:
    """Fail if the page that is open is wider than the window."""
    assert not (wide := page.evaluate(_OVERFLOWING)), f"{page.url} is wider than the window: {wide}"
