"""Calls are written in bulk outside the requests: none is lost in order, few in disorder, and none holds a payload."""

import os
import signal
import subprocess
import sys
import textwrap
import time
import uuid

import pytest
from django.conf import settings as django_settings
from django.db import OperationalError

from developer_apps.models import Call
from developer_apps.traffic import recorder
from tests import metrics
from tests.developer_apps.elsewhere import NOW, make_product, record


@pytest.fixture
def own(monkeypatch, settings):
    """A recorder of this test's own that no one empties but the test."""
    settings.TRAFFIC_SYNCHRONOUS = False
    fresh = recorder.Recorder(capacity=10, with_thread=False)
    monkeypatch.setattr(recorder, "current", fresh)
    return fresh


def test_call_is_recorded_with_its_facts(application):
    product, trace = make_product(), uuid.uuid4()

    record(application.app, product, method="POST", status=201, latency_us=1_234, payload=b"a parcel", trace_id=trace)

    call = Call.objects.get()
    assert (call.app, call.product, call.method, call.status) == (application.app, product, "POST", 201)
    assert call.latency_ms == 1.234
    assert call.trace_id == trace


def test_payload_is_kept_as_a_keyed_digest_that_differs_by_app(make_app):
    first, second = make_app().app, make_app().app

    for app in (first, first, second):
        record(app, payload=b"Jane Roe, 1 Main Street")
    record(first, payload=b"John Doe")

    digests = list(Call.objects.order_by("pk").values_list("payload_digest", flat=True))
    assert digests[0] == digests[1]
    assert len(set(digests)) == 3
    assert all(len(digest) == 16 and int(digest, 16) >= 0 for digest in digests)


def test_unknown_method_is_not_stored(application):
    record(application.app, method="BREW\x00")

    assert Call.objects.get().method == "OTHER"


def test_waiting_calls_are_written_by_one_statement(application, own, django_assert_num_queries):
    for number in range(8):
        record(application.app, payload=str(number))

    assert not Call.objects.exists()
    with django_assert_num_queries(1):
        recorder.flush()
    assert Call.objects.count() == 8


def test_calls_wait_while_the_database_is_down_and_the_oldest_go_first(application, own, monkeypatch):
    def down(rows):
        raise OperationalError("down")

    dropped = metrics.value("myusa_traffic_dropped_total")
    for number in range(12):
        record(application.app, status=200 + number)
    with monkeypatch.context() as broken:
        broken.setattr(recorder, "write", down)
        with pytest.raises(OperationalError):
            recorder.flush()
    recorder.flush()

    assert metrics.value("myusa_traffic_dropped_total") == dropped + 2
    assert sorted(Call.objects.values_list("status", flat=True)) == list(range(202, 212))


@pytest.mark.django_db(transaction=True)
def test_thread_writes_without_being_asked(application, settings, monkeypatch):
    settings.TRAFFIC_SYNCHRONOUS = False
    settings.TRAFFIC_FLUSH_SECONDS = 0.05
    monkeypatch.setattr(recorder, "current", recorder.Recorder())

    record(application.app)

    deadline = time.monotonic() + 10
    while not Call.objects.exists() and time.monotonic() < deadline:
        time.sleep(0.02)
    recorder.current.close()
    assert Call.objects.count() == 1


PROGRAM = """
import os, signal, sys, time
os.environ["DJANGO_SETTINGS_MODULE"] = "tests.settings"
import django
django.setup()
from developer_apps import traffic

def call(status):
    traffic.record(app_id=1, environment="sandbox", product=None, endpoint="x", method="GET", status=status, latency_us=1)

call(201)
child = os.fork()
call(202 if child else 203)
if child == 0:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    print("ready", flush=True)
    time.sleep(60)
os.waitpid(child, 0)
"""


@pytest.mark.django_db(transaction=True)
def test_forked_processes_write_their_own_calls_once_when_they_exit(tmp_path):
    database = str(django_settings.DATABASES["default"]["NAME"])
    (tmp_path / "program.py").write_text(textwrap.dedent(PROGRAM))
    starter = textwrap.dedent(
        f"""
        import sys
        sys.path.insert(0, {str(django_settings.BASE_DIR)!r})
        import tests.settings as s
        s.DATABASES["default"]["NAME"] = {database!r}
        s.TRAFFIC_SYNCHRONOUS, s.TRAFFIC_FLUSH_SECONDS = False, 60
        exec(compile(open({str(tmp_path / "program.py")!r}).read(), "program", "exec"))
        """
    )
    process = subprocess.Popen(
        [sys.executable, "-c", starter], stdout=subprocess.PIPE, text=True, start_new_session=True, env={**os.environ}
    )
    assert process.stdout.readline().strip() == "ready"
    children = subprocess.run(["ps", "-o", "pid=", "--ppid", str(process.pid)], capture_output=True, text=True)
    os.kill(int(children.stdout.split()[0]), signal.SIGTERM)

    assert process.wait(30) == 0
    assert sorted(Call.objects.values_list("status", flat=True)) == [201, 202, 203]


@pytest.mark.django_db
def test_a_row_by_names_needs_only_what_is_known():
    facts = {"environment": "sandbox", "token_kind": "client", "endpoint": "cases", "method": "GET", "status": 200}
    trace_id = uuid.uuid4()
    row = recorder.row_of(
        at=NOW, app_id=1, product_id=None, outcome="served", latency_us=5, user_id=None, trace_id=trace_id, **facts
    )
    recorder.write([row])

    call = Call.objects.get()
    assert (call.at, call.trace_id, call.path, call.fields_read) == (NOW, trace_id, "", "")
    with pytest.raises(TypeError, match="Calls have no color"):
        recorder.row_of(color="red")
