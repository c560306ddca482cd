"""The documentation: every page answers, every link leads somewhere, every code is explained."""

import html
import json
import re

import pytest
from django.conf import settings
from django.urls import reverse

from developer_apps import scopes
from developer_apps.docs.pages import goals, pages
from myusa.lib.http.errors import CATALOG
from tests.security import routes

DOCS = ["", "errors", "reference", *pages()]
BEHIND_SIGN_IN = ("/developer/apps/", "/developer/teams/", "/developer/support", "/developer/try/")
LINK = re.compile(r'href="(/developer/[^"#]*|[a-z-]+)(#[^"]*)?"')


@pytest.mark.parametrize("path", DOCS)
def test_page_is_there_for_everybody_and_has_one_heading(anonymous, db, path):
    answer = anonymous.get(f"/developer/docs/{path}")
    assert answer.status_code == 200
    assert answer.content.decode().count("<h1") == 1


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
    others = [path for path in paths if not path.startswith("/api/v1/")]
    assert {f"/{route.template}" for route in routes.every() if f"/{route.template}" in others} == set(others)
    assert "/oauth/token" in others
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
    assert "url(" not in text, "it loads nothing from elsewhere"


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


def test_the_omniauth_sample_leads_to_this_site_and_to_paths_that_exist(anonymous, db):
    page = html.unescape(anonymous.get("/developer/docs/connecting").content.decode())
    site, token_url = re.search(r'client_options: { site: "([^"]*)", token_url: "([^"]*)" }', page).groups()
    assert site == settings.BASE_URL
    assert token_url == reverse("oauth2_provider:token")
