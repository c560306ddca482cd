"""What the benchmarks of notifications start: a production of this system with its own PostgreSQL and Redis, and figures of it."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from tests import programs
from tests.reliability import stack as stacks
from tests.reliability.stack import Cluster, Database, Process, Stack, wait_until

TICKS = os.sysconf("SC_CLK_TCK")
# A production without the TLS proxy in front of it: what `myusa.lib.security.checks` asks for.
PRODUCTION = {
    "DEBUG": "false",
    "BASE_URL": "https://my.example.gov",
    "ALLOWED_HOSTS": "my.example.gov,127.0.0.1",
    "SECURE_SSL_REDIRECT": "false",
    "SMS_PROVIDER": "twilio",
    "TWILIO_ACCOUNT_SID": "AC0",
    "TWILIO_AUTH_TOKEN": "benchmark",
    "TWILIO_FROM_NUMBER": "+12025550100",
    "LOG_LEVEL": "INFO",
    "EMAIL_TIMEOUT": "20",
}
UNLIMITED = {name: value for name, value in stacks.QUICK.items() if name.endswith(("_MINUTE", "_DAY"))}


class Bench:
    """The system, its mail server, and what each part of it has cost."""

    def __init__(self, *, people: int, settings: dict[str, str] | None = None) -> None:
        self.folder = Path(tempfile.mkdtemp(prefix="myusa-benchmark-"))
        self.cluster = Cluster(Path(tempfile.mkdtemp(prefix="myusa-postgresql-")))
        self.cluster.options += " -c shared_buffers=256MB -c max_wal_size=4GB"
        self.cluster.options += (
            " -c shared_preload_libraries=pg_stat_statements -c pg_stat_statements.track_utility=off"
        )
        self.cluster.start()
        self.sink_port, self.sink_log = programs.free_port(), self.folder / "messages"
        database = Database(self.cluster.server, "benchmark")
        database.create({**stacks.outside(), **stacks.base_environment(self.folder)})
        self.stack = Stack(database, smtp_port=self.sink_port, folder=self.folder)
        for name in stacks.QUICK:
            self.stack.environment.pop(name, None)
        self.stack.environment |= {**PRODUCTION, **UNLIMITED, **(settings or {})}
        self.sink = self.start_sink()
        print(f"seeding {people} people", file=sys.stderr)
        self.people = self.stack.seed(people=people)

    def start_sink(self) -> Process:
        command = [sys.executable, "-m", "benchmarks.notifications.sink", str(self.sink_port), str(self.sink_log)]
        self.sink = self.stack._start("sink", command)
        return self.sink

    def start(self) -> None:
        self.stack.run_all()

    def load(self, *, rate: float, seconds: float) -> "subprocess.Popen[str]":
        options = {
            "port": self.stack.port,
            "tokens": [p["token"] for p in self.people],
            "rate": rate,
            "seconds": seconds,
        }
        command = [sys.executable, "-m", "benchmarks.notifications.load", json.dumps(options)]
        return subprocess.Popen(command, cwd=stacks.ROOT, stdout=subprocess.PIPE, text=True)

    def keep(self, count: int) -> None:
        """Fill the tables with `count` copies of a notification that was sent, as in a system that has run for a while.

        PostgreSQL plans for tables as large as they were at its last look; empty ones would give other figures.
        """
        last = self.stack.database.value("SELECT max(id) FROM notifications_notification")
        for table, source, changes in [
            ("notifications_notification", f"generate_series(1, {count}) AS number", "'idempotency_digest', NULL"),
            (
                "notifications_delivery",
                f"(SELECT id FROM notifications_notification WHERE id > {last}) AS made",
                "'notification_id', made.id, 'uid', gen_random_uuid()",
            ),
        ]:
            self.stack.database.rows(
                f"INSERT INTO {table} SELECT (jsonb_populate_record(NULL::{table}, to_jsonb(model) || jsonb_build_object("
                f"'id', nextval(pg_get_serial_sequence('{table}', 'id')), {changes}))).*"
                f" FROM (SELECT * FROM {table} LIMIT 1) AS model, {source}"
            )
        self.stack.database.rows("VACUUM ANALYZE")

    def wait_for_all(self, *, seconds: float) -> None:
        """Wait until nothing is on its way."""
        unsent = "SELECT count(*) FROM notifications_delivery WHERE state IN ('queued', 'sending', 'unknown')"
        wait_until(lambda: self.stack.database.value(unsent) == 0, seconds=seconds, what="everything is sent")

    def message_ids(self) -> list[str]:
        return (
            [line.split()[1] for line in self.sink_log.read_text().splitlines() if " <" in line]
            if self.sink_log.exists()
            else []
        )

    def cpu(self) -> dict[str, float]:
        """Return the CPU seconds that each part has used until now, its children included."""
        groups = {process.name: process.pid for process in self.stack.processes if process.is_running}
        if self.stack.redis.process:
            groups["redis"] = self.stack.redis.process.pid
        postmaster = int((self.cluster.folder / "postmaster.pid").read_text().split()[0])
        used = {
            name: _cpu(lambda fields, pid=pid: pid in (fields.group, fields.session)) for name, pid in groups.items()
        }
        # Each of its backends is a session of its own.
        used["postgresql"] = _cpu(lambda fields: postmaster in (fields.pid, fields.parent))
        return used

    def forget_statements(self) -> None:
        self.stack.database.rows("CREATE EXTENSION IF NOT EXISTS pg_stat_statements")
        self.stack.database.rows("SELECT pg_stat_statements_reset()")

    def statements(self, messages: int) -> list[str]:
        """Return what PostgreSQL spent its time on: milliseconds and calls for each message, and the statement."""
        sql = (
            "SELECT total_exec_time, calls, regexp_replace(left(query, 4000), '\\s+', ' ', 'g') FROM pg_stat_statements"
            " ORDER BY total_exec_time DESC LIMIT 8"
        )
        rows = self.stack.database.rows(sql)
        return [f"{spent / messages:.3f} ms, {calls / messages:.2f} calls: {text[:160]}" for spent, calls, text in rows]

    def stop(self) -> None:
        self.stack.stop()
        self.cluster.stop()
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.rmtree(self.cluster.folder.parent, ignore_errors=True)


class Stat(NamedTuple):
    """What /proc says about a process; `ticks` are its own and those of its children that have ended."""

    pid: int
    parent: int
    group: int
    session: int
    ticks: int


def _cpu(wanted: Callable[..., bool]) -> float:
    """Return the CPU seconds of the processes that are wanted."""
    return sum(stat.ticks for stat in _processes() if wanted(stat)) / TICKS


def _processes() -> Iterator[Stat]:
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            fields = path.read_text().rpartition(")")[2].split()
        except OSError:
            continue  # it ended while we looked
        ticks = sum(int(value) for value in fields[11:15])
        yield Stat(int(path.parent.name), int(fields[1]), int(fields[2]), int(fields[3]), ticks)


def machine() -> dict[str, Any]:
    """Return what the figures depend on: the cores, and how many processes wanted them in the last minutes."""
    return {"cores": os.cpu_count(), "load": [round(value, 1) for value in os.getloadavg()]}


class BusyShare:
    """How busy all cores were between two looks, by all processes."""

    def __init__(self) -> None:
        self.before = self._read()

    def _read(self) -> tuple[int, int]:
        values = [int(value) for value in Path("/proc/stat").read_text().splitlines()[0].split()[1:9]]
        return sum(values), values[3] + values[4]

    def now(self) -> float:
        total, idle = self._read()
        return round(1 - (idle - self.before[1]) / max(1, total - self.before[0]), 3)
