"""`python -m benchmarks.oauth`: tokens and profile reads, MyUSA next to stock django-oauth-toolkit, in one run.

Both run under granian with one worker on one core and PostgreSQL and the load on the other; what counts is the
ratio. CPU is the server process's own, per answer. Needs PostgreSQL on loopback (user postgres) and Linux.

`--before FOLDER` adds another checkout of MyUSA to the same run, to see what a change costs.
"""

import argparse
import json
import os
import resource
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg

from benchmarks.oauth import load
from benchmarks.oauth.material import REDIRECT_URI, VERIFIER

ROOT = Path(__file__).resolve().parents[2]
PEOPLE, CODES, CHAINS = 1000, 30_000, 8
TICKS = os.sysconf("SC_CLK_TCK")
TARGETS = {"profile": 3.0, "client credentials": 2.5, "refresh": 5.0, "code with PKCE": 3.0}


def fresh_database(name: str) -> None:
    with psycopg.connect("postgresql://postgres@127.0.0.1/postgres", autocommit=True) as connection:
        connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")
        connection.execute(f"CREATE DATABASE {name}")


def seed(module: str, *counts: int, env: dict[str, str]) -> dict[str, object]:
    command = [sys.executable, "-m", module, *map(str, counts)]
    done = subprocess.run(command, cwd=env["PYTHONPATH"], env=env, stdout=subprocess.PIPE, check=True)
    return json.loads(done.stdout.splitlines()[-1])


