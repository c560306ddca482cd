"""The whole system as real processes on this machine: web server, workers, schedulers, a Redis and a database of its own.

Its parts can be killed and started again. The mail server and the provider of text messages are threads of the test.
"""

import json
import os
import shlex
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from http.client import HTTPConnection
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psycopg
import redis

from tests import programs

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
SERVER = os.environ.get("TEST_DATABASE_URL") or "postgres://postgres@127.0.0.1:5432/postgres"
# Everything that waits does so for seconds here; the real values are minutes and hours.
QUICK = {
    "OUTBOX_RETRY_FIRST": "1",
    "OUTBOX_RETRY_LONGEST": "2",
    "OUTBOX_LEASE_SECONDS": "6",
    "OUTBOX_SWEEP_SECONDS": "1",
    "NOTIFICATIONS_LEASE_SECONDS": "6",
    "NOTIFICATIONS_SEND_SECONDS": "3",
    "NOTIFICATIONS_SWEEP_SECONDS": "1",
    "NOTIFICATIONS_RETRY_FIRST": "1",
    "NOTIFICATIONS_RETRY_LONGEST": "2",
    "NOTIFICATIONS_RECONCILE_SECONDS": "1",
    "NOTIFICATIONS_CONNECTIONS": "4",
    "NOTIFICATIONS_BATCH": "20",
    "NOTIFICATIONS_APP_MINUTE": "1000000",
    "NOTIFICATIONS_APP_DAY": "10000000",
    "NOTIFICATIONS_USER_MINUTE": "1000000",
    "NOTIFICATIONS_USER_DAY": "10000000",
}


def wait_until(fact: Callable[[], Any], *, seconds: float = 30, what: str = "") -> Any:
    """Return what `fact` returns as soon as that is true; fail after `seconds`."""
    end = time.monotonic() + seconds
    while True:
        try:
            if found := fact():
                return found
        except (OSError, psycopg.OperationalError, redis.RedisError):
            found = None
        if time.monotonic() > end:
            raise AssertionError(f"it did not happen within {seconds} s: {what or fact}")
        time.sleep(0.1)


