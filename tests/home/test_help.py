"""Help, the statements that law asks for, and the warning before a session ends."""

import pytest

from tests.pages import tight

pytestmark = pytest.mark.django_db

STATEMENT = 'href="/legal#privacy_act"'


def test_help_is_found_from_every_page_and_by_its_words(anonymous):
    assert 'href="/help"' in anonymous.get("/").content.decode()
    everything = anonymous.get("/help").content.decode()
    assert everything.count('class="fold help-topic"') == 12
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