@contextmanager
def serving(application: str, port: int, env: dict[str, str]) -> Iterator[list[int]]:
    """Serve with one worker on core 0 and yield the ids of its processes."""
    command = [
        "taskset",
        "-c",
        "0",
        str(Path(sys.executable).parent / "granian"),
        "--interface",
        "wsgi",
        "--workers",
        "1",
    ]
    command += [
        "--blocking-threads",
        "1",
        "--no-ws",
        "--log-level",
        "error",
        "--host",
        "127.0.0.1",
        "--port",
        str(port),
        application,
    ]
    process = subprocess.Popen(
        command, cwd=env["PYTHONPATH"], env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        for _attempt in range(100):
            with socket.socket() as probe:
                if probe.connect_ex(("127.0.0.1", port)) == 0:
                    break
            time.sleep(0.1)
        children = subprocess.run(["pgrep", "-P", str(process.pid)], capture_output=True, text=True).stdout.split()
        yield [process.pid, *map(int, children)]
    finally:
        process.terminate()
        process.wait(10)


def cpu_seconds(pids: list[int]) -> float:
    total = 0
    for pid in pids:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        total += int(fields[11]) + int(fields[12])
    return total / TICKS


class Side:
    """One of the systems: where its calls go, and with what."""

    def __init__(
        self, name: str, port: int, pids: list[int], material: dict[str, object], profile: str, token: str
    ) -> None:
        self.name, self.port, self.pids, self.material = name, port, pids, material
        self.profile, self.token = profile, token
        self.codes = iter(material["codes"])  # type: ignore[call-overload]
        self.web = {"client_id": material["client_id"], "client_secret": material["client_secret"]}
        self.service = {"client_id": material["service_id"], "client_secret": material["service_secret"]}
        self.chains = load.Chains(material["refreshes"], self.web)  # type: ignore[arg-type]

    def run(self, work: str, seconds: float) -> tuple[float, float]:
        """Return answers a second and milliseconds of CPU per answer."""
        on_answer = None
        if work == "profile":
            worker = load.reads(self.profile, self.material["tokens"])  # type: ignore[arg-type]
        elif work == "by hand":
            worker = load.reads("/by-hand", self.material["tokens"])  # type: ignore[arg-type]
        elif work == "client credentials":
            worker = load.posts(self.token, self._client_credentials)
        elif work == "refresh":
            worker, on_answer = load.posts(self.token, self.chains.bodies), self.chains.take
        else:
            worker = load.posts(self.token, self._code)
        before = cpu_seconds(self.pids)
        outcome = load.drive(self.port, worker, seconds, on_answer)
        if outcome.failed:
            raise SystemExit(f"{self.name}, {work}: {outcome.failed} of {outcome.answered} answers were no 200")
        return outcome.per_second, (cpu_seconds(self.pids) - before) / outcome.answered * 1000

    def _client_credentials(self, number: int) -> Iterator[dict[str, str]]:
        while True:
            yield {"grant_type": "client_credentials", **self.service}  # type: ignore[dict-item]

    def _code(self, number: int) -> Iterator[dict[str, str]]:
        for code in self.codes:
            yield {  # type: ignore[misc]
                "grant_type": "authorization_code",
                "code": code,
                "redirect_uri": REDIRECT_URI,
                "code_verifier": VERIFIER,
                **self.web,
            }


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.oauth", description=__doc__)
    parser.add_argument("--seconds", type=float, default=1, help="length of one round of one work")
    parser.add_argument("--rounds", type=int, default=11, help="rounds; the sides take turns, the median counts")
    parser.add_argument("--tokens", type=int, default=10_000, help="live tokens in MyUSA's table (10000 or 10000000)")
    parser.add_argument("--before", type=Path, help="another checkout of MyUSA to measure in the same run")
    options = parser.parse_args()
    os.sched_setaffinity(0, {1})

    plain = {**os.environ, "PYTHONPATH": str(ROOT)}
    filling = max(0, options.tokens - PEOPLE)
    print(f"seeding: {PEOPLE} people, {CODES} codes, {options.tokens} live tokens", flush=True)
    fresh_database("bench_baseline")
    baseline_material = seed("benchmarks.oauth.seed_baseline", PEOPLE, CODES, CHAINS, env=plain)
    with ExitStack() as running:
        pids = running.enter_context(serving("benchmarks.oauth.baseline.wsgi:application", 8901, plain))
        baseline = Side("baseline", 8901, pids, baseline_material, "/profile", "/oauth/token/")
        sides = []
        for number, folder in enumerate(filter(None, (ROOT, options.before))):
            name, port = ("MyUSA", "before")[number], 8902 + number
            environment = our_environment(folder, f"bench_myusa_{number}", redis_database=15 - number)
            fresh_database(f"bench_myusa_{number}")
            material = seed("benchmarks.oauth.seed_myusa", PEOPLE, CODES, CHAINS, filling, env=environment)
            pids = running.enter_context(serving("myusa.wsgi:application", port, environment))
            sides.append(Side(name, port, pids, material, "/api/v1/profile", "/oauth/token"))
        for side in (baseline, *sides):
            side.run("profile", 1)
        report(baseline, sides, options.seconds, options.rounds)
    print(f"load average {os.getloadavg()}, client CPU {resource.getrusage(resource.RUSAGE_SELF).ru_utime:.1f} s")


def our_environment(folder: Path, database: str, *, redis_database: int) -> dict[str, str]:
    """Return the environment of MyUSA's checkout in `folder`, as in production."""
    return {
        **os.environ,
        "PYTHONPATH": str(folder),
        "DATABASE_URL": f"postgres://postgres@127.0.0.1:5432/{database}",
        "REDIS_URL": f"redis://127.0.0.1:6379/{redis_database}",
        "DEBUG": "false",
        "BENCHMARK": "1",
        "SECRET_KEY": "benchmark-" + "x" * 60,
        "ENCRYPTION_KEYS": "YmVuY2htYXJrLW9ubHktZW5jcnlwdGlvbi1rZXktMDA=",
        "BASE_URL": "https://bench.example.gov",
        "ALLOWED_HOSTS": "127.0.0.1",
        "SECURE_SSL_REDIRECT": "false",
        "CONN_MAX_AGE": "3600",
        "EMAIL_URL": "smtp://127.0.0.1:25",
        "DEFAULT_FROM_EMAIL": "MyUSA <noreply@myusa.gov>",
        "SUPPORT_EMAIL": "support@myusa.gov",
        "SMS_PROVIDER": "twilio",
        "TWILIO_ACCOUNT_SID": "AC0",
        "TWILIO_AUTH_TOKEN": "0",
        "TWILIO_FROM_NUMBER": "+15005550006",
        "LOG_FORMAT": "json",
        "CLIENT_TOKENS_PER_SECOND": "1000000",
        "CLIENT_TOKENS_PER_HOUR": "1000000000",
        "USER_TOKENS_PER_MINUTE": "1000000000",
        "USER_TOKENS_PER_HOUR": "1000000000",
    }


def report(baseline: Side, sides: list[Side], seconds: float, rounds: int) -> None:
    print(f"{'work':20} {'side':9} {'per s':>7} {'ratio':>6} {'aim':>5}   {'CPU ms':>7} {'ratio':>6}")
    for work, target in {**TARGETS, "by hand": 0.0}.items():
        measured: dict[str, list[tuple[float, float]]] = {side.name: [] for side in (baseline, *sides)}
        for _round in range(rounds):
            measured["baseline"].append(baseline.run(work, seconds))
            for side in sides:
                measured[side.name].append(side.run("profile" if work == "by hand" else work, seconds))
        medians = {name: median(pairs) for name, pairs in measured.items()}
        base_rate, base_cpu = medians["baseline"]
        for name, (rate, cpu) in medians.items():
            ratio = cpu / base_cpu if work == "by hand" else base_cpu / cpu
            print(
                f"{work:20} {name:9} {rate:7.0f} {rate / base_rate:6.2f} {target:5.1f}   {cpu:7.2f} {ratio:6.2f}",
                flush=True,
            )
    print('"by hand" is a hand-written view of the same read; the aim is at most 1.5 times its CPU')


def median(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    ordered = sorted(pairs)
    return ordered[len(ordered) // 2]


if __name__ == "__main__":
    main()
