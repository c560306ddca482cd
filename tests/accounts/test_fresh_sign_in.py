"""Some pages ask again who is there."""

import pytest
from django.core import mail

from tests.accounts.codes import add_second_factor, app_code, last_code, wrong

pytestmark = pytest.mark.django_db
GUARDED = "/settings/account/delete"


@pytest.fixture
def stale(sign_in, citizen, settings):
    return sign_in(citizen, age=settings.FRESH_SIGN_IN_AGE + 1)


def test_fresh_proof_opens_the_page(sign_in, citizen):
    assert sign_in(citizen).get(GUARDED).status_code == 200


def test_stale_proof_is_asked_for_again_and_leads_back(stale):
    answer = stale.get(f"{GUARDED}?a=b")
    assert answer["Location"] == "/users/confirm?next=%2Fsettings%2Faccount%2Fdelete%3Fa%3Db"
    assert stale.get(answer["Location"]).status_code == 200
    assert not mail.outbox  # opening the page sends nothing

    stale.post("/users/confirm/send", {"next": GUARDED})
    assert stale.post(answer["Location"], {"code": wrong(last_code())}).status_code == 200
    assert stale.get(GUARDED).status_code == 302
    assert stale.post("/users/confirm", {"code": last_code(), "next": GUARDED})["Location"] == GUARDED
    assert stale.get(GUARDED).status_code == 200


def test_form_sent_too_late_leads_back_to_its_page(stale):
    answer = stale.post(
        "/settings/account/delete", {"email": "x"}, headers={"Referer": "http://testserver/settings/account/delete?x=1"}
    )

    assert answer["Location"] == "/users/confirm?next=%2Fsettings%2Faccount%2Fdelete%3Fx%3D1"


def test_form_from_elsewhere_leads_home(stale):
    answer = stale.post("/settings/account/delete", {"email": "x"}, headers={"Referer": "http://evil.test/page"})

    assert answer["Location"] == "/users/confirm?next=%2F"


def test_person_with_an_app_confirms_by_it_and_not_by_mail(sign_in, citizen, settings):
    add_second_factor(citizen)
    browser = sign_in(citizen, second_factor=True, age=settings.FRESH_SIGN_IN_AGE + 1)

    page = browser.get(f"/users/confirm?next={GUARDED}").content.decode()

    assert "authenticator app" in page
    assert "send_confirmation" not in page
    assert browser.post(f"/users/confirm?next={GUARDED}", {"code": app_code()})["Location"] == GUARDED
    assert browser.get(GUARDED).status_code == 200


def test_code_by_mail_is_no_fresh_proof_of_a_person_with_an_app(sign_in, citizen):
    add_second_factor(citizen)

    assert sign_in(citizen, second_factor=False).get(GUARDED).status_code == 302


def test_confirmation_code_works_in_its_session_only(stale, sign_in, citizen, settings):
    stale.post("/users/confirm/send")
    code = last_code()
    thief = sign_in(citizen, age=settings.FRESH_SIGN_IN_AGE + 1)
    session = thief.session
    session["confirmation"] = stale.session["confirmation"]
    session.save()

    thief.post("/users/confirm", {"code": code})

    assert thief.get(GUARDED).status_code == 302


def test_confirmation_leads_to_this_site_only(sign_in, citizen):
    assert sign_in(citizen).get("/users/confirm?next=https://evil.test/")["Location"] == "/"


def test_confirmation_needs_someone_signed_in(anonymous):
    assert anonymous.get("/users/confirm").status_code == 302
    assert anonymous.post("/users/confirm/send").status_code == 302
    assert not mail.outbox
