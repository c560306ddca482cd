"""The changelog: what staff publish, its feed, and one email to each developer who wants it."""

import re
from xml.etree import ElementTree

import pytest

from developer_apps import jobs
from developer_apps.models import ChangelogEntry, EmailChoice, Product
from developer_apps.models import changelog as changelog_rows
from developer_apps.models.email_choices import NEWS
from myusa.outbox.models import OutgoingEmail
from tests import factories
from tests.browser import NARROW, WIDE, assert_good_page
from tests.developer_apps.docs.test_search import results
from tests.threads import at_once

pytestmark = pytest.mark.django_db
ADD = "/admin/developer_apps/changelogentry/add/"
ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture
def entry(superuser):
    product = Product.objects.get(slug="tasks")
    found = ChangelogEntry(
        slug="walrus", title="Walrus tasks", kind="added", product=product, body="See [tasks](/developer/docs/tasks).",
        status="published",
    )  # fmt: skip
    found.edit({}, {}, by=superuser)
    return found


def subscribers(count, first=0):
    people = []
    for number in range(first, first + count):
        user = factories.make_user(f"reader{number}@example.gov")
        factories.make_team(user, name=f"Team {number}")
        EmailChoice.objects.turn(user, NEWS, on=True, by=user)
        people.append(user)
    return people


def sent():
    return OutgoingEmail.objects.filter(kind="developer_apps/changelog_entry")


def test_page_lists_published_entries_newest_first_and_by_product(anonymous, entry):
    page = anonymous.get("/developer/changelog").content.decode()
    listed = re.findall(r'href="/developer/changelog/([\w-]+)"', page)
    assert listed == [each.slug for each in ChangelogEntry.objects.published()]
    assert listed[0] == "walrus"
    of_tasks = anonymous.get("/developer/changelog?product=tasks").content.decode()
    assert re.findall(r'href="/developer/changelog/([\w-]+)"', of_tasks) == ["walrus"]
    assert anonymous.get("/developer/changelog?product=nothing").status_code == 404
    assert "Walrus tasks" in anonymous.get("/developer/changelog/walrus").content.decode()


def test_drafts_are_for_staff_only(anonymous, entry, superuser):
    entry.status = "draft"
    entry.edit({}, {}, by=superuser)
    for address in ("changelog", "changelog.md", "changelog.atom"):
        assert "Walrus" not in anonymous.get(f"/developer/{address}").content.decode()
    assert anonymous.get("/developer/changelog/walrus").status_code == 404
    assert results(anonymous, "walrus") == []


def test_search_and_programs_find_entries(anonymous, entry, settings):
    assert results(anonymous, "walrus tasks")[0] == "/developer/changelog/walrus"
    text = anonymous.get("/developer/changelog.md").content.decode()
    assert f"[tasks]({settings.BASE_URL}/developer/docs/tasks)" in text
    assert "/developer/changelog.md" in anonymous.get("/llms.txt").content.decode()


def test_feed_is_atom_and_can_be_cached(anonymous, entry):
    response = anonymous.get("/developer/changelog.atom")
    assert response["Content-Type"] == "application/atom+xml; charset=utf-8"
    assert "public" in response["Cache-Control"]
    feed = ElementTree.fromstring(response.content)
    entries = feed.findall(f"{ATOM}entry")
    assert [each.findtext(f"{ATOM}title") for each in entries][0] == "Added: Walrus tasks"
    assert len({each.findtext(f"{ATOM}id") for each in entries}) == len(entries) == 5
    only = ElementTree.fromstring(anonymous.get("/developer/changelog.atom?product=tasks").content)
    assert len(only.findall(f"{ATOM}entry")) == 1


def test_date_is_that_of_the_first_publication(entry, superuser):
    first = entry.published_at
    entry.body = "New."
    entry.edit({}, {}, by=superuser)
    assert ChangelogEntry.objects.get(pk=entry.pk).published_at == first


def test_everyone_who_wants_news_gets_one_email_in_portions(entry, superuser, monkeypatch, developer):
    monkeypatch.setattr(changelog_rows, "PORTION", 2)
    factories.make_team(developer)  # wants no news
    people = subscribers(5)
    entry.email(by=superuser)
    (late,) = subscribers(1, first=5)
    assert jobs.email_changelog() == 2
    EmailChoice.objects.turn(people[4], NEWS, on=False, by=people[4])
    while jobs.email_changelog():
        pass
    assert sorted(each.to for each in sent()) == [each.email for each in people[:4]]
    assert late.email not in {each.to for each in sent()}
    row = ChangelogEntry.objects.get(pk=entry.pk)
    assert (row.emailed_count, bool(row.emails_done_at)) == (4, True)
    assert jobs.email_changelog() == 0


def test_email_has_one_click_unsubscribe(entry, superuser, anonymous):
    (reader,) = subscribers(1)
    entry.email(by=superuser)
    jobs.email_changelog()
    content = sent().get().content
    assert "Walrus tasks" in content["subject"]
    link = re.search(r"Stop these emails: (\S+)", content["text"])[1]
    assert content["unsubscribe"] == link
    anonymous.post(link, {"List-Unsubscribe": "One-Click"})
    assert EmailChoice.objects.of(reader)[NEWS] is False


def test_drafts_are_not_emailed_and_nothing_is_emailed_twice(sign_in, superuser, entry):
    browser = sign_in(superuser)
    address = f"/admin/developer_apps/changelogentry/{entry.pk}/step/email/"
    assert "chose news about the platform" in browser.get(address).content.decode()
    for _press in range(2):
        browser.post(address, {"confirmed": "email"})
    row = ChangelogEntry.objects.get(pk=entry.pk)
    assert row.emails_began_at
    draft = ChangelogEntry(slug="draft", title="Draft", body="x")
    draft.edit({}, {}, by=superuser)
    browser.post(f"/admin/developer_apps/changelogentry/{draft.pk}/step/email/", {"confirmed": "email"})
    assert ChangelogEntry.objects.get(pk=draft.pk).emails_began_at is None


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_two_jobs_at_the_same_moment_email_each_person_once(entry, superuser, monkeypatch):
    monkeypatch.setattr(changelog_rows, "PORTION", 3)
    people = subscribers(6)
    entry.email(by=superuser)

    def work():
        for _turn in range(4):
            jobs.email_changelog()

    at_once(work, work)
    assert sorted(each.to for each in sent()) == [each.email for each in people]


def test_staff_add_and_publish_an_entry(sign_in, superuser, anonymous):
    browser = sign_in(superuser)
    words = {
        "title": "New header",
        "slug": "new-header",
        "kind": "added",
        "product": "",
        "body": "`X`",
        "status": "draft",
    }
    browser.post(ADD, words)
    entry = ChangelogEntry.objects.get(slug="new-header")
    assert entry.published_at is None
    browser.post(f"/admin/developer_apps/changelogentry/{entry.pk}/change/", {**words, "status": "published"})
    assert "<code>X</code>" in anonymous.get("/developer/changelog/new-header").content.decode()


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_pages_are_good(new_page, base_url, width):
    page = new_page(width)
    for path in ("changelog", "changelog/repeat-a-refresh", "changelog?product=tasks"):
        page.goto(f"{base_url}/developer/{path}")
        assert_good_page(page)
