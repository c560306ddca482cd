"""Answers, criteria and scorecards of a production request can be printed: an accessible PDF for team and staff."""

import pytest
from django.urls import reverse

from onboarding.models import ProductionRequest
from onboarding.states import State
from onboarding.steps import request as requests
from tests.onboarding.test_affidavit import findings_of, tags_of, words_of


def address_of(request, *, for_staff=False):
    return reverse("admin:onboarding_printed" if for_staff else "onboarding:printed", args=[request.pk])


@pytest.mark.parametrize("for_staff", [False, True])
def test_team_and_staff_print_answers_and_a_blank_scorecard(reach, developer, staff, sign_in, tmp_path, for_staff):
    request = reach(State.REQUESTED)
    browser = sign_in(staff if for_staff else developer)
    address = address_of(request, for_staff=for_staff)
    page = reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    assert address in browser.get(page if for_staff else request.get_absolute_url()).content.decode()
    response = browser.get(address)
    assert response["Content-Type"] == "application/pdf"
    assert response["Content-Disposition"].startswith("attachment")
    assert "no-store" in response["Cache-Control"]
    text = words_of(response.content)
    for words in (
        f"Production request {request.pk}",
        "Copy 1, sent on Monday, June 1, 2026",
        "100 Example Avenue",
        "Springfield, VA 22150",
        "Olive Officer",
        "Testing is complete and the app is ready for production: Yes",
        "The form is easy",
        "Pass or fail",
    ):
        assert words in text, words
    assert findings_of(response.content, tmp_path) == []
    assert {"/Table", "/TH", "/H1", "/H2"} <= set(tags_of(response.content))


def test_the_document_has_the_scorecard_of_a_demo_that_was_rated(reach, developer, sign_in, tmp_path):
    request = reach(State.DEMO_FAILED)
    content = sign_in(developer).get(address_of(request)).content
    text = words_of(content)
    assert "Failed" in text
    assert "Visa Status API: The form is easy Fail" in text
    assert findings_of(content, tmp_path) == []


def test_a_draft_says_that_it_was_not_sent(reach, developer, sign_in):
    request = reach(State.BUILDING)
    requests.save_answers(request, {"purpose": "#set text(red)\n*Bold* $x$"}, by=developer)
    text = words_of(sign_in(developer).get(address_of(request)).content)
    assert "These answers have not been sent yet." in text
    assert "#set text(red)" in text
    assert "*Bold* $x$" in text


def test_what_was_sent_is_printed_and_not_a_later_draft(reach, developer, sign_in):
    request = reach(State.CHANGES_REQUESTED)
    requests.save_answers(request, {"purpose": "Changed later."}, by=developer)
    assert "Changed later." not in words_of(sign_in(developer).get(address_of(request)).content)


def test_others_cannot_print_it(reach, outsider, developer, anonymous, sign_in):
    request = reach(State.REQUESTED)
    assert sign_in(outsider).get(address_of(request)).status_code == 404
    assert anonymous.get(address_of(request)).status_code == 302
    assert sign_in(developer).get(address_of(request, for_staff=True)).status_code == 302


def test_answers_that_no_key_decrypts_are_said_to_be_unreadable(reach, developer, sign_in, settings):
    request = reach(State.REQUESTED)
    ProductionRequest.objects.filter(pk=request.pk).update(answers={})
    text = words_of(sign_in(developer).get(address_of(request)).content)
    assert "Olive Officer" in text, "the copy that was sent"
