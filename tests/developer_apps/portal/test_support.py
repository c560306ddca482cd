"""Developers ask support, staff reply, and both can follow the conversation."""

import uuid
from datetime import timedelta

import pytest
from django.urls import reverse
from django.utils import timezone

from accounts.models.allowances import SUPPORT_REQUESTS
from developer_apps import jobs
from developer_apps.models import SupportRequest
from tests.browser import NARROW, WIDE, assert_good_page
from tests.browser import sign_in as sign_in_browser
from tests.cast import join_group
from tests.factories import make_user
from tests.pages import form_of

PATH = "/developer/support"
TRACE = "123e4567-e89b-12d3-a456-426614174000"
WORDS = {"subject": "Refused calls", "text": "The profile call is refused since Monday."}


@pytest.fixture
def asked(application, developer, mailoutbox):
    found = SupportRequest.objects.ask(developer, app=application.app, trace_id=uuid.UUID(TRACE), **WORDS)
    mailoutbox.clear()
    return found


def act(browser, request, action, **fields):
    path = reverse("admin:developer_apps_supportrequest_action", args=[request.pk, action])
    return browser.post(path, {"confirmed": action, **fields}, follow=True)


def test_app_and_trace_id_of_the_address_fill_in_the_form(application, developer, sign_in):
    page = sign_in(developer).get(PATH, {"app": application.app.pk, "trace": TRACE})
    fields = form_of(page, having="subject")
    assert (fields["app"], fields["trace"]) == ([str(application.app.pk)], [TRACE])


@pytest.mark.django_db(transaction=True)
def test_a_request_is_stored_and_emailed_to_support_and_its_sender(
    application, developer, sign_in, mailoutbox, settings
):
    fields = {**WORDS, "app": application.app.pk, "trace": TRACE}
    page = sign_in(developer).post(PATH, fields, follow=True).content.decode()
    asked = SupportRequest.objects.get()
    assert (asked.user, asked.app, str(asked.trace_id)) == (developer, application.app, TRACE)
    assert f"We received your message {asked.number}" in page
    assert WORDS["text"] in page
    to_support, copy = sorted(mailoutbox, key=lambda email: email.to != [settings.SUPPORT_EMAIL])
    assert copy.to == [developer.email]
    for email in (to_support, copy):
        assert asked.number in email.subject
        for part in (WORDS["text"], TRACE, application.app.name):
            assert part in email.body
    assert reverse("admin:developer_apps_supportrequest_change", args=[asked.pk]) in to_support.body
    assert f"{PATH}/{asked.pk}" in copy.body
    assert (to_support.reply_to, copy.reply_to) == ([developer.email], [settings.SUPPORT_EMAIL])


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"subject": ""}, "Enter a subject in a few words."),
        ({"text": " "}, "Enter your message."),
        ({"trace": "abc"}, "A trace ID looks like"),
    ],
)
def test_a_wrong_field_is_named_and_nothing_typed_is_lost(developer, sign_in, wrong, message):
    response = sign_in(developer).post(PATH, {**WORDS, "trace": TRACE, **wrong})
    page = response.content.decode()
    assert response.status_code == 400
    assert message in page
    assert all(value in page for value in ({**WORDS, **wrong}).values() if value.strip())
    assert not SupportRequest.objects.exists()


def test_apps_of_other_teams_are_not_offered_and_not_taken(application, outsider, sign_in):
    browser = sign_in(outsider)
    assert application.app.name not in browser.get(PATH, {"app": application.app.pk}).content.decode()
    assert browser.post(PATH, {**WORDS, "app": application.app.pk}).status_code == 400


def test_only_the_person_who_asked_sees_a_request(asked, developer, teammate, sign_in):
    path = f"{PATH}/{asked.pk}"
    assert WORDS["text"] in sign_in(developer).get(path).content.decode()
    assert sign_in(teammate).get(path).status_code == 404
    assert WORDS["subject"] not in sign_in(teammate).get(PATH).content.decode()


def test_a_person_can_ask_a_few_times_a_day(developer, sign_in):
    browser = sign_in(developer)
    for _number in range(SUPPORT_REQUESTS.count):
        assert browser.post(PATH, WORDS).status_code == 302
    response = browser.post(PATH, WORDS)
    assert response.status_code == 429
    assert WORDS["text"] in response.content.decode()
    assert SupportRequest.objects.count() == SUPPORT_REQUESTS.count


def test_what_was_typed_survives_the_end_of_the_session(developer, sign_in, anonymous):
    browser = sign_in(developer)
    browser.get(PATH)
    browser.cookies.pop("sessionid")
    assert browser.post(PATH, WORDS)["Location"].startswith("/users/sign_in")
    sign_in(developer, browser)
    assert WORDS["text"] in browser.get(PATH).content.decode()


