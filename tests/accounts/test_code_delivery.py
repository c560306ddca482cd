"""A code is a row that a worker sends: tried until it expires, sent once, and the page says what became of it."""

from datetime import timedelta

import pytest
from celery import current_app
from django.core import mail
from django.test import Client
from django.utils import timezone

from accounts import jobs
from accounts.code_delivery import deliver
from accounts.models import OneTimeCode, Phone
from accounts.models.codes import LEASE, Failure, wake_up
from myusa.lib.messages import mail as system_mail
from myusa.lib.messages import sms
from myusa.lib.messages.mail import NotSent
from myusa.lib.messages.sms import memory
from tests.accounts.codes import CODE, ask_for_code, enter_code, is_signed_in, last_code
from tests.processes import wait_until

pytestmark = pytest.mark.django_db
STATUS = "/users/codes/sign_in"
NUMBER, PHONE_STATUS = "+14155552671", "/users/codes/phone"
TEMPORARY = NotSent("recipient: 451 4.7.1")
PERMANENT = NotSent("recipient: 550 5.1.1", is_permanent=True)


@pytest.fixture
def worker(settings, monkeypatch):
    """A broker that takes hints, and no worker: the test runs the job itself."""
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"
    monkeypatch.setattr(wake_up, "wake", lambda: None)
    return jobs.send_codes


@pytest.fixture
def mail_server(monkeypatch):
    """Answers that the mail server gives next, each once; then it takes everything."""
    answers, send = [], system_mail.hand_over

    def hand_over(*args, **options):
        if answers:
            raise answers.pop(0)
        send(*args, **options)

    monkeypatch.setattr(system_mail, "hand_over", hand_over)
    return answers


def status(browser, path=STATUS):
    return " ".join(browser.get(path).content.decode().split())


def test_no_page_sends_a_code_where_there_is_a_broker(anonymous, worker):
    ask_for_code(anonymous, "citizen@example.gov")
    assert not mail.outbox
    assert "We are sending a 6-digit code to" in status(anonymous)
    assert worker() == 1
    assert "We emailed a 6-digit code to" in status(anonymous)
    assert enter_code(anonymous, last_code()).status_code == 302


def test_a_job_that_runs_twice_sends_one_email(anonymous, worker):
    ask_for_code(anonymous, "citizen@example.gov")
    worker()
    assert worker() == 0
    assert len(mail.outbox) == 1


def test_a_code_is_tried_until_it_expires_and_lives_from_its_sending(
    anonymous, worker, mail_server, still_clock, settings
):
    ask_for_code(anonymous, "citizen@example.gov")
    mail_server.extend([TEMPORARY] * 9)
    for _ in range(30):
        worker()
        if mail.outbox:
            break
        assert "We’ll keep trying until" in status(anonymous)
        still_clock.shift(5)
    assert not mail_server
    still_clock.shift(settings.SIGN_IN_CODE_AGE - 10)
    assert enter_code(anonymous, last_code()).status_code == 302


