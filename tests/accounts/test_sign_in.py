"""Signing in: a person who proves control of an address is signed in, and no one learns who has an account."""

import re

import pytest
from django.core import mail
from django.db import connection
from django.http import HttpResponseRedirect
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import OneTimeCode, User
from tests.accounts.codes import (
    CODE,
    SIGN_IN,
    ask_for_code,
    enter_code,
    is_signed_in,
    last_code,
    sign_in_by_code,
    wrong,
)

pytestmark = pytest.mark.django_db


def test_first_proof_of_an_address_makes_the_account(anonymous):
    answer = sign_in_by_code(anonymous, "New.Person@Example.gov")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert is_signed_in(anonymous)
    user = User.objects.get(email="new.person@example.gov")
    assert not user.has_usable_password()
    assert user.emailaddress_set.get().verified


def test_second_proof_finds_the_same_account_whatever_the_case(anonymous, citizen):
    sign_in_by_code(anonymous, "CITIZEN@example.gov")

    assert anonymous.session["_auth_user_id"] == str(citizen.pk)
    assert User.objects.count() == 1


def test_nothing_is_made_before_the_proof(anonymous):
    ask_for_code(anonymous, "curious@example.gov")

    assert not User.objects.exists()


def test_person_goes_on_to_where_they_wanted(anonymous):
    answer = sign_in_by_code(anonymous, "citizen@example.gov", "/oauth/authorize?client_id=x&state=a%20b")

    assert answer["Location"] == "/oauth/authorize?client_id=x&state=a%20b"


def test_way_on_is_remembered_when_the_link_of_the_mail_has_none(anonymous):
    anonymous.post(f"{SIGN_IN}?next=/profile", {"email": "citizen@example.gov"})

    assert enter_code(anonymous, last_code())["Location"] == "/profile"


def test_person_who_is_signed_in_is_not_asked_again(sign_in, citizen):
    assert sign_in(citizen).get(f"{SIGN_IN}?next=/profile")["Location"] == "/profile"


def test_address_can_be_filled_in_by_the_link(anonymous):
    assert 'value="citizen@example.gov"' in anonymous.get(f"{SIGN_IN}?email=citizen@example.gov").content.decode()


def test_known_and_unknown_addresses_get_the_same_answers(citizen):
    ask_for_code(Client(), "first@example.gov")  # makes the row that counts newcomers
    answers = []
    for email in ("citizen@example.gov", "unknown@example.gov"):
        browser = Client()
        browser.get(SIGN_IN)
        with CaptureQueriesContext(connection) as asked:
            first = ask_for_code(browser, email)
        with CaptureQueriesContext(connection) as tried:
            second = enter_code(browser, wrong(last_code()))
        page = re.sub(
            r"\b\d{6}\b", "", second.content.decode().replace(email, "").replace(email.replace("@", "%40"), "")
        )
        counts = (len(asked.captured_queries), len(tried.captured_queries))
        answers.append((first.status_code, first["Location"], second.status_code, counts, _without_tokens(page)))

    assert answers[0][:4] == answers[1][:4]
    assert answers[0][4].splitlines() == answers[1][4].splitlines()
    assert len(mail.outbox) == 3


def test_deactivated_people_see_the_same_pages_and_get_no_mail(make_user):
    make_user("gone@example.gov", is_active=False)
    browser = Client()

    answer = ask_for_code(browser, "gone@example.gov")

    assert (answer.status_code, answer["Location"]) == (302, CODE)
    assert browser.get(CODE).status_code == 200
    assert not mail.outbox


def test_person_deactivated_after_the_mail_cannot_sign_in(anonymous, citizen):
    ask_for_code(anonymous, citizen.email)
    User.objects.filter(pk=citizen.pk).update(is_active=False)

    answer = enter_code(anonymous, last_code())

    assert "use this account" in answer.content.decode()
    assert not is_signed_in(anonymous)


def test_synthetic_people_cannot_sign_in(anonymous):
    assert ask_for_code(anonymous, "0123456789ab@test.invalid").status_code == 302
    assert not mail.outbox


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b@c.gov", "x" * 300 + "@example.gov", "a\x00@example.gov", "a@example.gov\nBcc: b@x.gov"]
)
def test_what_is_no_address_is_refused(anonymous, email):
    assert ask_for_code(anonymous, email).status_code == 200
    assert not mail.outbox
    assert not OneTimeCode.objects.exists()


def test_session_ends_with_the_browser_unless_it_is_remembered(settings):
    plain, remembered = Client(), Client()
    sign_in_by_code(plain, "citizen@example.gov")
    ask_for_code(remembered, "citizen@example.gov", remember="on")
    enter_code(remembered, last_code())

    assert plain.cookies["sessionid"]["max-age"] == ""
    assert remembered.cookies["sessionid"]["max-age"] == settings.SESSION_REMEMBER_AGE


def test_session_key_changes_at_sign_in(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    before = anonymous.session.session_key

    enter_code(anonymous, last_code())

    assert anonymous.session.session_key != before


def test_nothing_of_one_person_is_left_when_another_signs_in(anonymous, citizen):
    sign_in_by_code(anonymous, citizen.email)
    anonymous.session["left"] = "over"
    anonymous.get("/users/sign_out")
    sign_in_by_code(anonymous, "outsider@example.gov")

    assert anonymous.session["account_authentication_methods"][0]["email"] == "outsider@example.gov"
    assert len(anonymous.session["account_authentication_methods"]) == 1


def test_form_from_another_site_is_refused():
    browser = Client(enforce_csrf_checks=True)

    assert browser.post(SIGN_IN, {"email": "citizen@example.gov"}).status_code == 403
    assert not mail.outbox


def test_pages_of_the_way_in_refuse_framing_and_caching(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    for path in (SIGN_IN, CODE):
        answer = anonymous.get(path)
        assert answer["X-Frame-Options"] == "DENY"
        assert "frame-ancestors 'none'" in answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]


def test_page_shows_which_app_sent_the_person_and_its_form_may_end_there(anonymous, contribute):
    banner = {"name": "Benefit Finder", "logo_url": "", "redirect_uri": "https://app.example.org/cb"}
    contribute(sign_in_banners=[lambda request: banner if request.GET.get("next") else None])

    answer = anonymous.get(f"{SIGN_IN}?next=/oauth/authorize%3Fclient_id%3Dx")

    assert "Benefit Finder" in answer.content.decode()
    assert "form-action" not in answer["Content-Security-Policy"]
    plain = anonymous.get(SIGN_IN)
    assert "Benefit Finder" not in plain.content.decode()
    assert "form-action 'self'" in plain["Content-Security-Policy"]


def test_connect_url_is_answered_by_the_app_that_registered_for_it(anonymous, contribute):
    contribute(connect=lambda request: HttpResponseRedirect("/oauth/authorize?client_id=x"))

    assert anonymous.get(f"{SIGN_IN}?client_id=x")["Location"] == "/oauth/authorize?client_id=x"
    assert anonymous.get(SIGN_IN).status_code == 200


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)
