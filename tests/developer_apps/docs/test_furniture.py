"""What surrounds an article: breadcrumbs, neighbors, feedback, a filter of error codes, and how often one's apps got them."""

import datetime
import json
import re

import pytest
from django.utils import timezone

from developer_apps.docs import context, dates
from developer_apps.docs.pages import pages
from developer_apps.models import Call, RefusedRequest
from tests import factories
from tests.browser import WIDE

pytestmark = pytest.mark.django_db
ERRORS = "/developer/docs/errors"
LISTED = re.compile(r'<div id="([\w-]+)">\s*<dt>')


def text(browser, address, **query):
    response = browser.get(address, query)
    assert response.status_code == 200
    return response.content.decode()


def test_articles_form_one_chain(anonymous):
    paths = [path for path in context.paths() if path and "/" not in path]
    chain, path = [], "getting-started"
    while path:
        chain.append(path)
        after = re.search(r'href="/developer/docs/([\w-]+)">[^<]* →', text(anonymous, f"/developer/docs/{path}"))
        path = after[1] if after else ""
    assert sorted(chain) == sorted(paths)


def test_error_codes_have_neighbors(anonymous):
    first, second, *_rest = context.error_codes()
    assert f'href="{ERRORS}/{second.anchor}">{second.code} →' in text(anonymous, f"{ERRORS}/{first.anchor}")


@pytest.mark.parametrize("path", ["tokens", "errors", "reference", "errors/token-invalid"])
def test_articles_have_breadcrumbs_feedback_and_markdown(anonymous, path):
    page = text(anonymous, f"/developer/docs/{path}")
    assert 'aria-label="Breadcrumbs"' in page
    assert f"/developer/support?page=%2Fdeveloper%2Fdocs%2F{path.replace('/', '%2F')}" in page
    assert f'href="/developer/docs/{path}.md">' in page


def test_feedback_names_the_page_and_takes_no_other_address(sign_in, developer):
    browser = sign_in(developer)
    assert 'value="Documentation: /developer/docs/tokens"' in text(
        browser, "/developer/support", page="/developer/docs/tokens"
    )
    assert "Documentation: " not in text(browser, "/developer/support", page="https://evil.example/")


@pytest.mark.parametrize("path", [*pages(), "errors", "reference", "errors/token-invalid"])
def test_every_block_of_code_can_be_copied(anonymous, path):
    article = text(anonymous, f"/developer/docs/{path}").split("<article")[1].split("</article>")[0]
    assert article.count("<pre") == len(re.findall(r"<button[^>]*\bdata-copy\b", article))


def test_codes_are_filtered_by_their_words(anonymous):
    assert "token-invalid" in LISTED.findall(text(anonymous, ERRORS, code="token expired"))
    found = LISTED.findall(text(anonymous, ERRORS, code="rate_limited"))
    assert "rate-limited" in found
    assert set(LISTED.findall(text(anonymous, ERRORS, code="429"))) == {
        error.anchor for error in context.error_codes() if error.status == 429
    }
    page = text(anonymous, ERRORS, code="<script>")
    assert "0 codes match." in page
    assert "<script>" not in page.replace("<script src", "")


def test_error_shows_how_often_ones_own_apps_got_it(anonymous, sign_in, developer, outsider):
    mine, theirs = factories.make_app(developer).app, factories.make_app(outsider).app
    facts = {"environment": "sandbox", "endpoint": "tasks", "error": "RATE_LIMITED", "status": 429}
    now = timezone.now()
    for app, at in ((mine, now), (mine, now), (theirs, now), (mine, now - datetime.timedelta(days=40))):
        Call.objects.create(app=app, at=at, token_kind="client", method="GET", latency_us=1, **facts)
    RefusedRequest.objects.create(app=mine, cause="x", **facts)
    page = text(sign_in(developer), f"{ERRORS}/rate-limited")
    assert re.search(rf"{mine.name}: 3 times", page)
    assert "In your apps" not in text(anonymous, f"{ERRORS}/rate-limited")
    assert "In your apps" not in text(sign_in(developer), f"{ERRORS}/token-invalid")


@pytest.mark.parametrize(("slug", "query"), [("tasks", "scope=tasks"), ("case-status", "product=case-status")])
def test_product_is_carried_to_the_registration(anonymous, sign_in, developer, slug, query):
    address = f"/developer/apps/new?{query}"
    assert f'href="{address}"' in text(anonymous, f"/developer/products/{slug}/")
    assert re.search(r"<input[^>]*\bchecked\b", text(sign_in(developer), address))


def test_each_text_has_the_day_of_its_last_change():
    written = [path for path in dates.outdated() if path in ("", *pages())]
    assert written == [], "run `manage.py date_docs`"


@pytest.mark.parametrize("path", ["", "tokens", "errors", "reference", "errors/token-invalid"])
def test_pages_say_when_they_changed(anonymous, path, monkeypatch):
    monkeypatch.setattr(dates, "of", {path: datetime.date(2026, 2, 3)}.get)
    assert "Last updated February 3, 2026" in text(anonymous, f"/developer/docs/{path}")


def test_text_that_changed_since_its_date_shows_none(anonymous, monkeypatch):
    monkeypatch.setattr(dates, "of", dates.of.__wrapped__)
    monkeypatch.setattr(dates, "stored", lambda: {"tokens": ("2026-02-03", "0123456789abcdef")})
    assert "Last updated" not in text(anonymous, "/developer/docs/tokens")


def test_changed_texts_get_the_day_and_others_keep_theirs(tmp_path, monkeypatch):
    file = tmp_path / "dates.json"
    kept = json.loads(dates.FILE.read_text())
    kept |= {"tokens": ["2026-02-03", "0123456789abcdef"], "gone": ["2026-02-03", "0123456789abcdef"]}
    file.write_text(json.dumps(kept))
    monkeypatch.setattr(dates, "FILE", file)
    for cached in (dates.of, dates.stored):
        cached.cache_clear()
    try:
        assert "tokens" in dates.write(datetime.date(2026, 12, 1))
        dated = json.loads(file.read_text())
        assert dated["tokens"][0] == "2026-12-01"
        assert dated["limits"] == kept["limits"]
        assert "gone" not in dated
        assert "tokens" not in dates.outdated()
    finally:
        for cached in (dates.of, dates.stored):
            cached.cache_clear()


@pytest.mark.parametrize("path", ["docs/tokens", "docs/errors/token-invalid", "docs/reference"])
def test_headings_link_to_themselves(anonymous, path):
    page = text(anonymous, f"/developer/{path}")
    found = re.findall(r'<h[23] id="([^"]+)"[^>]*><a class="heading-link" href="#([^"]+)">', page)
    assert found
    assert all(anchor == target for anchor, target in found)
    assert len(found) == len(re.findall(r'<h[23] id="', page.split("<article")[1].split("</article>")[0]))


@pytest.mark.browser
def test_a_click_on_a_heading_copies_its_address(new_page, base_url):
    page = new_page(WIDE)
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    page.goto(f"{base_url}/developer/docs/tokens")
    link = page.locator(".heading-link").first
    link.click()
    page.locator("[data-link-status]", has_text="Link copied").wait_for(state="attached")
    address = page.evaluate("navigator.clipboard.readText()")
    assert address == page.url == f"{base_url}/developer/docs/tokens{link.get_attribute('href')}"
