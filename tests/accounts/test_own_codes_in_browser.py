"""The page of the last link in a message with a code: stop codes, or get one in this browser."""

import pytest
from django.core import mail
from django.test import Client

from tests.accounts.codes import ask_for_code
from tests.accounts.test_guessing import links_in
from tests.browser import NARROW, assert_good_page

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_the_page_leads_to_a_code(new_page, base_url):
    ask_for_code(Client(), "new@example.gov")
    (path,) = links_in(mail.outbox[-1], "/users/codes/stop/")
    page = new_page(NARROW)
    page.goto(f"{base_url}{path}")
    assert_good_page(page)
    page.get_by_role("button", name="Get a code in this browser").click()
    page.get_by_role("heading", name="Ask for your code now").wait_for()
    assert_good_page(page)
    page.get_by_role("link", name="Go to sign-in").click()
    assert page.get_by_label("Email address").input_value() == "new@example.gov"
