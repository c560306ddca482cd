"""The search finds everything that developers can read by its own words, exact names first, and calls by their trace ID."""

import re

import pytest
from django.urls import reverse

from developer_apps.docs import context, openapi, reference, search
from developer_apps.docs import help as helping
from developer_apps.docs.articles import markdown
from developer_apps.docs.pages import pages
from developer_apps.docs.places import document_of
from developer_apps.docs.search_words import SYNONYMS
from developer_apps.models import ChangelogEntry, HelpArticle, Product
from myusa.lib.http.errors import CATALOG
from tests.browser import NARROW, WIDE, assert_good_page

pytestmark = pytest.mark.django_db
PATH = "/developer/docs/search"
RESULT = re.compile(r'<li>\s*<a class="usa-link"\s+href="([^"]*)">([^<]*)</a>')


def results(browser, words):
    response = browser.get(PATH, {"q": words})
    assert response.status_code == 200
    lists = re.findall(r'<(ol|ul) class="search-results">(.*?)</\1>', response.content.decode(), re.DOTALL)
    found = [address for _tag, content in lists for address, _title in RESULT.findall(content)]
    return [address.replace("&amp;", "&") for address in found]


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


def sentences(text):
    """Return the sentences of a Markdown text without its signs, code blocks and tables."""
    plain = re.sub(r"```.*?```|^\|[^\n]*", "", text, flags=re.DOTALL | re.MULTILINE)
    plain = re.sub(r"\]\([^)]*\)|[\[`*#]", "", plain)
    return [each.strip() for each in re.split(r"(?<=[.?!])\s+|\n", plain) if len(each.split()) > 4]


@pytest.mark.parametrize("slug", pages())
def test_each_page_is_found_by_its_title_and_by_what_it_explains(anonymous, slug):
    page, address = pages()[slug], reverse("developer_apps:docs_page", args=[slug])
    assert results(anonymous, str(page.title))[0] == address
    assert address in results(anonymous, str(page.summary))


@pytest.mark.parametrize("slug", pages())
def test_each_page_is_found_by_its_first_sentence(anonymous, slug):
    found = results(anonymous, sentences(markdown(slug))[0][:150])
    assert reverse("developer_apps:docs_page", args=[slug]) in [each.partition("#")[0] for each in found[:3]]


def test_each_question_and_article_is_found_by_its_title_and_its_words(anonymous):
    texts = HelpArticle.objects.published()
    assert {each.kind for each in texts} == {"question", "article"}
    for each in texts:
        address = helping.url_of(each)
        assert results(anonymous, each.title)[0] == address, each.slug
        found = [
            one if each.is_question else one.partition("#")[0]
            for one in results(anonymous, sentences(each.text)[0][:150])
        ]
        assert address in found[:3], each.slug


def test_each_entry_of_the_changelog_is_found_by_its_title_and_its_words(anonymous):
    entries = ChangelogEntry.objects.published()
    assert entries
    for each in entries:
        address = reverse("developer_apps:changelog_entry", args=[each.slug])
        assert results(anonymous, each.title)[0] == address, each.slug
        assert address in results(anonymous, sentences(each.text)[0][:150])[:3], each.slug


def test_each_product_is_found_by_its_name_summary_and_scopes(anonymous):
    for product in Product.objects.listed():
        address = reverse("developer_apps:product", args=[product.slug])
        # A guide has the name of its product, and comes first.
        assert address in results(anonymous, product.name)[:2], product.slug
        assert address in results(anonymous, product.summary)[:3], product.slug
        for scope in [*product.scopes][:3]:
            assert address in results(anonymous, scope), scope


def test_each_endpoint_of_an_agency_is_found_first(anonymous):
    product = Product.objects.get(slug="case-status")
    operations = openapi.operations(document_of(product))
    assert operations
    for operation in operations:
        found = results(anonymous, f"{operation.method} {operation.path}")
        assert found[0] == f"/developer/products/case-status/#{operation.anchor}"


def test_products_are_found_by_words_that_staff_wrote_since(anonymous):
    assert results(anonymous, "narwhal") == []
    Product.objects.filter(slug="tasks").update(overview="Count every narwhal.")
    assert results(anonymous, "narwhals") == ["/developer/products/tasks/"]
    Product.objects.filter(slug="tasks").update(is_listed=False)
    assert results(anonymous, "narwhals") == []


