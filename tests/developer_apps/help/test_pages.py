"""The FAQ and articles: staff write them as data, readers find them where they help, programs read them as Markdown."""

import re

import pytest
from django.db import DatabaseError
from django.urls import resolve
from django.utils import timezone

from developer_apps.docs import help as helping
from developer_apps.models import HelpArticle
from myusa.lib import history
from tests import factories
from tests.browser import NARROW, WIDE, assert_good_page
from tests.developer_apps.docs.test_search import results

pytestmark = pytest.mark.django_db
ADD = "/admin/developer_apps/helparticle/add/"
WORDS = {
    "kind": "article",
    "audience": "developers",
    "title": "Count narwhals",
    "slug": "count-narwhals",
    "summary": "How to count them.",
    "body": "First look.\n\n## In winter\n\nUse a [lamp](/developer/docs/tokens).\n\n<script>alert(1)</script>",
    "topics": ["traffic"],
    "position": "5",
    "status": "published",
}


@pytest.fixture
def article(superuser):
    found = HelpArticle(**{**WORDS, "topics": "traffic"})
    found.edit({}, {}, by=superuser)
    return found


def text(browser, address):
    response = browser.get(address)
    assert response.status_code == 200
    return response.content.decode()


def test_faq_answers_every_question_under_its_own_anchor(anonymous):
    page = text(anonymous, "/developer/faq")
    questions = HelpArticle.objects.questions()
    assert len(questions) >= 15
    for each in questions:
        assert f'<h2 id="{each.slug}">' in page
        assert f'href="#{each.slug}"' in page


def test_articles_are_listed_in_their_order_with_neighbors(anonymous, article):
    page = text(anonymous, "/developer/articles")
    listed = re.findall(r'href="/developer/articles/([\w-]+)"', page)
    assert listed == [each.slug for each in HelpArticle.objects.articles()]
    assert listed[0] == article.slug
    shown = text(anonymous, f"/developer/articles/{article.slug}")
    assert '<h2 id="s-in-winter"><a class="heading-link" href="#s-in-winter">In winter</a></h2>' in shown
    assert 'href="#s-in-winter"' in shown
    assert f'href="/developer/articles/{listed[1]}">{HelpArticle.objects.get(slug=listed[1]).title} →' in shown
    assert "<script>alert" not in shown


def test_all_texts_link_to_pages_that_exist(anonymous, developer, sign_in):
    browser = sign_in(developer)
    for each in HelpArticle.objects.all():
        for address in set(re.findall(r'href="(/[^"#]*)', each.html)):
            assert resolve(address).url_name != "unknown_address"
            assert browser.get(address).status_code == 200, f"{each.slug}: {address}"


def test_all_topics_exist(db):
    known = dict(helping.topics())
    for each in HelpArticle.objects.all():
        assert set(each.topics.split()) <= known.keys(), each.slug
    used = {topic for each in HelpArticle.objects.all() for topic in each.topics.split()}
    assert set(helping.PLACES) <= used


@pytest.mark.parametrize("address", ["/developer/articles/count-narwhals", "/developer/articles/count-narwhals.md"])
def test_drafts_are_for_staff_only(anonymous, article, address, superuser):
    article.status = HelpArticle.Status.DRAFT
    article.edit({}, {}, by=superuser)
    assert anonymous.get(address).status_code == 404
    assert "narwhals" not in text(anonymous, "/developer/articles")
    assert "narwhals" not in text(anonymous, "/llms.txt")
    assert results(anonymous, "narwhals") == []


def test_programs_read_markdown_with_absolute_links(anonymous, article, settings):
    found = text(anonymous, f"/developer/articles/{article.slug}.md")
    assert found.startswith("# Count narwhals\n\n")
    assert f"[lamp]({settings.BASE_URL}/developer/docs/tokens)" in found
    faq = text(anonymous, "/developer/faq.md")
    assert faq.startswith("# FAQ\n")
    assert "\n## Is MyUSA an OpenID Connect provider?\n" in faq
    assert not re.search(r"\]\(/", faq)
    llms = text(anonymous, "/llms.txt")
    for address in re.findall(r"\]\(http://testserver(/developer/(?:faq|articles)[^)]*)\)", llms):
        assert anonymous.get(address).status_code == 200
    assert "[Count narwhals](http://testserver/developer/articles/count-narwhals.md)" in llms


def test_search_finds_each_text_by_its_own_words_and_notices_edits(anonymous, article, superuser):
    for each in HelpArticle.objects.published():
        found = results(anonymous, each.title)
        assert found[0] == helping.url_of(each), each.slug
    assert results(anonymous, "narwhals winter lamp") == ["/developer/articles/count-narwhals#s-in-winter"]
    article.body = "Ask a walrus."
    article.edit({}, {}, by=superuser)
    assert results(anonymous, "walrus") == ["/developer/articles/count-narwhals"]
    assert "/developer/articles/count-narwhals#s-in-winter" not in results(anonymous, "narwhals winter lamp")


def question(audience, **fields):
    words = {"kind": "question", "slug": "why-narwhals", "title": "Why narwhals?", "body": "They have one tusk."}
    return HelpArticle.objects.create(**{**words, **fields}, audience=audience, status="published")


