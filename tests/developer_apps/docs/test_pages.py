"""The documentation: every page answers, every link leads somewhere, every code is explained."""

import html
import json
import re

import pytest
from django.conf import settings
from django.urls import reverse

from developer_apps import scopes
from developer_apps.docs import starters
from developer_apps.docs.pages import goals, pages
from developer_apps.templatetags import developer_docs
from myusa.lib.http.errors import CATALOG
from tests.processes import ROOT

DOCS = ["", "errors", "reference", *pages()]
BEHIND_SIGN_IN = ("/developer/apps/", "/developer/teams/", "/developer/support", "/developer/try/")
TO_A_HEADING = re.compile(r"""(?:docs_page' '|/developer/docs/)([a-z-]+)(?:' %\})?#([\w-]+)""")
LINK = re.compile(r'href="(/developer/[^"#]*|[a-z-]+)(#[^"]*)?"')


@pytest.mark.parametrize("path", DOCS)
def test_page_is_there_for_everyone_and_has_one_heading(anonymous, db, path):
    answer = anonymous.get(f"/developer/docs/{path}")
    assert answer.status_code == 200
    assert answer.content.decode().count("<h1") == 1


@pytest.mark.parametrize("path", DOCS)
def test_page_has_no_italics_and_no_indents(anonymous, db, path):
    page = anonymous.get(f"/developer/docs/{path}").content.decode()
    article = page.split('<article class="docs">')[1].split("</article>")[0]
    assert "<em>" not in article, "one word would load a font of 17 kB"
    text = re.sub(r"<pre\b.*?</pre>", "", article.split("data-link-status")[0], flags=re.DOTALL)
    assert "\n" not in text.split("<h1", 1)[1].rsplit("<span", 1)[0].strip()


def test_types_of_the_reference_are_words(anonymous, db):
    assert "valuess" not in anonymous.get("/developer/docs/reference").content.decode()


def test_code_keeps_its_spaces():
    assert developer_docs.squeezed("<p>\n  a\n</p>\n<pre>b\n  c</pre>\n") == "<p> a </p> <pre>b\n  c</pre> "


@pytest.mark.parametrize("path", DOCS)
def test_links_between_pages_work(anonymous, db, path):
    page = anonymous.get(f"/developer/docs/{path}").content.decode()
    main = page[page.index("<main") : page.index("</main")]
    for target, anchor in LINK.findall(main):
        address = target if target.startswith("/") else f"/developer/docs/{target}"
        answer = anonymous.get(address)
        if address.startswith(BEHIND_SIGN_IN):
            assert answer["Location"].startswith("/users/sign_in"), address
            assert not anchor, address
            continue
        assert answer.status_code == 200, address
        assert not anchor or f'id="{anchor[1:]}"' in answer.content.decode(), address + anchor


def test_links_from_elsewhere_to_a_heading_work(anonymous, db):
    """The portal, the articles, the questions and the changelog link to headings, which get new words now and then."""
    sources = [*(ROOT / "templates").rglob("*.html"), *(ROOT / "developer_apps" / "seeds").glob("*.md")]
    found = {link for path in sources for link in TO_A_HEADING.findall(path.read_text())}
    assert ("tokens", "a-token-for-your-app-itself") in found and ("reference", "read_task") in found
    for slug, anchor in found:
        assert f'id="{anchor}"' in anonymous.get(f"/developer/docs/{slug}").content.decode(), f"{slug}#{anchor}"


@pytest.mark.parametrize("path", DOCS)
def test_anchors_of_a_page_exist_and_are_unique(anonymous, db, path):
    page = anonymous.get(f"/developer/docs/{path}").content.decode()
    ids = re.findall(r' id="([^"]+)"', page)
    assert len(ids) == len(set(ids))
    for anchor in re.findall(r'href="#([^"]+)"', page):
        assert anchor in ids, anchor


def test_an_unknown_page_is_not_found(anonymous, db):
    assert anonymous.get("/developer/docs/nothing").status_code == 404


