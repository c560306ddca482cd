"""Saving an old page of a production request keeps the answers that a colleague saved since."""

from onboarding.steps.request import save_answers
from tests.pages import form_of


def page_of(browser, request):
    return f"/developer/requests/{request.pk}/questions/company", form_of(
        browser.get(f"/developer/requests/{request.pk}/questions/company"), having="contact_name"
    )


def test_a_section_keeps_what_a_colleague_answered(sign_in, reach, developer):
    request, browser = reach("building"), sign_in(developer)
    address, page = page_of(browser, request)
    save_answers(request, {"contact_email": "new@agency.gov", "technical_contact_name": "Lee"}, by=developer)
    assert browser.post(address, {**page, "contact_name": "Pat Doe"}).status_code == 302
    request.refresh_from_db()
    assert request.answers["contact_name"] == "Pat Doe"
    assert request.answers["contact_email"] == "new@agency.gov"
    assert request.answers["technical_contact_name"] == "Lee"


def test_two_answers_to_one_question_are_both_shown(sign_in, reach, developer):
    request, browser = reach("building"), sign_in(developer)
    address, page = page_of(browser, request)
    save_answers(request, {"contact_name": "Sam Roe"}, by=developer)
    answer = browser.post(address, {**page, "contact_name": "Pat Doe"})
    assert answer.status_code == 400
    assert "This changed to “Sam Roe”" in answer.content.decode()
    assert browser.post(address, form_of(answer, having="contact_name")).status_code == 302
    request.refresh_from_db()
    assert request.answers["contact_name"] == "Pat Doe"
