"""Pages that ask for one thing have the focus there; after a mistake the summary has it. Groups of scopes have a button."""

import pytest
from playwright.sync_api import expect

from tests.accounts.codes import add_second_factor
from tests.browser import sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]
RING = """
(summary) => [
  getComputedStyle(summary).outlineColor,
  getComputedStyle(summary).borderInlineStartColor,
  getComputedStyle(summary.firstElementChild).backgroundColor,
]
"""


def test_typing_begins_at_once_on_the_way_in(page, base_url):
    page.goto(f"{base_url}/users/sign_in")
    page.keyboard.type("ann@example.gov")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    page.keyboard.type("12")
    assert page.locator("[name=code]").input_value() == "12"


def test_after_a_mistake_the_summary_has_the_focus(page, base_url):
    page.expected_errors += ["400"]
    page.goto(f"{base_url}/users/sign_in")
    page.keyboard.type("nothing")
    page.keyboard.press("Enter")
    summary = page.locator(".error-summary")
    expect(summary).to_be_focused()
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        ring, bar, cover = summary.evaluate(RING)
        assert ring == bar, "one frame, not two borders"
        assert cover == "rgba(0, 0, 0, 0)", "nothing lies on the ring"


def test_the_mark_of_a_required_box_is_next_to_its_label(page, base_url, citizen):
    add_second_factor(citizen)
    sign_in(page, citizen, base_url, second_factor=True)
    page.goto(f"{base_url}/settings/security/codes?next=/profile")
    label = page.locator("label[for=id_saved]")
    assert label.locator("abbr").bounding_box()["width"] < 16


def test_a_group_of_scopes_is_selected_and_cleared_as_a_whole(page, base_url, developer):
    sign_in(page, developer, base_url)
    page.goto(f"{base_url}/developer/apps/new")
    group = page.get_by_role("group", name="Address", exact=True)
    boxes = group.locator("[name=scopes]")
    group.get_by_role("button", name="Select all").click()
    assert all(box.is_checked() for box in boxes.all())
    assert page.locator("[name=scopes]:checked").count() == boxes.count(), "other groups are left alone"
    boxes.first.focus()
    page.keyboard.press("Space")
    group.get_by_role("button", name="Select all").click()
    group.get_by_role("button", name="Clear all").click()
    assert page.locator("[name=scopes]:checked").count() == 0
