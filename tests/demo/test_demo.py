"""`make demo` from nothing, and again."""

import json
import os
import re
import signal
import socket
import stat
import subprocess
import sys

import pytest
import requests
from django.core.management import CommandError, call_command

from myusa.demo import seed, server
from notifications.models import Notification
from tasks.models import Task
from tests import processes, programs

pytestmark = pytest.mark.slow


@pytest.fixture
def environment(tmp_path):
    return processes.clean_environment(PORT=str(programs.free_port()), DEMO_DIR=str(tmp_path / "demo"))


def started(environment, tmp_path, *arguments):
    log = tmp_path / "log"
    demo = processes.running(sys.executable, "scripts/demo", *arguments, log=log, environment=environment)
    return demo, log, f"http://127.0.0.1:{environment['PORT']}"


def refusal(environment):
    """Return what a demo that cannot start says about it."""
    result = subprocess.run(
        [sys.executable, "scripts/demo"],
        cwd=processes.ROOT,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert result.returncode != 0
    assert "Traceback" not in result.stderr
    return result.stderr


def test_development_server_reloads_changed_code_and_runs_jobs(environment, tmp_path):
    demo, log, address = started(environment, tmp_path, "--reload")
    mail = tmp_path / "demo" / "mail"
    with demo as process:
        processes.wait_for_answer(f"{address}/readyz", process, log)

        def reloads():
            os.utime(processes.ROOT / "myusa" / "demo" / "development.py")
            return "changed, reloading." in log.read_text()

        # The first changes may come before Django has looked at its files for the first time.
        processes.wait_until(reloads, every=2, seconds=60)
        processes.wait_for_answer(f"{address}/readyz", process, log)

        with requests.Session() as browser:
            form = browser.get(f"{address}/users/sign_in").text
            token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', form)[1]
            sent = {"email": "a@example.gov", "csrfmiddlewaretoken": token}
            assert browser.post(f"{address}/users/sign_in", sent).url == f"{address}/users/sign_in/code"
        processes.wait_until(lambda: any("a@example.gov" in file.read_text() for file in mail.iterdir()))

        process.send_signal(signal.SIGTERM)
        process.wait(20)
        processes.wait_until(lambda: processes.group_is_gone(process))


def test_demo_starts_from_nothing_and_keeps_its_data_and_secrets(environment, tmp_path):
    folder = tmp_path / "demo"
    demo, log, address = started(environment, tmp_path)
    with demo as process:
        processes.wait_for_answer(f"{address}/readyz", process, log)
        first = json.loads((folder / "demo.json").read_text())
        process.send_signal(signal.SIGINT)
        assert process.wait(20) == 0
        assert processes.group_is_gone(process)

    assert first["base_url"] == address
    assert os.path.isdir(first["mail_dir"])
    assert os.path.isdir(first["sms_dir"])
    assert set(first["users"]) == {"citizen", "outsider", "developer", "staff"}
    assert all({"email", "uid"} <= person.keys() for person in first["users"].values())
    assert first["users"]["staff"]["totp_secret"]
    for app in (first["apps"]["public"], first["apps"]["private"]):
        assert {"client_id", "client_secret", "redirect_uri", "scopes"} <= app.keys()
        assert app["scopes"]
    for name in ("demo.json", "secrets.env"):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
    assert "sign in as citizen@" in log.read_text()

    demo, log, address = started({**environment, "PORT": str(programs.free_port())}, tmp_path)
    with demo as process:
        processes.wait_for_answer(f"{address}/readyz", process, log)
        second = json.loads((folder / "demo.json").read_text())
    assert second["base_url"] == address
    assert second["apps"]["public"]["redirect_uri"].startswith(address)
    assert second["users"] == first["users"]
    for key in ("client_id", "client_secret", "scopes"):
        assert second["apps"]["private"][key] == first["apps"]["private"][key]


def test_taken_port_is_named(environment):
    with socket.socket() as other:
        other.bind(("127.0.0.1", int(environment["PORT"])))
        other.listen()
        printed = refusal(environment)
    assert f"Port {environment['PORT']} is taken" in printed


def test_port_of_the_example_api_that_is_taken_is_named_before_anything_starts(environment, tmp_path):
    for more in (1, 2):
        with socket.socket() as other:
            other.bind(("127.0.0.1", int(environment["PORT"]) + more))
            other.listen()
            printed = refusal(environment)
        assert f"Port {int(environment['PORT']) + more} is taken" in printed
        assert "example API" in printed
    assert not (tmp_path / "demo" / "demo.json").exists()


@pytest.mark.parametrize("port", ["http", "0", "70000"])
def test_port_that_is_no_number_is_refused(environment, port):
    assert "PORT must be a number" in refusal({**environment, "PORT": port})


@pytest.mark.parametrize("place", ["file", "file/folder"])
def test_folder_that_cannot_be_used_is_named(environment, tmp_path, place):
    (tmp_path / "file").touch()
    printed = refusal({**environment, "DEMO_DIR": str(tmp_path / place)})
    assert f"The demo cannot keep its data in {tmp_path / place}: " in printed


def test_demo_ends_with_the_make_that_started_it(environment, tmp_path):
    programs.require("make")
    makefile = tmp_path / "Makefile"
    makefile.write_text(f"demo:\n\t@exec {sys.executable} {processes.ROOT}/scripts/demo\n")
    log = tmp_path / "log"
    # A process that a shell starts in the background inherits that SIGINT is ignored, and so would make.
    interruptible = signal.getsignal(signal.SIGINT) != signal.SIG_IGN
    for how in (signal.SIGTERM, *([signal.SIGINT] if interruptible else []), signal.SIGKILL):
        with processes.running("make", "-f", str(makefile), log=log, environment=environment) as make:
            processes.wait_for_answer(f"http://127.0.0.1:{environment['PORT']}/livez", make, log)
            os.kill(make.pid, how)
            make.wait(60)
            processes.wait_until(lambda make=make: processes.group_is_gone(make), seconds=60)
            assert processes.group_is_gone(make), f"something of it outlived {how.name}"
            assert server.port_is_free(int(environment["PORT"]))


def test_demo_commands_refuse_a_site_that_is_no_demo(settings):
    settings.DEMO = False
    for command in ("demo", "seed_demo"):
        with pytest.raises(CommandError, match="make demo"):
            call_command(command)


@pytest.mark.django_db
def test_tasks_and_messages_of_the_citizen_come_from_the_app_that_is_connected(tmp_path, settings):
    settings.BASE_URL, settings.DEMO = "http://127.0.0.1:8000", True
    cast, _content = seed.seed(tmp_path)
    (authorization,) = cast.users["citizen"].authorizations.live()

    assert authorization.app == cast.connected_app
    assert {task.app for task in Task.objects.of(cast.users["citizen"])} == {cast.connected_app}
    sent = Notification.objects.filter(user=cast.users["citizen"], announcement=None)
    assert {notification.app for notification in sent} == {cast.connected_app}
