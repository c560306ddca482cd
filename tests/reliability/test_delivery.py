"""Accepting a notification is a promise: even if something is killed in the meantime, it arrives, and as one message.

Real processes, a real PostgreSQL and a Redis of each test's own. Where a repetition cannot be told from a first
sending (the mail server took it, and no one lived to note that), it carries the same Message-ID.
"""

import threading
import time
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPException

import pytest
from celery import Celery

from tests.notifications import smtp_sink
from tests.reliability.stack import wait_until

pytestmark = [pytest.mark.services, pytest.mark.serial, pytest.mark.slow]
# For a worker that a slow mail server may keep waiting.
PATIENT = {"NOTIFICATIONS_LEASE_SECONDS": "40", "NOTIFICATIONS_SEND_SECONDS": "20", "EMAIL_TIMEOUT": "20"}


def test_01_worker_killed_before_the_call_loses_nothing_and_sends_once(stack, mail_server):
    stack.run_all()
    mail_server.mode, mail_server.tarpit_seconds = smtp_sink.TARPIT, 60
    ids = stack.post_many(20)
    wait_until(lambda: mail_server.tarpitted, what="a conversation begins")
    stack.kill("worker")
    mail_server.mode = smtp_sink.TAKE
    began = time.monotonic()
    stack.start_worker()
    stack.wait_for("sent", 20)
    assert time.monotonic() - began < 120
    assert sorted(mail_server.message_ids().values()) == [1] * len(ids)


def test_02_worker_killed_after_the_mail_server_took_it_repeats_with_the_same_message_id(stack, mail_server):
    stack.start_beat()
    stack.post_many(10)
    with stack.database.locked("notifications_attempt"):
        stack.start_worker()
        wait_until(lambda: mail_server.raw, what="some are taken by the mail server")
        time.sleep(0.5)  # the answers are in, and writing them waits for the lock
        stack.kill("worker")
    taken = set(mail_server.message_ids())
    stack.start_worker()
    stack.wait_for("sent", 10)
    assert mail_server.message_ids() == {each: 1 + (each in taken) for each in mail_server.message_ids()}
    assert len(mail_server.message_ids()) == 10


def test_02b_text_message_with_an_unknown_outcome_is_looked_up_and_never_sent_again(stack, twilio):
    stack.choose_texts(0)
    stack.post_many(5)
    with stack.database.locked("notifications_attempt"):
        stack.start_worker()
        stack.start_beat()
        wait_until(lambda: twilio.sent, what="some are taken by Twilio")
        time.sleep(0.5)
        stack.kill("worker")
    taken = len(twilio.sent)
    stack.start_worker()
    stack.wait_for("sent", 5)
    assert len(twilio.sent) == 5
    begun = (
        "SELECT count(*) FROM notifications_delivery WHERE state = 'sent' AND look_count > 0 AND abandoned_count = 0"
    )
    assert stack.database.value(begun) == taken, "those were looked up, and the others sent for the first time"


def test_03_redis_flushed_and_restarted_empty_under_load(stack, mail_server):
    stack.run_all()
    with ThreadPoolExecutor(1) as executor:
        load = executor.submit(stack.post_many, 150)
        time.sleep(0.3)
        stack.redis.client().flushall()
        time.sleep(0.3)
        stack.redis.kill()
        time.sleep(1)
        stack.redis.start()
        ids = load.result()
    stack.wait_for("sent", len(ids))
    assert sorted(mail_server.message_ids().values()) == [1] * 150


def test_03b_without_redis_it_is_accepted_at_once_and_sent_later(stack, mail_server):
    stack.run_all()
    stack.redis.kill()
    began = time.monotonic()
    ids = stack.post_many(20)
    assert time.monotonic() - began < 10
    assert stack.states().get("sent", 0) < 20
    stack.redis.start()
    stack.wait_for("sent", len(ids), seconds=60)
    assert sorted(mail_server.message_ids().values()) == [1] * 20