@pytest.mark.parametrize(
    "words", ["TOKEN_INVALID", "token-invalid", "Token Invalid", "what does TOKEN_INVALID mean?", "401 token_invalid"]
)
def test_error_code_comes_first_however_it_is_written(anonymous, words):
    assert results(anonymous, words)[0] == "/developer/docs/errors/token-invalid"


def test_status_lists_its_error_codes_first(anonymous):
    codes = {f"/developer/docs/errors/{error.anchor}" for error in CATALOG.values() if error.status == 429}
    assert set(results(anonymous, "429")[: len(codes)]) == codes


@pytest.mark.parametrize(
    "words",
    ["/api/v1/tasks/{task_id}", "/api/v1/tasks/12", "put /api/v1/tasks/12?x=1", "http://testserver/api/v1/tasks/7/"],
)
def test_endpoint_is_found_by_its_path_with_values_and_host(anonymous, words):
    first = results(anonymous, words)[0]
    anchors = {each.anchor for each in reference.operations() if each.path == "/api/v1/tasks/{task_id}"}
    assert first.removeprefix("/developer/docs/reference#") in anchors


@pytest.mark.parametrize(
    ("words", "address"),
    [
        ("refreshing tokens", "/developer/docs/tokens#refresh-tokens"),
        ("how do I revoke a token?", "/developer/docs/tokens"),
        ("login", "/developer/docs/connecting"),
        ("rate limiting", "/developer/docs/limits"),
        ("SDK", "/developer/docs/clients"),
    ],
)
def test_other_forms_questions_and_synonyms_find_the_page(anonymous, words, address):
    found = results(anonymous, words)[:6]
    assert address in found or address in [each.partition("#")[0] for each in found]


@pytest.mark.parametrize("name", SYNONYMS)
def test_each_name_that_others_use_finds_what_we_call_so(name):
    found = search.find(name)
    assert found.hits
    assert (found.has_all, found.corrected) == (True, "")


@pytest.mark.parametrize(
    ("typed", "meant", "address"),
    [
        ("refesh tokn", "refresh token", "/developer/docs/tokens"),
        ("sandobx", "sandbox", "/developer/docs/sandbox"),
        ("notificaton", "notification", "/developer/docs/notifications"),
        ("TOKEN_INVALD", "", "/developer/docs/errors/token-invalid"),
    ],
)
def test_misspelled_words_find_what_is_meant_and_the_page_says_so(anonymous, typed, meant, address):
    page = anonymous.get(PATH, {"q": typed}).content.decode()
    assert f"No results for “{typed}”." in page
    assert f"for “{meant}" in page
    assert address in [each.partition("#")[0] for each in results(anonymous, typed)]


def test_words_that_no_page_has_all_of_find_some_and_the_page_says_so(anonymous):
    page = anonymous.get(PATH, {"q": "refresh xyzzyplugh"}).content.decode()
    assert "No page has all of these words." in page
    assert "/developer/docs/tokens" in page


@pytest.mark.parametrize("words", ["", " ", "?", "xyzzyplugh", "🦄"])
def test_without_results_the_page_says_what_people_look_for(anonymous, words):
    page = anonymous.get(PATH, {"q": words}).content.decode().split("<main")[1]
    for each in ("/developer/docs/connecting", "/developer/docs/errors", "/developer/docs/reference"):
        assert f'href="{each}"' in page


def test_sections_are_found_with_their_anchor(anonymous):
    assert "/developer/docs/sandbox#faults-on-demand" in results(anonymous, "force a fault on demand")


def test_products_are_found_by_name(anonymous):
    assert results(anonymous, "case status api")[0] == "/developer/products/case-status/"


def test_found_words_are_marked_and_markup_is_text(anonymous):
    page = anonymous.get(PATH, {"q": "redirect_uri <script>"}).content.decode()
    assert "<mark>" in page
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize(
    "words",
    [
        '"',
        "{}",
        "* AND",
        "NEAR(",
        "title:x",
        "a" * 5000,
        "\x00",
        "-",
        "'",
        "a OR",
        "(",
        "^",
        "the",
        "%",
        "/",
        "//",
        "http://[",
        "🦄",
        "ß" * 200,
    ],
)
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
    page.get_by_role("link", name="Tokens: Refresh tokens").click()
    assert page.url.endswith("/developer/docs/tokens#refresh-tokens")


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_every_page_of_the_documentation_is_good(new_page, base_url, width):
    page = new_page(width)
    for path in [each for each in context.paths() if "/" not in each] + ["errors/oauth-invalid-grant"]:
        page.goto(f"{base_url}/developer/docs/{path}")
        assert_good_page(page)


