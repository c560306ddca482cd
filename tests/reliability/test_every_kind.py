"""Every kind of message arrives through every disturbance: none is lost, and a repetition carries the same Message-ID.

Each test causes one message of each kind and disturbs the system. The waits are the real ones, shortened by settings.
"""

import itertools
import os
import re
import signal
import subprocess
import sys
from collections import Counter
from typing import NamedTuple

import pytest

from tests.notifications import smtp_sink
from tests.reliability import stack as stacks
from tests.reliability.stack import wait_until
from tests.reliability.test_system_mail import invite
from tests.reliability.write import CHANGE_EMAIL, CONFIRM, LETTER, MOBILE, NOTICE, SIGN_IN

pytestmark = [pytest.mark.services, pytest.mark.serial, pytest.mark.slow]
# Another address each time: the same form in the same session would be a repetition.
_invited = (f"invited{number}@agency.example.gov" for number in itertools.count())
# A killed worker's code is sent again when the hold of 20 seconds ends.
PATIENCE = 60


class Expected(NamedTuple):
    emails: dict[str, str]
    texts: dict[str, str]


@pytest.fixture
def expected(stack, twilio):
    """One message of each kind is queued while no worker runs; returns the recipient of each kind."""
    by_email, by_text = stack.people[1], 2
    stack.choose_texts(by_text)
    invited = next(_invited)
    assert invite(stack, invited) == 302
    assert stack.post("By email", person=1)[0] == 200
    assert stack.post("By text", person=by_text)[0] == 200
    done = subprocess.run(
        [sys.executable, "-m", "tests.reliability.write"],
        cwd=stacks.ROOT,
        env=stack.environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    emails = {
        "invitation": invited,
        "notice": NOTICE,
        "onboarding letter": LETTER,
        "sign-in code": SIGN_IN,
        "code that confirms who is signed in": CONFIRM,
        "code for a new email address": CHANGE_EMAIL,
        "notification": by_email["email"],
    }
    return Expected(emails, {"phone code": MOBILE, "notification by text": stack.people[by_text]["number"]})


def emails_by_recipient(mail_server):
    """Return how often each recipient got each Message-ID."""
    taken = list(mail_server.other) + [(to, raw) for to, raw, _at in list(mail_server.raw)]
    found = {}
    for to, content in taken:
        message_id = re.search(rb"(?im)^message-id:\s*(\S+)", content)[1]
        found.setdefault(to, Counter())[message_id] += 1
    return found


def missing(expected, mail_server, twilio):
    """Return the kinds that have not arrived."""
    emails, texts = emails_by_recipient(mail_server), {each["to"] for each in twilio.sent}
    late = {kind for kind, to in expected.emails.items() if to not in emails}
    return late | {kind for kind, to in expected.texts.items() if to not in texts}


def all_arrive(stack, expected, mail_server, twilio):
    try:
        wait_until(lambda: not missing(expected, mail_server, twilio), seconds=PATIENCE)
    except AssertionError:
        raise AssertionError(f"did not arrive: {missing(expected, mail_server, twilio)}") from None
    open_rows = (
        "SELECT (SELECT count(*) FROM outbox_outgoingemail WHERE due_at IS NOT NULL)"
        " + (SELECT count(*) FROM accounts_onetimecode WHERE due_at IS NOT NULL)"
        " + (SELECT count(*) FROM notifications_delivery WHERE state IN ('queued', 'sending'))"
    )
    wait_until(lambda: stack.database.value(open_rows) == 0, seconds=PATIENCE, what="each result is recorded")
    emails = emails_by_recipient(mail_server)
    assert {to: len(ids) for to, ids in emails.items()} == dict.fromkeys(emails, 1), "one Message-ID per message"
    texts = Counter((each["to"], each["body"]) for each in twilio.sent)
    assert len(texts) == len(expected.texts), "one text per number"
    return sum(emails.values(), Counter()) + texts


def test_worker_killed(stack, mail_server, twilio, expected):
    mail_server.mode, mail_server.tarpit_seconds = smtp_sink.TARPIT, 60
    stack.run_all("worker", "beat")
    wait_until(lambda: mail_server.tarpitted >= 4, what="conversations begin")
    stack.kill("worker")
    mail_server.mode = smtp_sink.TAKE
    stack.start_worker()
    all_arrive(stack, expected, mail_server, twilio)


OPEN_EMAILS = (
    "SELECT (SELECT count(*) FROM outbox_outgoingemail WHERE due_at IS NOT NULL)"
    " + (SELECT count(*) FROM accounts_onetimecode WHERE due_at IS NOT NULL AND purpose <> 'phone')"
    " + (SELECT count(*) FROM notifications_delivery WHERE channel = 'email' AND state IN ('queued', 'sending'))"
)


@pytest.mark.parametrize("taken", [True, False], ids=["the provider has them", "the provider has them not"])
def test_worker_killed_inside_the_call_of_the_text_provider(stack, mail_server, twilio, expected, taken):
    """The provider is asked. What it has is not sent again, what it has not is sent once."""
    twilio.hold(taken=taken)
    try:
        stack.run_all("worker", "beat")
        wait_until(lambda: len(twilio.held) == len(expected.texts), what="both calls are under way")
        # An email whose end is not recorded yet would be sent again, under its Message-ID.
        wait_until(lambda: stack.database.value(OPEN_EMAILS) == 0, what="emails are recorded")
        stack.kill("worker")
        lookups = twilio.lookups
        assert len(twilio.sent) == (len(expected.texts) if taken else 0)
    finally:
        twilio.go_on()
    stack.start_worker()
    assert set(all_arrive(stack, expected, mail_server, twilio).values()) == {1}
    assert twilio.lookups - lookups >= len(expected.texts)
    assert stack.database.value("SELECT count(*) FROM accounts_onetimecode WHERE sent_at IS NULL") == 0


def test_broker_flushed(stack, mail_server, twilio, expected):
    stack.redis.client().flushall()
    stack.run_all("worker", "beat")
    assert set(all_arrive(stack, expected, mail_server, twilio).values()) == {1}


def test_broker_hung(stack, mail_server, twilio, expected):
    os.kill(stack.redis.process.pid, signal.SIGSTOP)
    try:
        stack.start_worker()
        stack.start_beat()
        with pytest.raises(AssertionError):
            wait_until(lambda: not missing(expected, mail_server, twilio), seconds=4)
    finally:
        os.kill(stack.redis.process.pid, signal.SIGCONT)
    assert set(all_arrive(stack, expected, mail_server, twilio).values()) == {1}


@pytest.mark.parametrize(
    "mode", [smtp_sink.BUSY_AT_SENDER, smtp_sink.BUSY_AT_RECIPIENT], ids=["refusing", "greylisting"]
)
def test_mail_server_refuses_for_a_while(stack, mail_server, twilio, expected, mode):
    mail_server.mode = mode
    stack.run_all("worker", "beat")
    failures = "SELECT count(*) FROM outbox_outgoingemail WHERE attempts >= 2 AND failure <> ''"
    wait_until(lambda: stack.database.value(failures) == 3, what="each email of the system was refused twice")
    tried = "SELECT count(*) FROM accounts_onetimecode WHERE failure = 'unavailable'"
    wait_until(lambda: stack.database.value(tried) == 3, what="each emailed code was refused")
    wait_until(
        lambda: missing(expected, mail_server, twilio) == set(expected.emails), what="texts are not kept waiting"
    )
    mail_server.mode = smtp_sink.TAKE
    assert set(all_arrive(stack, expected, mail_server, twilio).values()) == {1}


def test_workers_figures_are_in_the_database(stack, mail_server, twilio, expected):
    stack.run_all("worker", "beat")
    all_arrive(stack, expected, mail_server, twilio)
    ran = "SELECT count(DISTINCT labels) FROM operations_tally WHERE name = 'jobs' AND labels LIKE %s"
    for job in ("%notifications.jobs.sweep%", "%myusa.outbox.jobs.deliver%", "%accounts.jobs.send_codes%"):
        wait_until(lambda: stack.database.value(ran, job))  # noqa: B023
    sent = "SELECT count(*) FROM operations_tally WHERE name = 'messages' AND labels LIKE '%%\"sent\"%%'"
    wait_until(lambda: stack.database.value(sent) >= 6, what="each kind is counted by channel")