def test_04_web_server_killed_after_the_commit_leaves_it_to_the_sweep(stack, mail_server):
    accepted, stop = [], threading.Event()

    def load():
        while not stop.is_set():
            try:
                status, answer = stack.post("Message", timeout=5)
            except (OSError, HTTPException):
                return
            if status == 200:
                accepted.append(answer["id"])

    threads = [threading.Thread(target=load) for _number in range(4)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(accepted) > 30)
    stack.kill("web")
    stop.set()
    for thread in threads:
        thread.join()
    stack.redis.client().flushall()  # the wake-ups died, too
    stored = stack.database.value("SELECT count(*) FROM notifications_notification")
    assert stored >= len(accepted)
    stack.start_worker()
    stack.start_beat()
    stack.wait_for("sent", stored)
    assert sorted(mail_server.message_ids().values()) == [1] * stored


def test_05_mail_server_down_for_a_while(stack, mail_server):
    stack.run_all()
    mail_server.stop()
    ids = stack.post_many(30)
    tried = "SELECT count(*) FROM notifications_attempt WHERE outcome = 'later'"
    wait_until(lambda: stack.database.value(tried) >= 3, what="some were tried in vain, the others wait with them")
    wait_until(lambda: stack.states() == {"queued": 30}, what="all wait for another attempt")
    mail_server.start(mail_server.port)
    stack.wait_for("sent", len(ids))
    assert sorted(mail_server.message_ids().values()) == [1] * 30


def test_05b_each_fault_of_a_mail_server_ends_in_the_right_state(stack, mail_server):
    stack.run_all()
    ends = {
        smtp_sink.BUSY_AT_SENDER: "sent",
        smtp_sink.REFUSE_MESSAGE: "failed",
        smtp_sink.DROP_AFTER_DATA: "sent",
        smtp_sink.UNKNOWN_RECIPIENT: "failed",
    }
    for person, (mode, end) in enumerate(ends.items()):
        mail_server.mode = mode
        _status, answer = stack.post(mode, person=person)
        find = "SELECT state, attempt_count FROM notifications_delivery WHERE notification_id = %s"
        wait_until(lambda: stack.database.rows(find, answer["id"])[0][1] >= 1)  # noqa: B023
        mail_server.mode = smtp_sink.TAKE
        wait_until(lambda: stack.database.rows(find, answer["id"])[0][0] == end, what=f"{mode} ends in {end}")  # noqa: B023


def test_05c_no_database_connection_is_held_while_a_mail_server_keeps_us_waiting(stack, mail_server):
    mail_server.mode, mail_server.tarpit_seconds = smtp_sink.TARPIT, 5
    stack.start_worker(concurrency=1, **PATIENT)
    stack.start_beat()
    stack.post_many(3)
    wait_until(lambda: mail_server.tarpitted, what="a conversation begins")
    time.sleep(1.5)
    held = "SELECT count(*) FROM pg_stat_activity WHERE application_name LIKE 'worker %%' AND datname = %s"
    # It is opened for a moment each second, to see what others want to send.
    wait_until(lambda: stack.database.value(held, stack.database.name) == 0, seconds=1, what="no connection is held")
    stack.wait_for("sent", 3)
    assert sorted(mail_server.message_ids().values()) == [1] * 3


def test_06_postgresql_restarted_under_load(stack_on_cluster, cluster, mail_server):
    stack = stack_on_cluster
    stack.run_all()
    accepted, refused, stop = [], [], threading.Event()

    def load():
        while not stop.is_set():
            status, answer = stack.post("Message", timeout=20)
            (accepted if status == 200 else refused).append(answer["id"] if status == 200 else status)

    threads = [threading.Thread(target=load) for _number in range(3)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(accepted) > 20)
    cluster.restart("immediate")
    before = len(accepted)
    wait_until(lambda: len(accepted) > before + 20, what="posts are accepted again")
    stop.set()
    for thread in threads:
        thread.join()
    assert set(refused) <= {503}
    stored = {row[0] for row in stack.database.rows("SELECT id FROM notifications_notification")}
    assert set(accepted) <= stored
    stack.wait_for("sent", len(stored))
    assert len(mail_server.message_ids()) == len(stored)


