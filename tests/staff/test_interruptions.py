"""What interrupts staff loses nothing they typed, and lets no one decide about what they haven't seen."""

import html

import pytest
from django.urls import reverse

from accounts.models import Session, StaffNote
from developer_apps.models import AppReport, PublicAccessRequest, SupportRequest
from myusa.outbox.models import OutgoingEmail
from notifications.models import Announcement
from onboarding.models import Signature
from onboarding.states import State
from tests import factories
from tests.onboarding.conftest import *  # noqa: F403 - a request of the team's app
from tests.pages import form_of

pytestmark = pytest.mark.django_db
REASON = "The privacy policy is a copy of ours, and the support contact bounces."
CHANGED = "This changed after you opened the page."
OUTCOMES = ["developer_apps/public_access_approved", "developer_apps/public_access_denied"]


def text_of(response):
    return html.unescape(response.content.decode())


@pytest.fixture
def colleague(sign_in):
    return sign_in(factories.make_user("second@example.gov", is_staff=True, is_superuser=True))


@pytest.fixture
def browser(sign_in, superuser):
    return sign_in(superuser)


@pytest.fixture
def asked(application, developer):
    return application.app.request_public_access(by=developer)


@pytest.fixture
def question(developer):
    return SupportRequest.objects.ask(developer, subject="Refused calls", text="Since Monday.")


def page_of(row):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_change", args=[row.pk])


def step_of(row, slug):
    return reverse(f"admin:{row._meta.app_label}_{row._meta.model_name}_action", args=[row.pk, slug])


def opened(browser, row, slug):
    """Open the page of a row as staff do; return what the form of a decision will send."""
    browser.get(page_of(row))
    return form_of(browser.get(step_of(row, slug)), having="confirmed")


# Two staff at once


def test_the_reason_of_the_slower_of_two_colleagues_is_still_on_the_page(browser, colleague, asked):
    sent = opened(browser, asked, "deny")
    colleague.post(step_of(asked, "deny"), {**opened(colleague, asked, "deny"), "reason": "First."})
    response = browser.post(step_of(asked, "deny"), {**sent, "reason": REASON})
    assert response.status_code == 409
    assert "This request was already decided." in text_of(response)
    assert form_of(response, having="confirmed")["reason"] == [REASON]
    asked.refresh_from_db()
    assert asked.reason == "First."


def test_a_reply_is_not_sent_after_a_reply_that_its_author_has_not_seen(browser, colleague, question):
    sent = opened(browser, question, "reply")
    colleague.post(step_of(question, "reply"), {**opened(colleague, question, "reply"), "reason": "Try again."})
    response = browser.post(step_of(question, "reply"), {**sent, "reason": REASON})
    assert response.status_code == 409
    assert CHANGED in text_of(response)
    assert "Try again." in text_of(response)
    assert [each.text for each in question.messages.filter(is_staff=True)] == ["Try again."]
    again = form_of(response, having="confirmed")
    assert again["reason"] == [REASON]
    assert browser.post(step_of(question, "reply"), again).status_code == 302
    assert question.messages.filter(is_staff=True).count() == 2


def test_a_request_is_not_closed_over_a_message_that_came_in_the_meantime(browser, question):
    sent = opened(browser, question, "close")
    question.write("It happens again.")
    assert browser.post(step_of(question, "close"), sent).status_code == 409
    question.refresh_from_db()
    assert question.status == SupportRequest.Status.OPEN


@pytest.mark.parametrize(("verb", "note"), [("request_changes", REASON), ("deny", REASON)])
def test_the_reason_for_a_production_request_survives_the_step_of_a_colleague(browser, colleague, reach, verb, note):
    request = reach(State.REQUESTED)
    address = reverse("admin:onboarding_step", args=[request.pk, verb])
    sent = form_of(browser.get(address), having="version")
    affidavit = reverse("admin:onboarding_step", args=[request.pk, "send_affidavit"])
    first = form_of(colleague.get(affidavit), having="version")
    colleague.post(affidavit, {**first, "override": "The traffic was shown by phone."})
    request.refresh_from_db()
    assert request.state == State.AFFIDAVIT_SENT
    response = browser.post(address, {**sent, "note": note})
    assert response.status_code == 409
    assert form_of(response, having="version")["note"] == [REASON]
    request.refresh_from_db()
    assert request.state == State.AFFIDAVIT_SENT


# A page that is out of date


@pytest.mark.parametrize("slug", ["approve", "deny"])
def test_public_access_is_not_decided_on_other_details_than_those_of_the_page(browser, asked, developer, slug):
    sent = opened(browser, asked, slug)
    asked.app.apply({"name": "Internal Revenue Service"}, by=developer)
    response = browser.post(step_of(asked, slug), {**sent, "reason": REASON})
    assert response.status_code == 409
    assert CHANGED in text_of(response)
    assert "Internal Revenue Service" in text_of(response)
    asked.refresh_from_db()
    assert asked.status == PublicAccessRequest.Status.PENDING
    assert not OutgoingEmail.objects.filter(kind__in=OUTCOMES).exists()
    again = form_of(response, having="confirmed")
    assert browser.post(step_of(asked, slug), again).status_code == 302


def test_the_decision_form_on_the_page_of_a_row_carries_what_was_seen(browser, asked, developer):
    sent = form_of(browser.get(page_of(asked)), having="seen")
    asked.app.clients.get().set_redirect_uris(["https://elsewhere.example/cb"], by=developer)
    response = browser.post(step_of(asked, sent["confirmed"][0]), {**sent, "reason": REASON})
    assert response.status_code == 409


