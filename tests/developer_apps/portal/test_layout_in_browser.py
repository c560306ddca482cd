"""What belongs together is next to each other, long names keep to a line, and a list of apps is short on a phone."""

import pytest
from django.urls import reverse

from onboarding.models import Affidavit
from onboarding.states import State
from tests.browser import NARROW, WIDE, assert_fits, sign_in
from tests.factories import make_team
from tests.onboarding.conftest import clock, product, reach, subscribed  # noqa: F401 - fixtures

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]


def test_officer_reads_the_statement_next_to_the_form(reach, new_page, base_url):  # noqa: F811
    affidavit = Affidavit.objects.latest_of(reach(State.AFFIDAVIT_SENT))
    page = new_page(WIDE)
    page.goto(base_url + reverse("onboarding:sign", args=[affidavit.link_token]))
    statement, form = page.locator("main .card").first, page.locator("main form")
    left, right = statement.bounding_box(), form.bounding_box()
    assert left["x"] + left["width"] < right["x"]
    assert abs(left["y"] - right["y"]) < 100, "both begin at the same height"
    page.set_viewport_size({"width": NARROW, "height": 900})
    answers = page.get_by_role("heading", name="Answers of the production request").bounding_box()
    assert statement.bounding_box()["y"] < answers["y"] < form.bounding_box()["y"], "read first, then sign"
    assert_fits(page)


@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_long_name_keeps_to_one_line_and_is_whole_in_the_title(width, developer, new_page, base_url):
    name = "Office" + "of" * 90
    make_team(developer, name=name)
    page = new_page(width)
    sign_in(page, developer, base_url)
    page.goto(f"{base_url}/developer/teams/")
    link = page.get_by_role("link", name=name)
    assert link.get_attribute("title") == name
    assert (
        link.evaluate("each => each.scrollWidth > each.clientWidth && getComputedStyle(each).textOverflow")
        == "ellipsis"
    )
    assert link.bounding_box()["height"] < 40
    assert_fits(page)


def test_app_on_a_phone_shows_its_figures_next_to_each_other(application, developer, new_page, base_url):
    page = new_page(NARROW)
    sign_in(page, developer, base_url)
    page.goto(f"{base_url}/developer/")
    row = page.locator(".app-table tbody tr").first
    calls, errors = row.locator(".number").all()
    assert calls.bounding_box()["y"] == errors.bounding_box()["y"]
    assert row.bounding_box()["height"] < 200
    assert_fits(page)


def test_headings_of_legal_texts_descend_in_size(new_page, base_url):
    page = new_page(WIDE)
    page.goto(f"{base_url}/legal")
    sizes = [
        page.locator(f"main {level}").first.evaluate("each => parseFloat(getComputedStyle(each).fontSize)")
        for level in ("h1", "h2", "h3")
    ]
    assert sizes[0] > sizes[1] + 4 > sizes[2] + 8


@pytest.mark.parametrize(("width", "columns"), [(WIDE, 4), (800, 2), (NARROW, 1)])
def test_four_steps_leave_none_alone_in_its_row(width, columns, new_page, base_url):
    page = new_page(width)
    page.goto(f"{base_url}/developer/")
    tops = [step.bounding_box()["y"] for step in page.locator(".steps > li").all()]
    assert len(tops) == 4
    assert [tops.count(top) for top in sorted(set(tops))] == [columns] * (4 // columns)