def test_07_the_same_job_many_times_at_once_sends_once(stack, mail_server):
    stack.post_many(20)
    stack.redis.client().flushall()
    jobs = Celery(broker=stack.redis.url)
    for _time in range(10):
        for name in ("deliver", "sweep"):
            jobs.send_task(f"notifications.jobs.{name}", queue="notifications")
    stack.start_worker(concurrency=2)
    stack.start_worker(concurrency=2)
    stack.wait_for("sent", 20)
    wait_until(lambda: stack.redis.client().llen("notifications") == 0)
    time.sleep(1)
    assert sorted(mail_server.message_ids().values()) == [1] * 20


def test_08_two_schedulers_and_a_worker_with_a_wrong_clock_send_nothing_twice(stack, mail_server):
    mail_server.mode, mail_server.tarpit_seconds = smtp_sink.TARPIT, 8
    stack.start_worker(**PATIENT)
    stack.start_beat()
    stack.start_beat()
    ids = stack.post_many(4)
    stack.wait_for("sending", len(ids))
    stack.run_module("tests.reliability.another_clock", "3600")
    stack.run_module("tests.reliability.another_clock", "-3600")
    stack.wait_for("sent", len(ids))
    assert sorted(mail_server.message_ids().values()) == [1] * 4


def test_09_one_poisonous_row_does_not_stop_the_others(stack, mail_server):
    stack.start_beat()
    ids = stack.post_many(12)
    stack.database.rows("UPDATE notifications_notification SET sender = E'a\\nBcc: b' WHERE id = %s", ids[3])
    stack.start_worker()
    stack.wait_for("sent", 11)
    stack.wait_for("failed", 1)
    assert len(mail_server.raw) == 11
    rows = stack.database.rows(
        "SELECT d.reason, array_agg(DISTINCT a.outcome::text) FROM notifications_delivery d"
        " JOIN notifications_attempt a ON a.delivery_id = d.id WHERE d.notification_id = %s GROUP BY d.reason",
        ids[3],
    )
    assert rows == [("error", ["error"])]


def test_10_opting_out_while_it_is_queued_is_respected(stack, mail_server):
    for person in (0, 1):
        stack.post("Message", person=person)
    assert stack.request("POST", stack.people[0]["unsubscribe"])[0] == 200
    stack.start_worker()
    stack.start_beat()
    stack.wait_for("sent", 1)
    stack.wait_for("skipped", 1)
    assert [recipient for recipient, _raw, _at in mail_server.raw] == [stack.people[1]["email"]]


def test_11_fifty_parallel_calls_with_one_key_make_one_row(stack):
    with ThreadPoolExecutor(50) as executor:
        answers = list(executor.map(lambda _number: stack.post("Message", key="the same"), range(50)))
    assert {status for status, _answer in answers} == {200}
    assert len({answer["id"] for _status, answer in answers}) == 1
    assert stack.database.value("SELECT count(*) FROM notifications_notification") == 1


def test_12_sigterm_under_load_drops_no_request_and_loses_no_message(stack, mail_server):
    stack.run_all()
    stack.post_many(1)
    stack.wait_for("sent", 1)  # the worker is up
    answered, dropped, stop = [], [], threading.Event()

    def load(thread):
        number = 0
        while not stop.is_set():
            number += 1
            try:
                status, answer = stack.post(f"{thread}-{number}", key=f"{thread}-{number}", timeout=20)
                answered.append((status, answer.get("id")))
            except ConnectionRefusedError:
                return  # no one listens anymore: the request was never taken
            except (OSError, HTTPException) as error:
                dropped.append((f"{thread}-{number}", error))
                return

    threads = [threading.Thread(target=load, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    wait_until(lambda: len(answered) > 60)
    stack.worker.terminate()
    stack.web.terminate()
    assert stack.web.wait(25) == 0
    assert stack.worker.wait(25) == 0
    stop.set()
    for thread in threads:
        thread.join()
    assert {status for status, _id in answered} == {200}
    assert not dropped
    stack.start_worker()
    stored = stack.database.value("SELECT count(*) FROM notifications_notification")
    assert stored == 1 + len({identifier for _status, identifier in answered})
    stack.wait_for("sent", stored)
    assert sorted(mail_server.message_ids().values()) == [1] * stored
