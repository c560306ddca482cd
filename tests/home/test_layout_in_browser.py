"""What axe does not see: columns that line up, cards in the middle, lines of a button that do not touch."""

import pytest
from django.test import Client

from accounts.models import User
from tests import factories
from tests.browser import WIDE, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.slow]

LEFT = "(links) => links.map((link) => Math.round(link.getBoundingClientRect().left))"
# Of the labels that take more than one line: how high a line is, in heights of its letters.
SPACING = """
(buttons) => buttons
  .filter((button) => button.getBoundingClientRect().height > 50)
  .map((button) => parseFloat(getComputedStyle(button).lineHeight) / parseFloat(getComputedStyle(button).fontSize))
"""

SIDES = """
(button) => {
  const text = document.createRange(), box = button.getBoundingClientRect();
  text.selectNodeContents(button.firstChild);
  return [text.getBoundingClientRect().left - box.left, box.right - text.getBoundingClientRect().right];
}
"""


@pytest.mark.parametrize("path", ["/users/sign_in", "/users/confirm?next=/profile"])
def test_a_page_that_asks_for_one_thing_is_in_the_middle(page, base_url, citizen, path):
    if "confirm" in path:
        sign_in(page, citizen, base_url, age=86_400)
    page.set_viewport_size({"width": WIDE, "height": 900})
    page.goto(base_url + path)
    card = page.locator(".form-narrow").bounding_box()
    assert abs(card["x"] - (page.evaluate("document.documentElement.clientWidth") - card["x"] - card["width"])) <= 1
    field = page.locator("main input[type=email]")
    if field.count():
        assert abs(field.bounding_box()["width"] - page.locator("main h1").bounding_box()["width"]) <= 1


@pytest.mark.parametrize("width", [320, 360])
def test_the_settings_menu_in_spanish_has_two_columns_on_a_phone(new_page, base_url, citizen, width):
    User.objects.filter(pk=citizen.pk).update(language="es")
    page = new_page(width)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/account")
    first, second, third, fourth = page.locator(".side-nav a").evaluate_all(LEFT)
    assert first == third
    assert abs(second - fourth) <= 3
    assert first < second


def test_lines_of_a_button_do_not_touch(new_page, base_url, citizen):
    User.objects.filter(pk=citizen.pk).update(language="es")
    page = new_page(320)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/account")
    spacing = page.locator(".usa-button").evaluate_all(SPACING)
    assert spacing, "a label of this page takes two lines"
    assert min(spacing) >= 1.15


def test_the_label_of_a_button_is_in_its_middle_whatever_screen_readers_read(page, base_url, citizen):
    factories.sign_in(Client(), citizen)
    sign_in(page, citizen, base_url)
    page.goto(f"{base_url}/settings/security")
    before, after = page.locator(".card .usa-button--small").first.evaluate(SIDES)
    assert abs(before - after) <= 1