def test_a_code_that_could_not_be_sent_in_time_says_so(anonymous, worker, mail_server, still_clock, settings):
    ask_for_code(anonymous, "citizen@example.gov")
    mail_server.extend([TEMPORARY] * 1000)
    for _ in range(settings.SIGN_IN_CODE_AGE // 5 + 2):
        worker()
        still_clock.shift(5)
    assert "We couldn’t send a code" in status(anonymous)
    assert OneTimeCode.objects.get().is_settled


def test_an_address_that_the_mail_server_refuses_is_named_and_another_code_may_follow_at_once(
    anonymous, worker, mail_server
):
    ask_for_code(anonymous, "typo@example.gov")
    mail_server.append(PERMANENT)
    worker()
    page = anonymous.get(CODE).content.decode()
    assert "We can’t email typo@example.gov" in page
    anonymous.post("/users/sign_in/resend")
    worker()
    assert len(mail.outbox) == 1


def test_a_killed_worker_delays_a_code_by_its_lease_and_the_email_is_the_same(anonymous, worker, still_clock):
    ask_for_code(anonymous, "citizen@example.gov")
    (in_hand,) = OneTimeCode.objects.take_due()
    assert worker() == 0
    still_clock.shift(LEASE + timedelta(seconds=1))
    worker()
    deliver(in_hand)  # it was not killed after all
    first, second = mail.outbox
    assert first.body == second.body
    assert first.extra_headers["Message-ID"] == second.extra_headers["Message-ID"]
    assert timedelta(seconds=30) > LEASE


def test_a_code_that_is_given_back_is_due_again_and_no_attempt_is_counted(anonymous, worker):
    ask_for_code(anonymous, "citizen@example.gov")
    (code,) = OneTimeCode.objects.take_due()
    code.give_back(timedelta(0))
    (again,) = OneTimeCode.objects.take_due()
    assert (again.pk, again.attempts) == (code.pk, 1)


def test_test_users_look_like_everyone_else(anonymous, worker):
    ask_for_code(anonymous, "someone@test.invalid")
    worker()
    assert "We emailed a 6-digit code" in status(anonymous)
    assert not mail.outbox


def test_the_job_carries_nothing_and_the_row_shows_neither_code_nor_address(anonymous, worker):
    ask_for_code(anonymous, "citizen@example.gov")
    worker()
    row = OneTimeCode.objects.values().get()
    assert last_code() not in repr({name: value for name, value in row.items() if name not in ("recipient",)})
    raw = OneTimeCode.objects.extra(select={"raw": "recipient"}).values_list("raw", flat=True).get()
    assert "citizen" not in str(raw)


def test_a_code_that_cannot_be_built_stops_no_other(anonymous, worker, mail_server, capfd, still_clock):
    mail_server.append(ValueError("no header: citizen@example.gov"))
    ask_for_code(anonymous, "citizen@example.gov")
    ask_for_code(Client(), "outsider@example.gov")
    assert worker() == 2
    assert [message.to for message in mail.outbox] == [["outsider@example.gov"]]
    assert "citizen@" not in "".join(capfd.readouterr())
    still_clock.shift(timedelta(seconds=2))
    assert worker() == 1
    assert mail.outbox[-1].to == ["citizen@example.gov"]


def test_a_failing_job_logs_no_address_and_no_code(anonymous, worker, mail_server, capfd):
    ask_for_code(anonymous, "citizen@example.gov")
    mail_server.extend([TEMPORARY, PERMANENT])
    worker()
    OneTimeCode.objects.update(due_at=timezone.now())
    worker()
    log = capfd.readouterr()
    text = log.out + log.err
    assert "code_not_sent" in text
    assert "code_refused" in text
    assert "citizen@example.gov" not in text
    assert OneTimeCode.objects.get().code not in text


def test_a_code_is_right_under_an_earlier_secret_key(anonymous, settings):
    ask_for_code(anonymous, "citizen@example.gov")
    code, row = last_code(), OneTimeCode.objects.get()
    settings.SECRET_KEY_FALLBACKS, settings.SECRET_KEY = [settings.SECRET_KEY], "another key of the same installation"
    assert row.matches(code)


SMS_ANSWERS = [
    (sms.Refused("21610", sms.OPTED_OUT), "This number replied STOP"),
    (sms.Refused("21614", sms.UNREACHABLE_NUMBER), "Its carrier rejects our message"),
    (sms.Refused("30007"), "Its carrier rejects our message"),
    (sms.Unavailable("429"), "We’ll keep trying until"),
    (sms.Uncertain("timeout"), "ask for a new one in 30 seconds"),
    (None, "We texted a code to"),
]


@pytest.mark.parametrize("has_broker", [True, False])
@pytest.mark.parametrize(("answer", "words"), SMS_ANSWERS)
def test_the_page_says_what_the_text_provider_said(request, sign_in, citizen, monkeypatch, answer, words, has_broker):
    def send(to, text):
        if answer:
            raise answer

    monkeypatch.setattr("myusa.lib.messages.sms.send", send)
    worker = request.getfixturevalue("worker") if has_broker else None
    browser = sign_in(citizen)
    assert browser.post("/settings/notifications/mobile", {"number": NUMBER}).status_code == 302
    if worker:
        worker()
    assert words in status(browser, PHONE_STATUS)
    assert words in " ".join(browser.get("/settings/notifications/mobile/code").content.decode().split())


@pytest.fixture
def provider(settings):
    settings.SMS_PROVIDER = "memory"
    memory.reset()
    yield memory
    memory.reset()


def drop(taken):
    """End the process that has a code in hand."""
    OneTimeCode.objects.filter(pk=taken.pk).update(due_at=timezone.now())


@pytest.mark.parametrize("is_sent", [True, False])
def test_a_text_that_a_killed_worker_had_in_hand_is_sent_once(worker, citizen, provider, is_sent):
    Phone.objects.start_verification(citizen, NUMBER)
    (taken,) = OneTimeCode.objects.take_due()
    if is_sent:
        deliver(taken)  # up to where it would note the result
        OneTimeCode.objects.update(sent_at=None, due_at=timezone.now())
    drop(taken)
    worker()
    assert [message.number for message in provider.outbox] == [NUMBER]
    assert OneTimeCode.objects.get().sent_at


def test_a_text_that_failed_here_is_looked_up_before_it_is_sent_again(worker, citizen, provider, still_clock):
    provider.problems.append(ValueError("no mistake of the provider"))
    provider.takes_before_raising = True
    Phone.objects.start_verification(citizen, NUMBER)
    worker()
    assert OneTimeCode.objects.get().failure == Failure.UNCERTAIN
    still_clock.shift(timedelta(seconds=2))
    worker()
    assert len(provider.outbox) == 1
    assert OneTimeCode.objects.get().sent_at


def test_a_text_waits_while_its_provider_cannot_say_whether_it_has_it(worker, citizen, provider, monkeypatch):
    def unavailable(*args, **options):
        raise sms.Unavailable("HTTP 500")

    Phone.objects.start_verification(citizen, NUMBER)
    (taken,) = OneTimeCode.objects.take_due()
    deliver(taken)
    OneTimeCode.objects.update(sent_at=None, due_at=timezone.now())
    with monkeypatch.context() as patch:
        patch.setattr(memory.MemoryProvider, "find", unavailable)
        worker()
        drop(taken)
        worker()
    assert OneTimeCode.objects.get().failure == Failure.UNCERTAIN
    drop(taken)
    worker()
    assert len(provider.outbox) == 1
    assert OneTimeCode.objects.get().sent_at


def test_what_the_page_says_outlives_a_turn_without_room(anonymous, worker, mail_server):
    ask_for_code(anonymous, "citizen@example.gov")
    mail_server.append(TEMPORARY)
    worker()
    OneTimeCode.objects.update(due_at=timezone.now())
    (taken,) = OneTimeCode.objects.take_due()
    taken.give_back(timedelta())
    code = OneTimeCode.objects.get()
    assert (code.failure, code.attempts) == (Failure.UNAVAILABLE, 1)


def test_a_refused_text_does_not_count_for_the_pause(sign_in, citizen, monkeypatch):
    answers = [sms.Refused("21614", sms.UNREACHABLE_NUMBER)]

    def send(to, text):
        if answers:
            raise answers.pop()

    monkeypatch.setattr("myusa.lib.messages.sms.send", send)
    browser = sign_in(citizen)
    for _ in range(2):
        browser.post("/settings/notifications/mobile", {"number": NUMBER})
    assert "We texted a code to" in status(browser, PHONE_STATUS)


def test_no_one_sees_the_status_of_anothers_code(anonymous, sign_in, citizen):
    ask_for_code(Client(), citizen.email)
    assert anonymous.get(STATUS).status_code == 404
    assert anonymous.get(PHONE_STATUS).status_code == 404
    assert sign_in(citizen).get(PHONE_STATUS).status_code == 404
    assert anonymous.get("/users/codes/anything").status_code == 404


@pytest.mark.django_db(transaction=True)
def test_a_broker_that_is_down_keeps_no_one_out(monkeypatch, settings):
    settings.CELERY_BROKER_URL = "redis://127.0.0.1:1/0"

    def fail(*args, **options):
        raise ConnectionError

    monkeypatch.setattr(current_app, "send_task", fail)
    browser = Client()
    ask_for_code(browser, "citizen@example.gov")
    wait_until(lambda: mail.outbox)
    enter_code(browser, last_code())
    assert is_signed_in(browser)
