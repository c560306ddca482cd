"""Mail of the system is a promise, too: what is killed, flushed or refused in between, it arrives.

A team admin invites people over HTTP. Real processes, a real PostgreSQL, a Redis of the tests' own.
"""

import os
import re
import signal
import time
from collections import Counter
from http.client import HTTPConnection
from urllib.parse import urlencode

import pytest

from tests.notifications import smtp_sink
from tests.reliability.stack import wait_until

pytestmark = [pytest.mark.services, pytest.mark.serial, pytest.mark.slow]
CSRF = "c" * 32


def post_form(stack, path, session="", **fields):
    """Post a form as a browser does; return the status of the response."""
    connection = HTTPConnection("127.0.0.1", stack.port, timeout=10)
    headers = {
        "Content-Type": "application/x-www-form-urlencoded",
        "Cookie": f"sessionid={session}; csrftoken={CSRF}",
    }
    try:
        connection.request("POST", path, urlencode({**fields, "csrfmiddlewaretoken": CSRF}), headers)
        return connection.getresponse().status
    finally:
        connection.close()


def invite(stack, address):
    """Invite as the signed-in admin; return the status of the response."""
    admin = stack.people[0]
    path = f"/developer/teams/{admin['team_id']}/invite"
    return post_form(stack, path, admin["session"], email=address, role="member")


@pytest.fixture
def addresses(stack):
    """Four people who are invited while no worker runs."""
    found = [f"invited{number}@agency{number}.example.gov" for number in range(4)]
    for address in found:
        assert invite(stack, address) == 302
    return found


def arrived(mail_server):
    """Return how often each address got each Message-ID."""
    return Counter(
        (to, re.search(rb"(?im)^message-id:\s*(\S+)", content)[1].decode()) for to, content in list(mail_server.other)
    )


def states(stack):
    return dict(stack.database.rows("SELECT state, count(*) FROM outbox_outgoingemail GROUP BY state"))


def all_arrive(stack, mail_server, addresses, *, seconds=40):
    wait_until(lambda: states(stack) == {"sent": len(addresses)}, seconds=seconds, what=f"sent: {states(stack)}")
    return {to for to, _id in arrived(mail_server)} == set(addresses)


def test_redis_flushed_between_commit_and_sending_loses_no_email(stack, mail_server, addresses):
    stack.redis.client().flushall()
    stack.run_all("worker", "beat")
    assert all_arrive(stack, mail_server, addresses)
    assert set(arrived(mail_server).values()) == {1}


def test_worker_killed_with_emails_in_hand_sends_them_after_its_lease(stack, mail_server, addresses):
    mail_server.mode, mail_server.tarpit_seconds = smtp_sink.TARPIT, 60
    stack.run_all("worker", "beat")
    wait_until(lambda: mail_server.tarpitted, what="a conversation begins")
    stack.kill("worker")
    mail_server.mode = smtp_sink.TAKE
    stack.start_worker()
    assert all_arrive(stack, mail_server, addresses)
    assert set(arrived(mail_server).values()) == {1}


def test_greylisting_delays_email_and_loses_none(stack, mail_server, addresses):
    mail_server.mode = smtp_sink.BUSY_AT_RECIPIENT
    stack.run_all("worker", "beat")
    tried = "SELECT count(*) FROM outbox_outgoingemail WHERE attempts >= 2 AND failure LIKE 'recipient: 450 4.2.0%%'"
    wait_until(lambda: stack.database.value(tried) == len(addresses), what="each was refused twice")
    mail_server.mode = smtp_sink.TAKE
    assert all_arrive(stack, mail_server, addresses)


def test_a_hung_redis_keeps_no_page_waiting_and_loses_no_email(stack, mail_server):
    addresses = [f"hung{number}@agency{number}.example.gov" for number in range(3)]
    stack.run_all("worker", "beat")
    os.kill(stack.redis.process.pid, signal.SIGSTOP)
    try:
        for address in addresses:
            began = time.monotonic()
            assert invite(stack, address) == 302
            assert time.monotonic() - began < 5
        assert stack.request("GET", "/livez", timeout=2)[0] == 200
    finally:
        os.kill(stack.redis.process.pid, signal.SIGCONT)
    assert all_arrive(stack, mail_server, addresses, seconds=60)


def test_a_permanent_refusal_ends_and_its_log_holds_neither_address_nor_link(stack, mail_server, addresses):
    mail_server.mode = smtp_sink.UNKNOWN_RECIPIENT
    stack.run_all("worker", "beat")
    wait_until(lambda: states(stack) == {"refused": len(addresses)}, what="all are refused")
    logs = "".join(stack.log(name) for name in ("worker", "web", "beat"))
    assert "email_not_sent" in logs
    for secret in (*addresses, "/invitations/", "No such user"):
        assert secret not in logs


def test_redis_holds_neither_address_nor_text_nor_link(stack, addresses):
    client = stack.redis.client()
    kinds = {b"list": lambda key: client.lrange(key, 0, -1), b"hash": client.hgetall, b"string": client.get}
    stored = b"".join(
        key + str(kinds.get(client.type(key), lambda key: "")(key)).encode() for key in client.scan_iter()
    )
    assert b"myusa.outbox.jobs.deliver" in stored, "a wake-up waits"
    for secret in (*addresses, "invitations/"):
        assert secret.encode() not in stored


def test_a_code_waits_for_neither_slow_mailboxes_nor_other_email(stack, mail_server, addresses):
    mail_server.slow_addresses = {*addresses, stack.people[0]["email"]}
    stack.post_many(20)
    stack.start_beat()
    for queue in ("codes", "celery", "notifications"):
        stack.start_worker(queue=queue)
    wait_until(lambda: states(stack).get("sending"), what="an email is in hand")
    wait_until(lambda: stack.states().get("sending"), what="notifications are in hand")
    redis = stack.redis.client()
    wait_until(lambda: b"codes" in b"".join(redis.smembers("_kombu.binding.celery")), what="a worker for codes")
    began = time.monotonic()
    assert post_form(stack, "/users/sign_in", email="waiting@example.gov") == 302
    wait_until(lambda: "waiting@example.gov" in {to for to, _content in mail_server.other}, seconds=5)
    assert time.monotonic() - began < 5


def test_a_code_does_not_wait_for_codes_to_slow_mailboxes(stack, mail_server):
    slow = [f"slow{number}@slow.example.gov" for number in range(12)]
    mail_server.slow_addresses, mail_server.tarpit_seconds = set(slow), 8
    for address in slow:
        assert post_form(stack, "/users/sign_in", email=address) == 302
    stack.start_worker(queue="codes", concurrency=1)
    in_hand = "SELECT count(*) FROM accounts_onetimecode WHERE due_at > now() + interval '5 seconds'"
    wait_until(lambda: stack.database.value(in_hand), what="codes to slow mailboxes are in hand")
    stack.start_beat()
    assert post_form(stack, "/users/sign_in", email="quick@quick.example.gov") == 302
    wait_until(lambda: "quick@quick.example.gov" in {to for to, _at in mail_server.taken}, seconds=5)
    assert not {to for to, _at in mail_server.taken} & set(slow)
