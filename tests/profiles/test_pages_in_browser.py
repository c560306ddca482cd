"""The profile pages in a real browser: every state is accessible, on a phone and without script."""

import pytest

from developer_apps.sandbox import personas
from profiles.models import Profile
from tests.browser import NARROW, WIDE, assert_good_page, sign_in

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("persona", [None, "complete", "long-names"])
def test_profile_pages_are_good_empty_and_full(new_page, base_url, citizen, persona, width):
    if persona:
        personas.fill(citizen, persona)
    page = new_page(width=width)
    sign_in(page, citizen, base_url)
    for path in ("/profile", "/profile/additional"):
        page.goto(base_url + path)
        assert_good_page(page)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_person_corrects_what_was_wrong_without_script(new_page, base_url, citizen, width):
    page = new_page(width=width, java_script_enabled=False)
    sign_in(page, citizen, base_url)
    page.goto(base_url + "/profile")
    page.get_by_label("First name").fill("Joan")
    page.get_by_label("ZIP code").fill("1234")
    page.get_by_role("button", name="Save").click()
    summary = page.get_by_role("alert")
    assert "Please correct one thing" in summary.inner_text()
    summary.get_by_role("link", name="ZIP code").click()
    assert page.url.endswith("#id_zip")
    assert page.get_by_label("First name").input_value() == "Joan"
    page.get_by_label("ZIP code").fill("12345")
    page.get_by_label("State or territory").select_option("PR")
    page.get_by_role("button", name="Save").click()
    assert "Your profile is saved." in page.inner_text("main")
    page.get_by_role("link", name="Additional information").first.click()
    page.get_by_role("group", name="Are you a veteran?").get_by_text("Yes").click()
    page.get_by_role("button", name="Save").click()
    assert Profile.objects.get(user=citizen).values == {
        "first_name": "Joan",
        "zip": "12345",
        "state": "PR",
        "is_veteran": True,
    }


def test_page_with_errors_is_good(new_page, base_url, citizen):
    page = new_page(width=NARROW)
    sign_in(page, citizen, base_url)
    page.goto(base_url + "/profile")
    page.get_by_label("ZIP code").fill("x")
    page.get_by_label("Phone number", exact=True).fill("x")
    page.get_by_role("button", name="Save").click()
    assert page.locator(".usa-form-group--error").count() == 2
    assert_good_page(page)
