"""Help, the statements that law asks for, and the warning before a session ends."""

import pytest

from developer_apps.models import SupportRequest
from myusa.outbox.models import OutgoingEmail
from tests.pages import tight

pytestmark = pytest.mark.django_db

STATEMENT = 'href="/legal#privacy_act"'


def test_help_is_found_from_every_page_and_by_its_words(anonymous):
    assert 'href="/help"' in anonymous.get("/").content.decode()
    everything = anonymous.get("/help").content.decode()
    assert everything.count('class="fold help-topic"') == 13
    found = anonymous.get("/help?q=STOP+text").content.decode()
    assert found.count('class="fold help-topic"') == 1
    assert "Reply STOP" in found
    assert "No results" in anonymous.get("/help?q=%3Cb%3E").content.decode()


def test_error_pages_link_to_help(anonymous):
    assert 'href="/help"' in tight(anonymous.get("/no/such/page").content.decode()).split("<footer")[0]


@pytest.mark.parametrize(
    "path",
    ["/users/sign_in", "/profile", "/profile/additional", "/settings/notifications/mobile", "/developer/apps/new"],
)
def test_forms_that_ask_for_personal_information_give_the_privacy_act_statement(sign_in, citizen, anonymous, path):
    browser = anonymous if path == "/users/sign_in" else sign_in(citizen)
    assert STATEMENT in browser.get(path).content.decode().split("<footer")[0]


def test_statements_are_among_the_legal_texts(anonymous):
    page = anonymous.get("/legal").content.decode()
    assert 'id="privacy_act"' in page
    assert "5 U.S.C. 552a(e)(3)" in page
    assert 'id="accessibility"' in page


def test_identifier_names_the_agency_and_is_absent_without_one(anonymous, settings):
    assert "usa-identifier" not in anonymous.get("/").content.decode()
    settings.AGENCY = {
        "name": "Office of Benefits",
        "url": "https://benefits.example.gov",
        "domain": "my.example.gov",
        "foia_url": "https://benefits.example.gov/foia",
    }
    page = tight(anonymous.get("/").content.decode())
    assert "An official website of the" in page
    assert "https://benefits.example.gov/foia" in page
    assert "No FEAR Act" not in page


def test_pages_know_when_the_session_ends(sign_in, citizen, anonymous):
    page = sign_in(citizen).get("/profile").content.decode()
    assert "data-session-ends=" in page
    assert "You will be signed out in 2 minutes." in page
    assert "data-session-ends" not in anonymous.get("/").content.decode()


# --- Contact ----------------------------------------------------------------------------------------


def test_a_person_writes_to_support_and_reads_the_reply(sign_in, citizen, staff):
    browser = sign_in(citizen)
    assert 'href="/help/contact"' in browser.get("/help").content.decode()
    page = browser.get("/help/contact").content.decode()
    for word in ("Developers", "Trace ID", "token"):
        assert word not in page.split("<main")[1].split("</main>")[0].replace("csrfmiddlewaretoken", ""), word
    answer = browser.post("/help/contact", {"subject": "sign_in", "text": "I get no codes.", "app": "", "trace": ""})
    asked = SupportRequest.objects.get()
    assert answer["Location"] == f"/help/contact/{asked.pk}"
    assert (asked.subject, asked.user) == ("Signing in or security", citizen)
    assert f"/help/contact/{asked.pk}" in OutgoingEmail.objects.get(kind="accounts/contact_copy").content["text"]
    asked.reply(by=staff, reason="Look into your spam folder.")
    assert "Look into your spam folder." in browser.get(answer["Location"]).content.decode()
    browser.post(answer["Location"], {"text": "It was there."})
    assert asked.messages.count() == 3


def test_an_error_page_leads_to_the_form_with_its_number(sign_in, citizen):
    browser = sign_in(citizen)
    missing = browser.get("/no/such/page")
    address = f"/help/contact?trace={missing['X-Request-Id']}"
    assert f'href="{address}"' in missing.content.decode()
    assert f'value="{missing["X-Request-Id"]}"' in browser.get(address).content.decode()


def test_only_connected_apps_are_offered(sign_in, citizen, public_application, application, make_token):
    make_token(public_application, citizen)
    browser = sign_in(citizen)
    page = browser.get("/help/contact").content.decode()
    assert public_application.app.name in page
    assert application.app.name not in page
    other = {"subject": "app", "text": "x", "app": application.app.pk}
    assert browser.post("/help/contact", other).status_code == 400


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"subject": ""}, "Choose a topic."),
        ({"subject": "x"}, "Choose a topic."),
        ({"text": " "}, "Enter your message."),
        ({"trace": "7"}, "You can leave it out."),
    ],
)
def test_a_wrong_form_says_so_and_keeps_what_was_typed(sign_in, citizen, changes, words):
    sent = {"subject": "other", "text": "I typed this.", "trace": "", **changes}
    response = sign_in(citizen).post("/help/contact", sent)
    assert response.status_code == 400
    page = response.content.decode()
    assert words in page
    assert sent["text"] in page
    assert not SupportRequest.objects.exists()


def test_the_request_of_someone_else_is_not_found(sign_in, citizen, outsider):
    asked = SupportRequest.objects.ask(citizen, subject="Signing in", text="Mine")
    assert sign_in(outsider).get(f"/help/contact/{asked.pk}").status_code == 404
