"""The inbox: only one's own, newest first, read by opening, deleted with a way back."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils.html import escape

from notifications.models import Announcement, Notification

INBOX = "/notifications/"


def make(user, app=None, subject="Hello", body="", **fields):
    return Notification.objects.create(
        user=user, app=app, sender=app.name if app else "MyUSA", subject=subject, body=body, **fields
    )


@pytest.fixture
def mine(citizen, public_application):
    return make(citizen, public_application.app, "Your card is ready", "See https://example.gov/ <b>now</b>")


def test_strangers_and_signed_out_people_see_nothing(mine, outsider, anonymous, sign_in):
    assert anonymous.get(INBOX).status_code == 302
    browser = sign_in(outsider)
    assert b"Your card" not in browser.get(INBOX).content
    for path, method in [("", "get"), ("read", "post"), ("unread", "post"), ("delete", "post"), ("restore", "post")]:
        assert getattr(browser, method)(f"{INBOX}{mine.pk}/{path}").status_code == 404
    mine.refresh_from_db()
    assert mine.viewed_at is mine.deleted_at is None


def test_unread_count_is_in_the_header_until_it_is_opened(mine, citizen, sign_in):
    browser = sign_in(citizen)
    assert b'class="badge"' in browser.get(INBOX).content
    page = browser.get(f"{INBOX}{mine.pk}/")
    assert page.status_code == 200
    assert b'class="badge"' not in browser.get(INBOX).content
    mine.refresh_from_db()
    assert mine.viewed_at


@pytest.mark.parametrize(
    "headers", [{"sec-purpose": "prefetch;prerender"}, {"purpose": "prefetch"}, {"x-moz": "prefetch"}]
)
def test_browser_that_only_fetches_ahead_marks_nothing(mine, citizen, sign_in, headers):
    browser = sign_in(citizen)
    browser.get(f"{INBOX}{mine.pk}/", headers=headers)
    browser.head(f"{INBOX}{mine.pk}/")
    mine.refresh_from_db()
    assert mine.viewed_at is None


def test_text_is_text_and_its_addresses_are_links(mine, citizen, sign_in):
    content = sign_in(citizen).get(f"{INBOX}{mine.pk}/").content.decode()
    assert '<a href="https://example.gov/" rel="nofollow noopener noreferrer">https://example.gov/</a>' in content
    assert "&lt;b&gt;now&lt;/b&gt;" in content


def test_a_link_leads_exactly_where_the_app_wrote(citizen, sign_in):
    address = "https://forms.example.gov/a%2Fb?id=1&section=3&notify=1"
    content = sign_in(citizen).get(f"{INBOX}{make(citizen, None, 'Form', f'See {address}.').pk}/").content.decode()
    assert f'<a href="{escape(address)}" rel="nofollow noopener noreferrer">{escape(address)}</a>.' in content


@pytest.mark.parametrize(
    "attack",
    [
        '" onmouseover="alert(1)',
        "javascript:alert(1)",
        'https://x.example/"onclick=alert(1)',
        "<a href='javascript:1'>x</a>",
        "https://x.example/'><script>1</script>",
    ],
)
def test_text_cannot_break_out(citizen, sign_in, attack):
    notification = make(citizen, None, attack, attack)
    content = sign_in(citizen).get(f"{INBOX}{notification.pk}/").content.decode()
    article = content.split("<article>")[1].split("</article>")[0]
    assert "<script" not in article
    assert 'href="javascript' not in article
    assert '" on' not in article.replace("&quot;", "")


def test_marked_read_and_unread_by_buttons(mine, citizen, sign_in):
    browser = sign_in(citizen)
    browser.post(f"{INBOX}{mine.pk}/read")
    mine.refresh_from_db()
    assert mine.viewed_at
    browser.post(f"{INBOX}{mine.pk}/unread")
    mine.refresh_from_db()
    assert mine.viewed_at is None
    browser.post(f"{INBOX}read")
    mine.refresh_from_db()
    assert mine.viewed_at


def test_deleted_one_can_be_brought_back(mine, citizen, sign_in):
    browser = sign_in(citizen)
    page = browser.post(f"{INBOX}{mine.pk}/delete", follow=True)
    assert b"is deleted." in page.content
    assert b"Undo" in page.content
    assert browser.get(f"{INBOX}{mine.pk}/").status_code == 404
    page = browser.post(f"{INBOX}{mine.pk}/restore", follow=True)
    assert b"Your card is ready" in page.content


def test_deleting_and_undoing_stay_on_the_page_as_it_was_filtered(mine, citizen, sign_in):
    browser = sign_in(citizen)
    here = f"{INBOX}?app={mine.app_id}&unread=1&page=1"
    gone = browser.post(f"{INBOX}{mine.pk}/delete", {"next": here}).headers["Location"]
    assert gone == f"{here}&deleted={mine.pk}"
    assert browser.get(gone).context["here"] == here
    assert browser.post(f"{INBOX}{mine.pk}/restore", {"next": here}).headers["Location"] == here


def test_all_of_the_chosen_app_are_marked_read_and_no_others(mine, citizen, make_app, sign_in):
    other = make(citizen, make_app(public=True).app, "From another")
    browser = sign_in(citizen)
    here = f"{INBOX}?app={other.app_id}"
    assert b"Mark all as read" in browser.get(here).content
    assert browser.post(f"{INBOX}read", {"app": other.app_id, "next": here}).headers["Location"] == here
    assert list(Notification.objects.unread()) == [mine]
    assert b"Mark all as read" not in browser.get(here).content


def test_filters_by_app_by_myusa_and_unread(mine, citizen, make_app, sign_in):
    other = make_app(public=True).app
    announcement = Announcement.objects.create(subject="Maintenance")
    make(citizen, other, "From another")
    make(citizen, None, "From MyUSA", announcement=announcement)
    browser = sign_in(citizen)

    def subjects(query):
        return sorted(each.subject for each in browser.get(INBOX + query).context["page"])

    assert subjects(f"?app={other.pk}") == ["From another"]
    assert subjects("?app=myusa") == ["From MyUSA"]
    mine.viewed_at = mine.received_at
    mine.save()
    assert subjects("?unread=1") == ["From MyUSA", "From another"]
    assert subjects("?app=999") == []
    for hostile in ("?app=%00", "?app=" + "9" * 40, "?page=abc", "?deleted=x", "?app=²"):
        assert browser.get(INBOX + hostile).status_code == 200
    assert subjects("?app=x") == []


def test_only_ways_back_within_the_inbox_are_taken(mine, citizen, sign_in):
    browser = sign_in(citizen)
    for hostile in (
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "/notifications/../admin",
        "javascript:1",
    ):
        target = browser.post(f"{INBOX}{mine.pk}/read", {"next": hostile}).headers["Location"]
        assert target.startswith(INBOX)
        assert "evil" not in target
    assert browser.post(f"{INBOX}{mine.pk}/read", {"next": f"{INBOX}?page=2"}).headers["Location"] == f"{INBOX}?page=2"


def test_statements_do_not_grow_with_the_inbox(citizen, public_application, sign_in):
    browser = sign_in(citizen)

    def statements():
        with CaptureQueriesContext(
            connection,
        ) as queries:
            browser.get(INBOX)
        return len(queries)

    for number in range(5):
        make(citizen, public_application.app, f"Number {number}")
    few = statements()
    for number in range(40):
        make(citizen, public_application.app, f"Number {number}")
    assert statements() == few


def test_each_page_of_a_long_inbox_is_marked_among_its_neighbors(citizen, sign_in):
    Notification.objects.bulk_create(
        Notification(user=citizen, sender="MyUSA", subject=f"Number {number}") for number in range(500)
    )
    browser = sign_in(citizen)
    for here in (1, 10, 20):
        page = browser.get(f"{INBOX}?page={here}").content.decode()
        (current,) = re.findall(r'aria-label="Page (\d+)" aria-current="page"', page)
        linked = {int(number) for number in re.findall(r'aria-label="Page (\d+)"', page)}
        assert int(current) == here
        assert {1, 2, 19, 20} | set(range(max(1, here - 3), min(20, here + 3) + 1)) <= linked
        assert page.count('class="inbox-subject"') == 25


def test_notification_outlives_its_app(mine, citizen, public_application, developer, sign_in):
    public_application.app.remove(by=developer)
    assert b"Open Finder" in sign_in(citizen).get(INBOX).content