def test_the_back_button_after_a_decision_decides_nothing_twice(browser, public_application, citizen):
    AppReport.file(public_application.app, by=citizen, kind=AppReport.Kind.values[0], text="")
    report = AppReport.objects.get()
    sent = opened(browser, report, "handle")
    assert browser.post(step_of(report, "handle"), {**sent, "reason": "Blocked."}).status_code == 302
    report.refresh_from_db()
    handled_at = report.handled_at
    sent = {
        **opened(browser, report, "handle"),
        "reason": "Once more.",
    }  # the page from the history, with its own token
    browser.post(step_of(report, "handle"), sent)
    report.refresh_from_db()
    assert report.handled_at == handled_at


# A refused note


@pytest.mark.parametrize(("typed", "why"), [("  ", "This field is required."), ("x" * 4001, "at most 4000 characters")])
def test_a_note_that_is_refused_comes_back_with_the_reason(browser, asked, typed, why):
    note = form_of(browser.get(page_of(asked)), having="text")
    address = reverse("admin:developer_apps_publicaccessrequest_note", args=[asked.pk])
    response = browser.post(address, {**note, "text": typed})
    assert response.status_code == 400
    assert why in text_of(response)
    assert form_of(response, having="text")["text"] == [typed]
    assert not StaffNote.objects.exists()


# The session ends


def send_too_late(browser, user, address, sent):
    Session.objects.filter(user=user).delete()
    response = browser.post(address, sent)
    assert response.status_code == 302
    assert "/login/" in response["Location"]


def test_a_reason_typed_while_the_session_ended_is_sent_once_after_signing_in(browser, sign_in, superuser, asked):
    sent = {**opened(browser, asked, "deny"), "reason": REASON}
    send_too_late(browser, superuser, step_of(asked, "deny"), sent)
    sign_in(superuser, browser)
    page = browser.get(step_of(asked, "deny"))
    assert REASON in text_of(page)
    asked.refresh_from_db()
    assert asked.status == PublicAccessRequest.Status.PENDING, "shown, not sent"
    assert browser.post(step_of(asked, "deny"), form_of(page, having="confirmed")).status_code == 302
    asked.refresh_from_db()
    assert (asked.status, asked.reason) == (PublicAccessRequest.Status.DENIED, REASON)
    assert REASON not in text_of(browser.get(step_of(asked, "deny")))


def test_a_form_of_the_admin_comes_back_too(browser, sign_in, superuser):
    address = reverse("admin:notifications_announcement_add")
    text = "We are closed on Monday & Tuesday."
    sent = {**form_of(browser.get(address), having="subject"), "subject": "Closed", "body": text}
    send_too_late(browser, superuser, address, sent)
    sign_in(superuser, browser)
    browser.post(address, form_of(browser.get(address), having="subject"))
    assert Announcement.objects.get().body == text


def test_a_note_whose_address_has_no_page_comes_back_too(browser, sign_in, superuser, asked):
    address = reverse("admin:developer_apps_publicaccessrequest_note", args=[asked.pk])
    sent = {**form_of(browser.get(page_of(asked)), having="text"), "text": "Ask the team for a call."}
    send_too_late(browser, superuser, address, sent)
    sign_in(superuser, browser)
    browser.post(address, form_of(browser.get(address), having="text"))
    assert StaffNote.objects.get().text == "Ask the team for a call."


def test_what_was_kept_can_be_discarded(browser, sign_in, superuser, asked):
    send_too_late(browser, superuser, step_of(asked, "deny"), {**opened(browser, asked, "deny"), "reason": REASON})
    sign_in(superuser, browser)
    page = form_of(browser.get(step_of(asked, "deny")), having="confirmed")
    assert browser.post(step_of(asked, "deny"), {**page, "discard_unsaved_form": "x"})["Location"] == "/admin/"
    assert REASON not in text_of(browser.get(step_of(asked, "deny")))
    asked.refresh_from_db()
    assert asked.status == PublicAccessRequest.Status.PENDING


def test_a_colleague_at_the_same_computer_does_not_get_what_was_typed(browser, sign_in, superuser, asked):
    send_too_late(browser, superuser, step_of(asked, "deny"), {**opened(browser, asked, "deny"), "reason": REASON})
    other = factories.make_user("other@example.gov", is_staff=True, is_superuser=True)
    sign_in(other, browser)
    assert REASON not in text_of(browser.get(step_of(asked, "deny")))


def test_a_session_without_the_second_factor_keeps_the_reason_until_it_has_one(browser, sign_in, superuser, asked):
    sent = {**opened(browser, asked, "deny"), "reason": REASON}
    sign_in(superuser, browser, second_factor=False)
    assert "/login/" in browser.post(step_of(asked, "deny"), sent)["Location"]
    assert REASON not in text_of(browser.get(step_of(asked, "deny"), follow=True)), "before the second factor"
    sign_in(superuser, browser)
    assert REASON in text_of(browser.get(step_of(asked, "deny")))


# A document that can't be read


def test_a_document_that_is_lost_is_named_where_it_is_judged_and_breaks_no_page(browser, sign_in, developer, reach):
    request = reach(State.AFFIDAVIT_SIGNED)
    signature = Signature.objects.latest_of(request)
    signature.file.storage.delete(signature.file.name)
    for address in (
        reverse("admin:onboarding_productionrequest_change", args=[request.pk]),
        reverse("admin:onboarding_step", args=[request.pk, "accept_affidavit"]),
    ):
        response = browser.get(address)
        assert response.status_code == 200
        assert "We can’t read the signed document." in text_of(response)
    for name in ("onboarding_document", "onboarding_signature"):
        response = browser.get(reverse(f"admin:{name}", args=[request.pk, signature.pk]))
        assert response.status_code == 503
        assert "This document can’t be read now." in text_of(response)
    of_the_team = reverse("onboarding:document", args=[request.pk, signature.pk])
    assert sign_in(developer).get(of_the_team).status_code == 503