@pytest.mark.django_db(transaction=True)
def test_staff_find_the_request_in_their_queue_and_reply(asked, staff, developer, sign_in, mailoutbox):
    browser = sign_in(staff)
    work = browser.get(reverse("admin:index")).content.decode()
    assert "Support requests" in work
    page = browser.get(reverse("admin:developer_apps_supportrequest_change", args=[asked.pk])).content.decode()
    assert WORDS["text"] in page
    assert TRACE in page
    act(browser, asked, "reply", reason="The secret was revoked. Add a new one.")
    asked.refresh_from_db()
    assert asked.status == SupportRequest.Status.REPLIED
    (email,) = mailoutbox
    assert email.to == [developer.email]
    assert "The secret was revoked." in email.body
    page = sign_in(developer).get(f"{PATH}/{asked.pk}").content.decode()
    assert "The secret was revoked." in page
    assert "Staff replied" in page
    assert staff.email not in page


@pytest.mark.django_db(transaction=True)
def test_account_support_replies_from_its_queue(asked, developer, sign_in, mailoutbox):
    helper = make_user("helper@example.gov", is_staff=True)
    join_group(helper, "Account support")
    browser = sign_in(helper)
    assert asked.subject in browser.get(reverse("admin:index")).content.decode()
    page = browser.get(reverse("admin:developer_apps_supportrequest_change", args=[asked.pk])).content.decode()
    assert "Claim this" in page
    act(browser, asked, "reply", reason="The secret was revoked. Add a new one.")
    (email,) = mailoutbox
    assert email.to == [developer.email]
    assert asked.messages.get(is_staff=True).author == helper
    act(browser, asked, "close")
    asked.refresh_from_db()
    assert asked.status == SupportRequest.Status.CLOSED


def test_staff_read_each_message_as_it_was_written(asked, staff, sign_in):
    asked.messages.create(author=asked.user, text="First line\nsecond\n\n<script>alert(1)</script> & more")
    for address in ("change/", "step/reply/"):
        page = sign_in(staff).get(f"/admin/developer_apps/supportrequest/{asked.pk}/{address}").content.decode()
        assert "<p>First line<br>second</p>" in page
        assert "&lt;p&gt;" not in page
        assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; more" in page


def test_an_empty_reply_is_refused(asked, staff, sign_in):
    act(sign_in(staff), asked, "reply", reason="")
    asked.refresh_from_db()
    assert asked.status == SupportRequest.Status.OPEN


def test_a_further_message_opens_a_closed_request_again(asked, staff, developer, sign_in):
    act(sign_in(staff), asked, "close")
    asked.refresh_from_db()
    assert asked.status == SupportRequest.Status.CLOSED
    sign_in(developer).post(f"{PATH}/{asked.pk}", {"text": "It happens again."})
    asked.refresh_from_db()
    assert asked.status == SupportRequest.Status.OPEN
    assert [each.text for each in asked.messages.all()] == [WORDS["text"], "It happens again."]


@pytest.mark.parametrize("words", ["number", TRACE])
def test_staff_find_it_by_number_and_trace_id(asked, staff, sign_in, words):
    words = asked.number if words == "number" else words
    page = sign_in(staff).get(reverse("admin:search"), {"q": words}).content.decode()
    assert reverse("admin:developer_apps_supportrequest_change", args=[asked.pk]) in page


def test_staff_search_the_list_by_number_and_trace_id(asked, staff, sign_in):
    browser = sign_in(staff)
    for words in (str(asked.pk), TRACE, "developer@"):
        response = browser.get(reverse("admin:developer_apps_supportrequest_changelist"), {"q": words})
        assert WORDS["subject"] in response.content.decode(), words


def test_closed_requests_are_deleted_after_a_year(asked, staff):
    asked.close(by=staff)
    SupportRequest.objects.update(updated_at=timezone.now() - timedelta(days=364))
    jobs.purge_portal()
    assert SupportRequest.objects.exists()
    SupportRequest.objects.update(updated_at=timezone.now() - timedelta(days=366))
    jobs.purge_portal()
    assert not SupportRequest.objects.exists()


def test_the_copy_of_ones_data_has_the_conversation(asked, developer, sign_in):
    response = sign_in(developer).get(reverse("accounts:download"))
    text = b"".join(response.streaming_content)
    assert WORDS["text"] in text.decode()


def test_error_pages_of_the_portal_link_to_the_form(developer, sign_in, anonymous):
    page = sign_in(developer).get("/developer/apps/999999/").content.decode()
    assert f'href="{PATH}' in page
    assert 'href="/developer/"' in page
    assert f'href="{PATH}' not in anonymous.get("/nothing").content.decode()


def test_the_empty_log_links_to_the_form(application, developer, sign_in):
    browser = sign_in(developer)
    log = reverse("developer_apps:analytics_log", args=[application.app.pk])
    assert f'href="{PATH}?app={application.app.pk}"' in browser.get(log).content.decode()


@pytest.mark.browser
@pytest.mark.parametrize("width", [NARROW, WIDE])
def test_the_pages_are_good(new_page, base_url, width, asked, developer):
    page = new_page(width)
    sign_in_browser(page, developer, base_url)
    page.goto(f"{base_url}{PATH}")
    assert_good_page(page)
    page.get_by_role("link", name=asked.number).click()
    assert page.get_by_text("Waiting for staff").is_visible()
    assert_good_page(page)
