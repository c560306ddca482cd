"""Every article as Markdown, and the list of them for programs that read text."""

import re

import pytest
from markdown_it import MarkdownIt

from developer_apps.docs import context
from developer_apps.docs.examples import examples
from developer_apps.docs.pages import pages

pytestmark = pytest.mark.django_db
PATHS = [path or "index" for path in context.paths()]


def get(browser, address):
    response = browser.get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/markdown; charset=utf-8"
    return response.content.decode()


@pytest.mark.parametrize("path", PATHS)
def test_article_has_its_title_and_no_html(anonymous, path):
    text = get(anonymous, f"/developer/docs/{path}.md")
    assert text.startswith("# ")
    html = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)
    assert not [token for token in html if token.type == "html_block"]
    page = anonymous.get(f"/developer/docs/{'' if path == 'index' else path}").content.decode()
    assert f'href="/developer/docs/{path}.md"' in page


def test_samples_are_whole(anonymous):
    text = get(anonymous, "/developer/docs/tokens.md")
    for language in ("curl", "python", "ruby", "javascript"):
        assert f"```{language}\n" in text
    assert "curl -X POST -u {client_id}:{client_secret}" in text
    assert '"grant_type": "client_credentials"' in text


def test_every_example_is_in_the_markdown_of_a_page(anonymous):
    text = "".join(get(anonymous, f"/developer/docs/{slug}.md") for slug in [*pages(), "reference"])
    for example in examples().values():
        assert f"`{example.method} {example.path}`" in text, example.slug
        assert example.answer_text in text


def test_tables_and_lists_stay_tables_and_lists(anonymous):
    text = get(anonymous, "/developer/docs/scopes.md")
    assert "| Group | Scope | Meaning |\n| --- | --- | --- |\n" in text
    assert "`profile.email`" in text
    assert "1. those that your app **registered**, on its page;\n2. those that it **asks for**" in text


def test_links_are_absolute(anonymous, settings):
    text = get(anonymous, "/developer/docs/getting-started.md")
    assert f"]({settings.BASE_URL}/developer/apps/new)" in text
    assert f"]({settings.BASE_URL}/developer/docs/connecting)" in text


def test_links_within_a_page_lead_to_its_headings(anonymous, settings):
    found = set()
    for slug in pages():
        found |= set(
            re.findall(
                rf"\]\({re.escape(settings.BASE_URL)}(/developer/docs/[^)#]*)#([^)]*)\)",
                get(anonymous, f"/developer/docs/{slug}.md"),
            )
        )
    assert ("/developer/docs/connecting", "the-connect-url") in found
    for address, anchor in found:
        assert f'id="{anchor}"' in anonymous.get(address).content.decode(), address


def test_unknown_pages_are_not_found(anonymous):
    assert anonymous.get("/developer/docs/nothing.md").status_code == 404


def test_llms_txt_lists_every_article(anonymous):
    text = get(anonymous, "/llms.txt")
    assert text.startswith("# MyUSA\n\n> ")
    addresses = re.findall(r"\]\(http://testserver(/[^)]*)\)", text)
    assert {f"/developer/docs/{slug}.md" for slug in pages()} <= set(addresses)
    for address in addresses:
        assert anonymous.get(address).status_code == 200, address