def test_faq_shows_the_questions_of_one_audience(anonymous):
    question("agencies")
    everyone, agencies, developers = (
        text(anonymous, f"/developer/faq{query}") for query in ("", "?audience=agencies", "?audience=developers")
    )
    assert "Why narwhals?" in everyone
    assert "Why narwhals?" in agencies
    assert "Why narwhals?" not in developers
    assert "OpenID Connect provider" not in agencies
    assert '<option value="agencies" selected>' in agencies
    assert anonymous.get("/developer/faq?audience=people").status_code == 404


def test_questions_of_people_are_in_the_help_center_in_their_language(anonymous):
    translations = {"es": {"title": "¿Por qué los narvales?", "body": "Tienen un **colmillo**."}}
    people = question("people", translations=translations)
    assert helping.url_of(people) == "/help#why-narwhals"
    assert "Why narwhals?" not in text(anonymous, "/developer/faq")
    assert "narwhals" not in text(anonymous, "/developer/faq.md")
    assert "Why narwhals?" in text(anonymous, "/help?q=tusk")
    spanish = anonymous.get("/help?q=colmillo", headers={"Accept-Language": "es"}).content.decode()
    assert '<summary lang="es">¿Por qué los narvales?</summary>' in spanish
    assert "<strong>colmillo</strong>" in spanish
    HelpArticle.objects.filter(pk=people.pk).update(translations={})
    untranslated = anonymous.get("/help?q=tusk", headers={"Accept-Language": "es"}).content.decode()
    assert '<summary lang="en">Why narwhals?</summary>' in untranslated


def test_help_center_without_its_table_has_the_other_questions(anonymous, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(type(HelpArticle.objects), "published", fail)
    assert "sign-in code" in text(anonymous, "/help")


def test_article_is_never_for_people(sign_in, superuser):
    page = sign_in(superuser).post(ADD, {**WORDS, "audience": "people"}).content.decode()
    assert "Articles are for developers and agencies." in page
    assert not HelpArticle.objects.filter(title="Count narwhals").exists()


def test_staff_write_publish_and_change_with_a_history(sign_in, superuser, anonymous):
    browser = sign_in(superuser)
    browser.post(ADD, {**WORDS, "status": "draft"})
    article = HelpArticle.objects.get(slug="count-narwhals")
    assert article.topics == "traffic"
    assert article.changed_by == superuser
    assert anonymous.get("/developer/articles/count-narwhals").status_code == 404
    change = f"/admin/developer_apps/helparticle/{article.pk}/change/"
    assert "&lt;script&gt;" in text(browser, change)
    response = browser.post(change, {**WORDS, "slug": "another", "title": "Count them all"})
    assert response.status_code == 302
    shown = text(anonymous, "/developer/articles/count-narwhals")
    assert "Count them all" in shown
    lines = history.of(article)
    assert [line.additional_data["verb"] for line in lines] == ["edited", "added"]
    assert lines[0].changes["title"] == ["Count narwhals", "Count them all"]


def test_bad_input_is_refused_and_kept(sign_in, superuser):
    browser = sign_in(superuser)
    page = browser.post(ADD, {**WORDS, "summary": "", "slug": "not a slug"}).content.decode()
    assert "Enter one sentence that says what the article helps with." in page
    assert "First look." in page
    assert not HelpArticle.objects.filter(title="Count narwhals").exists()


def test_staff_who_only_read_change_nothing(sign_in, staff):
    browser = sign_in(staff)
    assert browser.post(ADD, WORDS).status_code == 403


def test_pages_link_to_what_helps_there(anonymous, developer, sign_in, article):
    docs = text(anonymous, "/developer/docs/tokens")
    assert 'href="/developer/faq#invalid-grant"' in docs
    assert 'href="/developer/faq#invalid-grant"' in text(anonymous, "/developer/docs/errors/oauth-invalid-grant")
    application = factories.make_app(developer)
    traffic = text(sign_in(developer), f"/developer/apps/{application.app.pk}/analytics/")
    assert 'href="/developer/articles/count-narwhals"' in traffic
    missing = anonymous.get("/developer/apps/none/")
    assert missing.status_code == 404
    assert 'href="/developer/faq#redirect-uri-not-registered"' in missing.content.decode()


def test_error_pages_without_a_database_have_no_links_and_do_not_fail(anonymous, monkeypatch):
    def fail(*args, **kwargs):
        raise DatabaseError

    monkeypatch.setattr(type(HelpArticle.objects.all()), "about", fail)
    monkeypatch.setattr(type(HelpArticle.objects), "about", fail)
    assert anonymous.get("/developer/apps/none/").status_code == 404


def test_page_without_any_text_says_so(anonymous):
    HelpArticle.objects.all().delete()
    assert "No questions yet" in text(anonymous, "/developer/faq")
    assert "No articles yet" in text(anonymous, "/developer/articles")
    assert HelpArticle.objects.create(kind="question", slug="x", title="X?", body="Y", changed_at=timezone.now())


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_pages_are_good(new_page, base_url, width):
    page = new_page(width)
    for path in ["faq", "articles", *(f"articles/{each.slug}" for each in HelpArticle.objects.articles())]:
        page.goto(f"{base_url}/developer/{path}")
        assert_good_page(page)
