"""Whether a page helped: counted per page and month for everyone, without a script, and nothing is kept about the reader."""

import re

import pytest
from django.contrib.auth.models import Permission
from django.test import Client as Browser

from developer_apps.docs import ratings
from developer_apps.models import HelpArticle, PageRating
from tests.browser import NARROW, WIDE, assert_good_page

pytestmark = pytest.mark.django_db
RATE = "/developer/docs/rate"
TOKENS = "/developer/docs/tokens"


def rate(browser, page=TOKENS, helpful="yes"):
    return browser.post(RATE, {"page": page, "helpful": helpful})


def totals(page=TOKENS):
    return list(PageRating.objects.filter(path=page).values_list("helpful", "not_helpful"))


def test_responses_are_counted_and_thanked_for(anonymous):
    for helpful, words in (
        ("yes", "We’re glad this page helped."),
        ("no", "Tell us what’s missing"),
        ("yes", "Thank you"),
    ):
        response = rate(anonymous, helpful=helpful)
        assert response["Location"] == f"{TOKENS}?rated={helpful}#helpful"
        page = anonymous.get(response["Location"]).content.decode()
        assert words in page
        assert "Was this page helpful?" not in page
    assert totals() == [(2, 1)]


def test_nothing_is_kept_about_the_reader(sign_in, developer):
    assert rate(sign_in(developer)).status_code == 302
    assert {field.name for field in PageRating._meta.get_fields()} == {"id", "path", "month", "helpful", "not_helpful"}


def test_every_page_with_the_question_can_be_rated(anonymous):
    article = HelpArticle.objects.articles().first()
    for path in (
        "/developer/docs/",
        "/developer/docs/errors/token-invalid",
        "/developer/faq",
        f"/developer/articles/{article.slug}",
    ):
        page = anonymous.get(path).content.decode()
        assert re.search(rf'name="page" value="{re.escape(path)}"', page), path
        assert rate(anonymous, path).status_code == 302
        assert totals(path) == [(1, 0)]
    assert {
        each for each in ratings.pages() if 'action="/developer/docs/rate"' not in anonymous.get(each).content.decode()
    } == set()


@pytest.mark.parametrize(
    ("page", "helpful"),
    [("https://evil.example/", "yes"), ("/admin/", "yes"), ("", "yes"), (TOKENS, "maybe"), (TOKENS, "")],
)
def test_other_pages_and_other_words_count_nothing(anonymous, page, helpful):
    assert rate(anonymous, page, helpful).status_code == 404
    assert not PageRating.objects.exists()


def test_the_form_needs_the_token_of_a_page_of_ours(db):
    assert rate(Browser(enforce_csrf_checks=True)).status_code == 403


def test_one_network_is_counted_so_often_and_no_more(anonymous, monkeypatch):
    monkeypatch.setattr(ratings, "PER_HOUR", 2)
    for _response in range(3):
        response = rate(anonymous)
    assert response["Location"] == f"{TOKENS}?rated=later#helpful"
    assert "Try again in an hour." in anonymous.get(response["Location"]).content.decode()
    assert totals() == [(2, 0)]


def test_staff_see_the_totals_and_change_nothing(anonymous, sign_in, staff):
    rate(anonymous)
    rate(anonymous, helpful="no")
    staff.user_permissions.add(Permission.objects.get(codename="view_pagerating"))
    browser = sign_in(staff)
    page = browser.get("/admin/developer_apps/pagerating/").content.decode()
    assert TOKENS in page
    assert "50%" in page
    assert browser.post("/admin/developer_apps/pagerating/add/", {"path": "/x"}).status_code == 403


@pytest.mark.browser
def test_rating_works_without_a_script(new_page, base_url):
    page = new_page(NARROW, java_script_enabled=False)
    page.goto(f"{base_url}{TOKENS}")
    page.get_by_role("button", name="No", exact=True).click()
    assert page.get_by_text("We counted your response.").is_visible()
    assert totals() == [(0, 1)]


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_rated_page_is_good(new_page, base_url, width):
    page = new_page(width)
    page.goto(f"{base_url}{TOKENS}")
    page.get_by_role("button", name="Yes", exact=True).click()
    page.wait_for_url("**?rated=yes#helpful")
    assert_good_page(page)
