"""How soon one app's notification and a sign-in code leave while another app's messages to bad mailboxes are queued.

    python -m benchmarks.fairness

10,000 messages of one app to a domain that refuses at once (451) and 120 to mailboxes that take 20 seconds at RCPT are
queued. Then once a second another app posts a notification and a person asks for a code. Measured is the time from the call
to the mail server's having the message. Figures go to standard output as JSON.
"""

import argparse
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from benchmarks.notifications.stack import machine
from tests.notifications.smtp_sink import SmtpSink
from tests.reliability import stack as stacks
from tests.reliability.stack import Database, Stack
from tests.reliability.test_system_mail import post_form

DEAD, SLOW = "dead.example.org", "slow.example.org"


def measure(stack: Stack, sink: SmtpSink, *, dead: int, slow: int, seconds: int) -> dict[str, Any]:
    sink.busy_domains = {DEAD}
    sink.tarpit_seconds = 20.0
    sink.slow_addresses = {f"p{number}@{SLOW}" for number in range(slow)}
    command = [sys.executable, "-m", "benchmarks.fairness.fill", json.dumps({DEAD: dead, SLOW: slow})]
    subprocess.run(command, cwd=stacks.ROOT, env=stack.environment, check=True)
    stack.database.rows("VACUUM ANALYZE")
    stack.run_all("web", "beat")
    for queue in ("codes", "celery", "notifications"):
        stack.start_worker(queue=queue)
    time.sleep(5)
    began = time.time()
    posted: list[float] = []
    asked: dict[str, float] = {}
    for number in range(seconds):
        if (wait := began + number - time.time()) > 0:
            time.sleep(wait)
        posted.append(time.time())
        assert stack.post(f"Number {number}", timeout=20)[0] == 200
        address = f"person{number}@city{number}.example.gov"
        asked[address] = time.time()
        assert post_form(stack, "/users/sign_in", email=address) == 302
    time.sleep(10)
    person = stack.people[0]["email"]
    notifications = [at for to, at in sink.taken if to == person]
    codes = {to: at for to, at in sink.taken if to in asked}
    tried = "SELECT count(*) FROM notifications_attempt a JOIN notifications_delivery d ON d.id = a.delivery_id"
    return {
        "dead": dead,
        "slow": slow,
        "notifications": _figures([at - then for then, at in zip(posted, notifications, strict=False)], len(posted)),
        "codes": _figures([codes[to] - then for to, then in asked.items() if to in codes], len(asked)),
        "attempts_at_the_dead_domain": stack.database.value(f"{tried} WHERE d.domain = %s", DEAD),
        "slow_mailboxes_served": stack.database.value(f"{tried} WHERE d.domain = %s", SLOW),
        "seconds": round(time.time() - began),
        "machine": machine(),
    }


def _figures(waits: list[float], count: int) -> dict[str, Any]:
    waits.sort()
    part = {name: waits[int(share * (len(waits) - 1))] for name, share in (("p50", 0.5), ("p95", 0.95), ("max", 1))}
    return {"asked": count, "handed_over": len(waits)} | {f"{name}_s": round(wait, 2) for name, wait in part.items()}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--dead", type=int, default=10_000)
    parser.add_argument("--slow", type=int, default=120)
    parser.add_argument("--seconds", type=int, default=60)
    options = parser.parse_args()
    folder = Path(tempfile.mkdtemp(prefix="myusa-fairness-"))
    sink = SmtpSink().start()
    database = Database(name=f"fairness_{folder.name[-8:].lower()}")
    database.create({**stacks.outside(), **stacks.base_environment(folder)})
    stack = Stack(database, smtp_port=sink.port, folder=folder, CODE_LIMIT_FACTOR="50")
    for name in stacks.QUICK:
        if not name.endswith(("_MINUTE", "_DAY")):
            stack.environment.pop(name)
    stack.environment["EMAIL_TIMEOUT"] = "30"
    try:
        stack.redis.start()
        stack.seed()
        print(json.dumps(measure(stack, sink, **vars(options)), indent=2))
    finally:
        stack.stop()
        sink.stop()
        database.drop()
        shutil.rmtree(folder, ignore_errors=True)


if __name__ == "__main__":
    main()
