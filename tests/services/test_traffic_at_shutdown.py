"""A web server that is stopped writes the calls that it has counted before it ends."""

import os
import signal
import sys
import urllib.request

import pytest
from django.conf import settings as django_settings
from django.db import connection

from developer_apps.models import Call
from tests import processes, programs
from tests.factories import make_app, make_token

pytestmark = [pytest.mark.services, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
CALLS = 30
# As docs/operations.md recommends: a worker that is still loading when granian stops never hears of it.
GRANIAN = "--interface wsgi --workers 2 --workers-kill-timeout 30"


def database_url():
    """The address of the test database, for another process."""
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"


@pytest.mark.parametrize("server", ["gunicorn", "granian"])
def test_counted_calls_are_written_when_the_server_stops(server, tmp_path):
    application = make_app(public=True)
    token, port, log = make_token(application, application.app.created_by), programs.free_port(), tmp_path / "log"
    commands = {
        "gunicorn": [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}"],
        "granian": ["granian", "--port", str(port), *GRANIAN.split(), "myusa.wsgi:application"],
    }
    environment = processes.clean_environment(
        DATABASE_URL=database_url(),
        SECRET_KEY=django_settings.SECRET_KEY,
        ENCRYPTION_KEYS=",".join(django_settings.ENCRYPTION_KEYS),
        DEMO_DIR=str(tmp_path),
        TRAFFIC_FLUSH_SECONDS="600",
        LOG_LEVEL="WARNING",
    )
    with processes.running(*commands[server], log=log, environment=environment) as process:
        processes.wait_for_answer(f"http://127.0.0.1:{port}/livez", process, log)
        for _ in range(CALLS):
            request = urllib.request.Request(
                f"http://127.0.0.1:{port}/api/v1/tokeninfo", headers={"Authorization": f"Bearer {token}"}
            )
            assert urllib.request.urlopen(request, timeout=20).status == 200
        assert Call.objects.count() == 0, "nothing is written before its time"
        os.kill(process.pid, signal.SIGTERM)
        process.wait(60)

    assert Call.objects.count() == CALLS, log.read_text()[-2000:]