class Process:
    """A program with its children, in a process group of its own."""

    def __init__(self, name: str, command: list[str], environment: dict[str, str], log: Path, cwd: Path = ROOT) -> None:
        self.name = name
        with log.open("ab") as output:
            self._popen = subprocess.Popen(
                command,
                cwd=cwd,
                env=environment,
                stdout=output,
                stderr=output,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._popen.pid

    @property
    def is_running(self) -> bool:
        return self._popen.poll() is None

    def kill(self) -> None:
        """End it and its children by SIGKILL, at once."""
        self._signal_group(signal.SIGKILL)
        self._popen.wait(10)

    def terminate(self) -> None:
        """Ask it to end by SIGTERM, as a service manager does."""
        self._popen.send_signal(signal.SIGTERM)

    def stop(self, seconds: float = 15) -> int:
        self.terminate()
        try:
            return self._popen.wait(seconds)
        except subprocess.TimeoutExpired:
            self.kill()
            return -9
        finally:
            self._signal_group(signal.SIGKILL)

    def wait(self, seconds: float) -> int:
        return self._popen.wait(seconds)

    def _signal_group(self, number: int) -> None:
        with suppress(ProcessLookupError):
            os.killpg(self._popen.pid, number)


class Database:
    """A migrated database on the suite's PostgreSQL, dropped at the end."""

    def __init__(self, server: str = SERVER, name: str | None = None) -> None:
        self.server = server
        self.name = name or f"notify_reliability_{os.getpid()}"
        parts = urlsplit(server)
        self.url = f"postgres://{parts.netloc}/{self.name}"

    def create(self, environment: dict[str, str]) -> "Database":
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')  # type: ignore[arg-type]
            connection.execute(f'CREATE DATABASE "{self.name}"')  # type: ignore[arg-type]
        command = [sys.executable, "manage.py", "migrate", "--noinput", "-v", "0"]
        subprocess.run(command, cwd=ROOT, env={**environment, "DATABASE_URL": self.url}, check=True)
        return self

    def drop(self) -> None:
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{self.name}" WITH (FORCE)')  # type: ignore[arg-type]

    def rows(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with psycopg.connect(self.url, autocommit=True, connect_timeout=5) as connection:
            cursor = connection.execute(sql, values)  # type: ignore[arg-type]
            return cursor.fetchall() if cursor.description else []

    def admin(self, sql: str) -> None:
        """Run a statement about this database from outside of it."""
        with psycopg.connect(self.server, autocommit=True) as connection:
            connection.execute(sql)  # type: ignore[arg-type]

    def value(self, sql: str, *values: Any) -> Any:
        return self.rows(sql, *values)[0][0]

    @contextmanager
    def locked(self, table: str) -> Iterator[None]:
        """Keep everyone else from a table."""
        with psycopg.connect(self.url) as connection:
            connection.execute(f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE")  # type: ignore[arg-type]
            yield


class Redis:
    """A Redis of its own that keeps nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self.program = programs.require("redis-server")
        self.folder, self.port = folder, programs.free_port()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.process: Process | None = None

    def start(self) -> "Redis":
        options = [
            "--port",
            str(self.port),
            "--bind",
            "127.0.0.1",
            "--save",
            "",
            "--appendonly",
            "no",
            "--dir",
            str(self.folder),
        ]
        self.process = Process("redis", [self.program, *options], dict(os.environ), self.folder / "redis.log")
        wait_until(lambda: self.client().ping(), seconds=10, what="Redis answers")
        return self

    def client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=2)

    def kill(self) -> None:
        if self.process:
            self.process.kill()


class Stack:
    """The system's processes with one environment. `people` and `token` come from `tests.reliability.seed`."""

    def __init__(self, database: Database, *, smtp_port: int, folder: Path | None = None, **settings: str) -> None:
        self.folder = folder or Path(tempfile.mkdtemp(prefix="myusa-stack-"))
        self.database = database
        self.redis = Redis(self.folder)
        self.port = programs.free_port()
        self.environment = {
            **outside(),
            **base_environment(self.folder),
            "DATABASE_URL": database.url,
            "REDIS_URL": self.redis.url,
            "BASE_URL": f"http://127.0.0.1:{self.port}",
            "BIND": f"127.0.0.1:{self.port}",
            "EMAIL_URL": f"smtp://127.0.0.1:{smtp_port}",
            **QUICK,
            **settings,
        }
        self.processes: list[Process] = []
        self.web: Process | None = None
        self.worker: Process | None = None
        self.beat: Process | None = None
        self.people: list[dict[str, Any]] = []

    def run_all(self, *names: str) -> None:
        """Start what is not running of Redis, web server, worker and scheduler; with names only those."""
        if self.redis.process is None or not self.redis.process.is_running:
            self.redis.start()
        for name in names or ("web", "worker", "beat"):
            process = getattr(self, name)
            if process is None or not process.is_running:
                getattr(self, f"start_{name}")()

    def kill(self, *names: str) -> None:
        """End processes at once: "web", every "worker", every "beat"."""
        for process in self.processes:
            if process.name in names and process.is_running:
                process.kill()

    def start_web(self, *, workers: int = 2) -> Process:
        environment = {"WEB_CONCURRENCY": str(workers), "WEB_GRACEFUL_SECONDS": "20"}
        self.web = self._start("web", [str(BIN / "gunicorn")], **environment)
        wait_until(lambda: self.request("GET", "/livez")[0] == 200, seconds=30, what="the web server answers")
        return self.web

    def start_worker(self, *, concurrency: int = 2, queue: str = "", **environment: str) -> Process:
        options = ["--loglevel=INFO", f"--concurrency={concurrency}", "--without-gossip", "--without-mingle"]
        options.append(f"--hostname=w{len(self.processes)}@%h")
        if queue:
            options.append(f"--queues={queue}")
        url = f"{self.database.url}?application_name=worker"
        command = [str(BIN / "celery"), "-A", "myusa", "worker", *options]
        self.worker = self._start("worker", command, DATABASE_URL=url, **environment)
        return self.worker

    def start_beat(self) -> Process:
        schedule = self.folder / f"schedule-{len(self.processes)}"
        command = [
            str(BIN / "celery"),
            "-A",
            "myusa",
            "beat",
            "--loglevel=WARNING",
            f"--schedule={schedule}",
            "--pidfile=",
        ]
        self.beat = self._start("beat", command)
        return self.beat

    def run_module(self, name: str, *arguments: str) -> Process:
        return self._start(name.rpartition(".")[2], [sys.executable, "-m", name, *arguments])

    def seed(self, *, people: int = 1, **options: Any) -> list[dict[str, Any]]:
        """Make an app and people who connected it; their tokens come back."""
        command = [sys.executable, "-m", "tests.reliability.seed", json.dumps({"people": people, **options})]
        done = subprocess.run(command, cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr
        self.people = json.loads(done.stdout.splitlines()[-1])
        return self.people

    def stop(self) -> None:
        for process in reversed(self.processes):
            if process.is_running:
                process.kill()
        self.redis.kill()

    def log(self, name: str) -> str:
        path = self.folder / f"{name}.log"
        return path.read_text(errors="replace")[-6000:] if path.exists() else ""

    def request(
        self, method: str, path: str, body: Any = None, *, port: int | None = None, timeout: float = 30, **headers: str
    ) -> tuple[int, Any]:
        connection = HTTPConnection("127.0.0.1", port or self.port, timeout=timeout)
        try:
            names = {name.replace("_", "-"): value for name, value in headers.items()}
            content = None if body is None else json.dumps(body)
            connection.request(method, path, content, {"Content-Type": "application/json", **names})
            response = connection.getresponse()
            raw = response.read()
            is_json = (response.getheader("Content-Type") or "").startswith("application/json")
            return response.status, json.loads(raw) if is_json else raw
        finally:
            connection.close()

    def post(self, subject: str, *, person: int = 0, key: str | None = None, **options: Any) -> tuple[int, Any]:
        """Let the app send a notification to one of the people; with a key the call can be repeated."""
        headers = {"Authorization": f"Bearer {self.people[person]['token']}"}
        if key:
            headers["Idempotency_Key"] = key
        body = {"notification": {"subject": subject, "body": "Text."}}
        return self.request("POST", "/api/v1/notifications", body, **options, **headers)

    def post_many(self, count: int, *, threads: int = 4, prefix: str = "Message") -> list[int]:
        """Post and return the ids that were accepted; anything but 200 fails."""
        with ThreadPoolExecutor(threads) as executor:
            answers = list(executor.map(lambda number: self.post(f"{prefix} {number}"), range(count)))
        assert {status for status, _answer in answers} == {200}, answers[:3]
        return [answer["id"] for _status, answer in answers]

    def choose_texts(self, person: int) -> None:
        """Let one of the people be told by text message and not by email."""
        self.database.rows(
            "INSERT INTO notifications_preference (authorization_id, by_email, by_sms) VALUES (%s, false, true)",
            self.people[person]["authorization_id"],
        )

    def states(self) -> dict[str, int]:
        return dict(self.database.rows("SELECT state, count(*) FROM notifications_delivery GROUP BY state"))

    def wait_for(self, state: str, count: int, *, seconds: float = 40) -> None:
        wait_until(
            lambda: self.states().get(state, 0) >= count, seconds=seconds, what=f"{count} {state}; {self.states()}"
        )

    def _start(self, name: str, command: list[str], **environment: str) -> Process:
        process = Process(name, command, {**self.environment, **environment}, self.folder / f"{name}.log")
        self.processes.append(process)
        return process


def base_environment(folder: Path) -> dict[str, str]:
    """Return the environment of every process of the stack, the addresses of its parts apart."""
    return {
        "ENV_FILE": os.devnull,
        "DJANGO_SETTINGS_MODULE": "myusa.settings",
        "DEBUG": "true",
        "SECRET_KEY": "tests-only-secret-key-" + "x" * 40,
        "ENCRYPTION_KEYS": "dGVzdHMtb25seS1lbmNyeXB0aW9uLWtleS0wMDAwMDE=",
        "ALLOWED_HOSTS": "*",
        "DEMO_DIR": str(folder),
        "SMS_PROVIDER": "file",
        "LOG_FORMAT": "json",
        "LOG_LEVEL": "WARNING",
        "EMAIL_TIMEOUT": "10",
    }


def outside() -> dict[str, str]:
    """Return this process's environment without what the suite or a developer set for Django."""
    kept = ("PATH", "HOME", "LANG", "TMPDIR", "VIRTUAL_ENV")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"PYTHONUNBUFFERED": "1"}


def children_of(parent: int) -> list[int]:
    """Return the processes that `parent` started and that still run."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            if int(stat.read_text().rpartition(")")[2].split()[1]) == parent:
                found.append(int(stat.parent.name))
    return found


def server_problem() -> str:
    """Return why the suite's PostgreSQL cannot be used, or ""."""
    try:
        psycopg.connect(SERVER, connect_timeout=3).close()
    except psycopg.Error as error:
        return f"PostgreSQL does not answer: {error}"
    return ""


class Cluster:
    """A PostgreSQL of its own that can be stopped: `initdb` and `pg_ctl`, as the user postgres if we are root."""

    def __init__(self, folder: Path) -> None:
        found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
        self.bin = found[-1].parent if found else Path(programs.require("initdb")).parent
        self.folder, self.port = folder / "cluster", programs.free_port()
        self.options = f"-p {self.port} -k {self.folder} -c listen_addresses=127.0.0.1 -c max_connections=40"
        self.server = f"postgres://postgres@127.0.0.1:{self.port}/postgres"

    def start(self) -> "Cluster":
        if os.geteuid() == 0:
            self.folder.parent.chmod(0o755)
            self.folder.mkdir()
            subprocess.run(["chown", "postgres", str(self.folder)], check=True)
        self._run("initdb", "-D", str(self.folder), "-U", "postgres", "-A", "trust", "-N")
        self._run("pg_ctl", "-D", str(self.folder), "-o", self.options, "-w", "-l", str(self.folder / "log"), "start")
        return self

    def restart(self, mode: str = "immediate") -> None:
        self._run(
            "pg_ctl",
            "-D",
            str(self.folder),
            "-o",
            self.options,
            "-m",
            mode,
            "-w",
            "-l",
            str(self.folder / "log"),
            "restart",
        )

    def stop(self) -> None:
        self._run("pg_ctl", "-D", str(self.folder), "-m", "immediate", "-w", "stop", check=False)

    @contextmanager
    def hung(self) -> Iterator[None]:
        """Let the server and all its processes do nothing until the end of the block; connections stay open."""
        main = int((self.folder / "postmaster.pid").read_text().split()[0])
        stopped = [main]
        os.kill(main, signal.SIGSTOP)  # first, so that it starts no other process
        try:
            for pid in children_of(main):
                os.kill(pid, signal.SIGSTOP)
                stopped.append(pid)
            yield
        finally:
            for pid in stopped:
                os.kill(pid, signal.SIGCONT)

    def _run(self, program: str, *arguments: str, check: bool = True) -> None:
        command = [str(self.bin / program), *arguments]
        if os.geteuid() == 0:
            command = ["su", "postgres", "-s", "/bin/sh", "-c", shlex.join(command)]
        # To files of the cluster or nowhere: a pipe would stay open in the server.
        subprocess.run(command, check=check, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, cwd="/", timeout=60)