# What newcomers type, and where the first result is.
QUESTIONS = [
    ("how do I get a token", "/developer/docs/tokens"),
    ("redirect uri does not match", "/developer/docs/registering#redirect-uris"),
    ("invalid_grant", "/developer/docs/errors/oauth-invalid-grant"),
    ("how long does an access token last", "/developer/docs/tokens"),
    ("refresh token", "/developer/docs/tokens#refresh-tokens"),
    ("create a test user", "/developer/articles/test-without-real-people#s-create-a-test-user"),
    ("how do I go to production", "/developer/docs/production"),
    ("how long does the review take", "/developer/faq#how-long-review-takes"),
    ("create a task", "/developer/docs/tasks"),
    ("send a notification", "/developer/docs/notifications"),
    ("which scope for home address", "/developer/docs/scopes"),
    ("pkce", "/developer/docs/connecting#pkce"),
    ("sign out", "/developer/docs/connecting#signing-out"),
    ("postman collection", "/developer/docs/clients#other-languages-and-postman"),
    ("webhook", "/developer/faq#webhooks"),
    ("who signs the affidavit", "/developer/faq#who-signs"),
    ("rotate client secret", "/developer/articles/rotate-a-client-secret"),
    ("only my team can sign in", "/developer/faq#app-is-private"),
    ("single page app", "/developer/docs/starters"),
    ("migrate from old MyUSA", "/developer/docs/migrating"),
    ("django example", "/developer/docs/starters"),
    ("is it openid connect", "/developer/faq#openid-connect"),
    ("status page outage", "/status"),
    ("machine to machine token", "/developer/docs/tokens"),
    ("service account", "/developer/docs/tokens#a-token-for-your-app-itself"),
    ("client credentials", "/developer/docs/tokens#a-token-for-your-app-itself"),
    ("cors", "/developer/faq#call-from-a-browser"),
    ("pagination", "/developer/faq#page-by-page"),
    ("next page", "/developer/faq#page-by-page"),
    ("token expired", "/developer/docs/errors/token-invalid"),
    ("invalid_client", "/developer/docs/errors/oauth-invalid-client"),
    ("redirect_uri_mismatch", "/developer/docs/errors/oauth-redirect-uri-differs"),
    ("jwt", "/developer/faq#are-tokens-jwts"),
    ("id token", "/developer/docs/tokens#metadata"),
    ("userinfo", "/developer/docs/profile"),
    ("phone number", "/developer/docs/scopes"),
    ("fake user", "/developer/docs/sandbox"),
    ("test user", "/developer/docs/sandbox"),
    ("production access", "/developer/docs/production"),
    ("a person deleted account", "/developer/faq#person-deletes-account"),
    ("SMS", "/developer/docs/notifications"),
    ("price", "/developer/docs/limits"),
    ("SLA", "/status"),
    ("logs", "/developer/docs/sandbox#see-your-calls"),
    ("mtls", "/developer/faq#client-certificates"),
    ("client certificate", "/developer/faq#client-certificates"),
    ("jwks", "/developer/faq#client-certificates"),
    ("private_key_jwt", "/developer/faq#client-certificates"),
    ("graphql", "/developer/faq#graphql-or-bulk"),
    ("bulk", "/developer/faq#graphql-or-bulk"),
    ("batch requests", "/developer/faq#graphql-or-bulk"),
    ("attachment", "/developer/faq#attachments"),
    ("attach file", "/developer/faq#attachments"),
    ("vulnerability", "/developer/faq#report-a-vulnerability"),
    ("report security issue", "/developer/faq#report-a-vulnerability"),
]


@pytest.mark.parametrize(("words", "address"), QUESTIONS)
def test_first_result_is_what_a_newcomer_asks_for(anonymous, words, address):
    first = results(anonymous, words)[0]
    assert first == address or first.startswith(f"{address}#")


def test_words_with_a_status_list_its_error_codes_first(anonymous):
    codes = {f"/developer/docs/errors/{error.anchor}" for error in CATALOG.values() if error.status == 401}
    found = results(anonymous, "401 unauthorized")
    assert found
    assert set(found[: len(codes)]) <= codes