@pytest.mark.parametrize("code", CATALOG)
def test_every_error_code_has_a_page_with_cause_fix_and_example(anonymous, db, code):
    error = CATALOG[code]
    index = anonymous.get("/developer/docs/errors").content.decode()
    assert f'id="{error.anchor}"' in index, "old links keep working"
    assert f'href="/developer/docs/errors/{error.anchor}"' in index
    page = html.unescape(anonymous.get(f"/developer/docs/errors/{error.anchor}").content.decode())
    for words in (error.message, error.cause, error.fix):
        assert str(words) in page
    sample = json.loads(re.search(r'<pre id="sample"[^>]*>(.*?)</pre>', page, re.S)[1])
    assert sample["errors"][0]["code"] == code
    assert sample["errors"][0]["status"] == str(error.status)
    assert ("error" in sample) == code.startswith("OAUTH_")


def test_the_reference_of_an_error_is_its_page(anonymous, db, api):
    reference = api().get("/api/v1/profile").json()["errors"][0]["reference"]
    path = reference.removeprefix(settings.BASE_URL)
    assert path == "/developer/docs/errors/token-missing"
    assert "TOKEN_MISSING" in anonymous.get(path).content.decode()
    assert anonymous.get("/developer/docs/errors/nothing").status_code == 404


def test_limits_are_those_that_apply(anonymous, db, settings):
    settings.NOTIFICATIONS_PER_APP, settings.NOTIFICATIONS_PER_USER = (7, 12_345), (1, 67)
    page = anonymous.get("/developer/docs/limits").content.decode()
    assert "up to 12,345 notifications per day, and 67 per day to one person" in page


def test_every_scope_is_in_the_table(anonymous, db):
    page = anonymous.get("/developer/docs/scopes").content.decode()
    for scope in [*scopes.built_in(), "case_status.read", "foia_requests.read"]:
        assert f"<code>{scope}</code>" in page


def test_the_openapi_document_describes_every_call_served_here(anonymous, db):
    document = anonymous.get("/developer/docs/openapi.json").json()
    assert document["openapi"].startswith("3.1")
    paths = set(document["paths"])
    for path in ("tokeninfo", "profile", "tasks", "tasks/{task_id}", "notifications"):
        assert f"/api/v1/{path}" in paths
    assert {"/oauth/token", "/oauth/introspect", "/gateway/verify", "/gateway/outcomes"} <= paths
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"
    ids = [item["operationId"] for methods in document["paths"].values() for item in methods.values()]
    assert len(ids) == len(set(ids))


def test_the_reference_shows_every_operation(anonymous, db):
    document = anonymous.get("/developer/docs/openapi.json").json()
    page = anonymous.get("/developer/docs/reference").content.decode()
    for methods in document["paths"].values():
        for item in methods.values():
            assert f'id="{item["operationId"]}"' in page


def test_the_buttons_stylesheet_has_a_stable_address(anonymous):
    answer = anonymous.get("/button.css")
    text = b"".join(answer.streaming_content).decode()
    assert answer.headers["Content-Type"] == "text/css"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert ".btn.btn-social.btn-myusa" in text
    assert ".btn.btn-social.btn-myusa.white" in text
    assert set(re.findall(r"url\(.{5}", text)) == {'url("data'}, "it loads nothing from elsewhere"


def test_the_documentation_says_what_the_brand_does_not_mean(anonymous, db):
    page = anonymous.get("/developer/docs/connecting").content.decode()
    assert "endorses" in page
    assert 'class="btn btn-social btn-myusa white"' in page


def test_no_page_has_inline_code_or_style(anonymous, db):
    for path in DOCS:
        page = anonymous.get(f"/developer/docs/{path}").content.decode()
        assert " style=" not in page
        assert "<style" not in page
        assert not re.search(r"<script(?![^>]*src=)", page)
        assert not re.search(r" on[a-z]+=", page)


def test_the_first_page_leads_to_what_people_come_for(anonymous, db):
    page = anonymous.get("/developer/docs/").content.decode()
    assert len(goals()) == 8
    for each in goals():
        assert f'/developer/docs/{each.slug}"' in page
        assert str(each.goal) in page


def test_the_omniauth_sample_for_migrating_apps_leads_to_this_site_and_to_paths_that_exist(anonymous, db):
    page = html.unescape(anonymous.get("/developer/docs/migrating").content.decode())
    site, token_url = re.search(r'client_options: { site: "([^"]*)", token_url: "([^"]*)" }', page).groups()
    assert site == settings.BASE_URL
    assert token_url == reverse("oauth2_provider:token")
    for sample in (
        starters.sample("starters/rails", "setup"),
        starters.sample("starters/rails", "sign-in"),
        starters.sample("starters/sinatra", "app"),
    ):
        assert sample in page
