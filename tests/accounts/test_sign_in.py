"""Signing in by a code sent by email."""

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
import time_machine
from django.conf import settings
from django.core import mail
from django.db import connection, connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from kombu.exceptions import OperationalError

from accounts import contributions
from accounts.jobs import send_code
from accounts.models import FailedAttempt, OneTimeCode, User
from accounts.models.attempts import ACCOUNT_ATTEMPTS, ADDRESS_ATTEMPTS
from accounts.models.codes import ADDRESS_SENDS, CODE_ATTEMPTS, RECIPIENT_SENDS
from tests.accounts.codes import (
    CODE,
    SIGN_IN,
    ask_for_code,
    codes_of,
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


def test_mail_carries_its_code_alone_on_a_line_and_as_html(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")

    message = mail.outbox[-1]
    assert message.to == ["citizen@example.gov"]
    assert len(codes_of(message)) == 1
    html, kind = message.alternatives[0]
    assert kind == "text/html"
    assert last_code() in html
    assert last_code() not in message.subject


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
    assert len(mail.outbox) == 2


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

    assert "cannot be used" in answer.content.decode()
    assert not is_signed_in(anonymous)


def test_synthetic_people_cannot_sign_in(anonymous):
    assert ask_for_code(anonymous, "0123456789ab@test.invalid").status_code == 302
    assert not mail.outbox


def test_wrong_code_is_refused_and_the_right_one_works_afterwards(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()

    refused = enter_code(anonymous, wrong(code))

    assert refused.status_code == 200
    assert "not the code we sent" in refused.content.decode()
    assert not is_signed_in(anonymous)
    assert enter_code(anonymous, code).status_code == 302
    assert not FailedAttempt.objects.exclude(account_digest="").count() > 1


def test_code_with_blanks_is_understood(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()

    assert enter_code(anonymous, f" {code[:3]} {code[3:]} ").status_code == 302


@pytest.mark.parametrize("text", ["", "12345", "1234567", "abcdef", "１２３４５６", "12\x0034", "000000 OR 1=1"])
def test_what_is_no_code_costs_no_attempt(anonymous, text):
    ask_for_code(anonymous, "citizen@example.gov")

    assert enter_code(anonymous, text).status_code == 200
    assert OneTimeCode.objects.get().attempts == 0


@pytest.mark.parametrize(
    "email", ["", "nobody", "a@b@c.gov", "x" * 300 + "@example.gov", "a\x00@example.gov", "a@example.gov\nBcc: b@x.gov"]
)
def test_what_is_no_address_is_refused(anonymous, email):
    assert ask_for_code(anonymous, email).status_code == 200
    assert not mail.outbox
    assert not OneTimeCode.objects.exists()


def test_code_works_once(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code, pending = last_code(), anonymous.session["sign_in"]
    enter_code(anonymous, code)
    browser = _browser_with(pending)

    answer = enter_code(browser, code)

    assert "already used" in answer.content.decode()
    assert not is_signed_in(browser)


def test_code_works_only_in_the_browser_that_asked(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    thief = Client()
    ask_for_code(thief, "citizen@example.gov")
    victims_code, thiefs_code = codes_of(mail.outbox[0])[0], codes_of(mail.outbox[1])[0]
    if victims_code == thiefs_code:
        pytest.skip("one in a million")

    enter_code(thief, victims_code)

    assert not is_signed_in(thief)
    assert enter_code(anonymous, victims_code).status_code == 302  # a stranger's code does not void one's own


def test_code_expires(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    with time_machine.travel(timezone.now() + timedelta(seconds=settings.SIGN_IN_CODE_AGE + 1)):
        answer = enter_code(anonymous, last_code())

    assert "expired" in answer.content.decode()
    assert not is_signed_in(anonymous)
    assert settings.SIGN_IN_CODE_AGE <= 600


def test_code_dies_after_five_wrong_tries(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()
    for _ in range(CODE_ATTEMPTS):
        enter_code(anonymous, wrong(code))

    answer = enter_code(anonymous, code)

    assert "tried too often" in answer.content.decode()
    assert not is_signed_in(anonymous)


def test_wrong_tries_are_capped_per_account_across_browsers(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()
    _fail(ACCOUNT_ATTEMPTS.count, account=OneTimeCode.objects.get().recipient_digest)

    answer = enter_code(anonymous, code)

    assert "too many wrong codes" in answer.content.decode()
    assert not is_signed_in(anonymous)
    with time_machine.travel(timezone.now() + ACCOUNT_ATTEMPTS.window + timedelta(seconds=1)):
        assert sign_in_by_code(Client(), "citizen@example.gov").status_code == 302


def test_wrong_tries_are_capped_per_network_address(anonymous):
    ask_for_code(anonymous, "other@example.gov")
    _fail(ADDRESS_ATTEMPTS.count, address=OneTimeCode.objects.get().address_digest)

    answer = enter_code(anonymous, last_code())

    assert "too many wrong codes" in answer.content.decode()
    elsewhere = Client(REMOTE_ADDR="203.0.113.9")
    assert sign_in_by_code(elsewhere, "person@example.gov").status_code == 302


def test_right_codes_count_for_no_cap(anonymous):
    for _ in range(3):
        sign_in_by_code(Client(), "citizen@example.gov")

    assert not FailedAttempt.objects.exists()


def test_new_code_supersedes_the_old(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    old = last_code()
    with time_machine.travel(timezone.now() + timedelta(seconds=31)):
        anonymous.post("/users/sign_in/resend")
        new = last_code()

        refused = enter_code(anonymous, old) if old != new else None
        accepted = enter_code(anonymous, new)

    assert len(mail.outbox) == 2
    assert refused is None or not refused.wsgi_request.user.is_authenticated
    assert accepted.status_code == 302


def test_new_code_has_to_wait_half_a_minute_and_the_old_stays(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")

    page = anonymous.post("/users/sign_in/resend", follow=True).content.decode()

    assert "We just sent you a code" in page
    assert len(mail.outbox) == 1
    assert enter_code(anonymous, last_code()).status_code == 302


def test_sending_is_limited_per_recipient():
    for _ in range(RECIPIENT_SENDS.count):
        assert ask_for_code(Client(), "victim@example.gov").status_code == 302

    answer = ask_for_code(Client(), "Victim@example.gov")

    assert "Too many codes" in answer.content.decode()
    assert len(mail.outbox) == RECIPIENT_SENDS.count
    assert ask_for_code(Client(), "another@example.gov").status_code == 302


def test_sending_is_limited_per_network_address():
    for number in range(ADDRESS_SENDS.count):
        OneTimeCode.objects.issue("sign_in", f"person{number}@example.gov", holder=str(number), address="127.0.0.1")

    answer = ask_for_code(Client(), "another@example.gov")

    assert "Too many codes" in answer.content.decode()
    assert ask_for_code(Client(REMOTE_ADDR="203.0.113.9"), "another@example.gov").status_code == 302


def test_forged_forwarding_headers_change_no_count():
    for number in range(ADDRESS_SENDS.count):
        OneTimeCode.objects.issue("sign_in", f"person{number}@example.gov", holder=str(number), address="127.0.0.1")

    answer = ask_for_code(Client(HTTP_X_FORWARDED_FOR="198.51.100.77"), "another@example.gov")

    assert "Too many codes" in answer.content.decode()


def test_scanner_that_opens_the_link_signs_nobody_in(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    code = last_code()
    link = f"{CODE}?code={code}"
    assert link in mail.outbox[-1].body

    for client in (Client(), anonymous):
        for method in (client.get, client.head):
            method(link)
            assert not is_signed_in(client)

    assert f'value="{code}"' in anonymous.get(link).content.decode()
    assert enter_code(anonymous, code).status_code == 302


def test_code_page_without_a_code_tells_what_to_do(anonymous):
    page = anonymous.get(f"{CODE}?code=123456&next=/profile").content.decode()

    assert "This browser waits for no code" in page
    assert "/users/sign_in?next=%2Fprofile" in page


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


def test_page_tells_which_app_sent_the_person_and_may_end_there(anonymous, monkeypatch):
    banner = {"name": "Benefit Finder", "logo_url": "", "redirect_uri": "https://app.example.org/cb"}
    monkeypatch.setattr(
        contributions, "_sign_in_banners", [lambda request: banner if request.GET.get("next") else None]
    )

    answer = anonymous.get(f"{SIGN_IN}?next=/oauth/authorize%3Fclient_id%3Dx")

    assert "Benefit Finder" in answer.content.decode()
    assert "https://app.example.org" in answer["Content-Security-Policy"]
    assert "Benefit Finder" not in anonymous.get(SIGN_IN).content.decode()


def test_connect_url_is_answered_by_the_app_that_registered_for_it(anonymous, monkeypatch):
    from django.http import HttpResponseRedirect

    monkeypatch.setattr(
        contributions, "_connects", [lambda request: HttpResponseRedirect("/oauth/authorize?client_id=x")]
    )

    assert anonymous.get(f"{SIGN_IN}?client_id=x")["Location"] == "/oauth/authorize?client_id=x"
    assert anonymous.get(SIGN_IN).status_code == 200


def test_code_is_sent_by_a_job_where_there_is_a_broker(anonymous, monkeypatch, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/0"
    asked = []
    monkeypatch.setattr(send_code, "delay", asked.append)

    ask_for_code(anonymous, "citizen@example.gov")

    assert not mail.outbox
    send_code(*asked)
    assert enter_code(anonymous, last_code()).status_code == 302


def test_broker_that_is_down_keeps_nobody_out(anonymous, monkeypatch, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:6379/0"

    def fail(*args):
        raise OperationalError

    monkeypatch.setattr(send_code, "delay", fail)

    assert sign_in_by_code(anonymous, "citizen@example.gov").status_code == 302


def test_mail_server_that_is_down_breaks_no_page(anonymous, monkeypatch):
    def fail(*args, **kwargs):
        raise OSError("no route")

    monkeypatch.setattr("myusa.lib.mail.send", fail)

    assert ask_for_code(anonymous, "citizen@example.gov").status_code == 302


def test_job_that_runs_twice_sends_one_mail(anonymous):
    ask_for_code(anonymous, "citizen@example.gov")
    send_code(OneTimeCode.objects.get().pk)

    assert len(mail.outbox) == 1
    assert enter_code(anonymous, last_code()).status_code == 302


@pytest.mark.django_db(transaction=True)
def test_code_used_in_parallel_signs_in_once():
    browser = Client()
    ask_for_code(browser, "citizen@example.gov")
    code, pending = last_code(), browser.session["sign_in"]
    browsers = [_browser_with(pending) for _ in range(8)]

    statuses = _in_parallel(lambda each: enter_code(each, code).status_code, browsers)

    assert sorted(statuses) == [200] * 7 + [302]
    assert sum(is_signed_in(each) for each in browsers) == 1
    assert User.objects.filter(email="citizen@example.gov").count() == 1


@pytest.mark.django_db(transaction=True)
def test_guesses_in_parallel_do_not_exceed_the_cap():
    browser = Client()
    ask_for_code(browser, "citizen@example.gov")
    code, pending = last_code(), browser.session["sign_in"]

    _in_parallel(lambda each: enter_code(each, wrong(code)).status_code, [_browser_with(pending) for _ in range(12)])

    assert OneTimeCode.objects.get().attempts == CODE_ATTEMPTS
    assert enter_code(browser, code).status_code == 200


def _browser_with(pending: dict) -> Client:
    """Return a browser that waits for the code that another one asked for: a copy of its cookie."""
    browser = Client()
    session = browser.session
    session["sign_in"] = pending
    session.save()
    return browser


def _in_parallel(call, arguments):
    def run(argument):
        try:
            return call(argument)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(arguments)) as pool:
        return list(pool.map(run, arguments))


def _fail(times: int, *, account: str = "somebody", address: str = "") -> None:
    FailedAttempt.objects.bulk_create(
        FailedAttempt(account_digest=account, address_digest=address) for _ in range(times)
    )


def _without_tokens(page: str) -> str:
    return "\n".join(line for line in page.splitlines() if "csrfmiddlewaretoken" not in line)
