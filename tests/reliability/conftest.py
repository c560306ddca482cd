"""One system for these tests: started once, emptied before each. A test kills what it wants and starts what it needs."""

import json
import shutil
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests import programs
from tests.notifications.smtp_sink import TAKE, SmtpSink
from tests.notifications.twilio_server import TwilioServer
from tests.reliability import stack as stacks
from tests.reliability.stack import Cluster, Database, Stack

EMPTY = (
    "TRUNCATE notifications_notification, notifications_delivery, notifications_attempt, notifications_preference,"
    " notifications_refusedaddress, developer_apps_invitation, outbox_outgoingemail,"
    " accounts_onetimecode, accounts_allowance, operations_tally CASCADE"
)


@pytest.fixture(scope="session")
def mail_server_of_all() -> Iterator[SmtpSink]:
    server = SmtpSink().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def twilio_of_all() -> Iterator[TwilioServer]:
    server = TwilioServer().start()
    yield server
    server.stop()


@pytest.fixture(scope="session")
def stack_of_all(mail_server_of_all: SmtpSink, twilio_of_all: TwilioServer) -> Iterator[Stack]:
    if problem := stacks.server_problem():
        programs.missing(problem)
    programs.require("redis-server")
    folder = Path(tempfile.mkdtemp(prefix="myusa-stack-"))
    database = Database().create({**stacks.outside(), **stacks.base_environment(folder)})
    stack = Stack(database, smtp_port=mail_server_of_all.port, folder=folder, **_twilio(twilio_of_all))
    try:
        stack.seed(people=4, phones=True)
        yield stack
    finally:
        stack.stop()
        database.drop()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def mail_server(mail_server_of_all: SmtpSink) -> SmtpSink:
    mail_server_of_all.reset()
    return mail_server_of_all


@pytest.fixture
def twilio(twilio_of_all: TwilioServer) -> TwilioServer:
    twilio_of_all.sent.clear()
    return twilio_of_all


@pytest.fixture
def stack(stack_of_all: Stack, mail_server: SmtpSink, request: Any) -> Iterator[Stack]:
    """The system with Redis and web server running and nothing in it; workers and schedulers are the test's to start."""
    stack_of_all.kill("worker", "beat")
    stack_of_all.database.rows(EMPTY)
    stack_of_all.run_all("web")
    stack_of_all.redis.client().flushall()
    yield stack_of_all
    mail_server.mode = TAKE
    if getattr(request.node, "failed_here", False):
        print(json.dumps(stack_of_all.states()), stack_of_all.log("worker"), stack_of_all.log("web"))


@pytest.fixture
def cluster() -> Iterator[Cluster]:
    """A PostgreSQL server that may be restarted."""
    folder = Path(tempfile.mkdtemp(prefix="myusa-postgresql-"))
    server = Cluster(folder).start()
    yield server
    server.stop()
    shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture
def stack_on_cluster(cluster: Cluster, mail_server: SmtpSink, tmp_path: Path) -> Iterator[Stack]:
    """A system of its own whose database is on that server."""
    database = Database(cluster.server, "restarted")
    database.create({**stacks.outside(), **stacks.base_environment(tmp_path)})
    stack = Stack(database, smtp_port=mail_server.port, folder=tmp_path)
    stack.seed()
    yield stack
    stack.stop()


def _twilio(server: TwilioServer) -> dict[str, str]:
    return {
        "SMS_PROVIDER": "twilio",
        "TWILIO_API_URL": server.url,
        "TWILIO_ACCOUNT_SID": "AC0",
        "TWILIO_AUTH_TOKEN": "secret",
        "TWILIO_FROM_NUMBER": "+12025550100",
    }


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: Any, call: Any) -> Any:
    report = yield
    if report.when == "call" and report.failed:
        item.failed_here = True
    return report
