"""The search finds each page, each endpoint and each error code by its own words, and calls by their trace ID."""

import re

import pytest
from django.urls import reverse

from developer_apps.docs import context, reference
from developer_apps.docs.pages import pages
from myusa.lib.http.errors import CATALOG
from tests.browser import NARROW, WIDE, assert_good_page

pytestmark = pytest.mark.django_db
PATH = "/developer/docs/search"
RESULT = re.compile(r'<li>\s*<a class="usa-link"\s+href="([^"]*)">([^<]*)</a>')


def results(browser, words):
    response = browser.get(PATH, {"q": words})
    assert response.status_code == 200
    return [address.replace("&amp;", "&") for address, _title in RESULT.findall(response.content.decode())]


@pytest.mark.parametrize("code", CATALOG)
def test_each_error_code_is_found_first(anonymous, code):
    address = f"/developer/docs/errors/{CATALOG[code].anchor}"
    assert results(anonymous, code)[0] == address
    assert results(anonymous, code.lower())[0] == address


def test_each_error_code_is_found_by_its_message(anonymous):
    for error in CATALOG.values():
        found = results(anonymous, str(error.message)[:150])
        assert f"/developer/docs/errors/{error.anchor}" in found, error.code


def test_each_endpoint_is_found_first(anonymous):
    for operation in reference.operations():
        found = results(anonymous, f"{operation.method} {operation.path}")
        assert found[0] == f"/developer/docs/reference#{operation.anchor}"


@pytest.mark.parametrize("slug", pages())
def test_each_page_is_found_by_its_title_and_by_what_it_explains(anonymous, slug):
    page, address = pages()[slug], reverse("developer_apps:docs_page", args=[slug])
    without_products = [each for each in results(anonymous, str(page.title)) if "/products/" not in each]
    assert without_products[0] == address
    assert address in results(anonymous, str(page.summary))


def test_sections_are_found_with_their_anchor(anonymous):
    assert "/developer/docs/sandbox#faults-on-demand" in results(anonymous, "force a fault on demand")


def test_products_are_found_by_name(anonymous):
    assert results(anonymous, "case status api")[0] == "/developer/products/case-status/"


def test_found_words_are_marked_and_markup_is_text(anonymous):
    page = anonymous.get(PATH, {"q": "redirect_uri <script>"}).content.decode()
    assert "<mark>" in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("words", ['"', "{}", "* AND", "NEAR(", "title:x", "a" * 5000, "\x00", "-"])
def test_signs_of_the_query_language_mean_nothing(anonymous, words):
    assert anonymous.get(PATH, {"q": words}).status_code == 200


def test_nothing_found_links_to_support(anonymous):
    page = anonymous.get(PATH, {"q": "xyzzyplugh"}).content.decode()
    assert "No results" in page
    assert 'href="/developer/support"' in page


def test_a_trace_id_leads_a_member_of_the_team_to_the_log(application, developer, outsider, sign_in, api, make_token):
    trace = api(make_token(application, developer)).get("/api/v1/profile")["X-Request-Id"]
    entry = reverse("developer_apps:analytics_log_entry", args=[application.app.pk, trace])
    assert results(sign_in(developer), trace) == [entry]
    assert results(sign_in(outsider), trace) == []


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_search_is_good_by_keyboard(new_page, base_url, width):
    page = new_page(width)
    page.goto(f"{base_url}/developer/docs/")
    page.get_by_role("searchbox", name="Search the documentation").fill("refresh token")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    assert_good_page(page)
    page.get_by_role("link", name="Tokens: A refresh token for new tokens").click()
    assert page.url.endswith("/developer/docs/tokens#a-refresh-token-for-new-tokens")


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_page_of_the_documentation_is_good(new_page, base_url, width):
    page = new_page(width)
    for path in [each for each in context.paths() if "/" not in each] + ["errors/oauth-invalid-grant"]:
        page.goto(f"{base_url}/developer/docs/{path}")
        assert_good_page(page)
