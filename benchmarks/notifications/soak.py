"""Ten minutes of steady sending while parts of the system are killed at random: is everything that was accepted sent?

    python -m benchmarks.notifications.soak --rate 70 --minutes 10

Worker and Redis are killed (SIGKILL) and started again, the mail server closes all connections or is away for some
seconds. At the end each accepted notification must have reached the mail server, under one Message-ID. A message that
the server took while its worker was killed comes twice, under the same Message-ID, which is how mail programs know
it for the same; such repeats are counted. Figures go to standard output as JSON.
"""

import argparse
import json
import os
import random
import signal
import sys
import threading
import time
from collections import Counter
from typing import Any

from benchmarks.notifications.stack import Bench, BusyShare, machine

LEASE = {"NOTIFICATIONS_LEASE_SECONDS": "30", "NOTIFICATIONS_SEND_SECONDS": "15", "NOTIFICATIONS_RETRY_FIRST": "2"}


class Mischief:
    """Kills something every few seconds until it is stopped."""

    def __init__(self, bench: Bench, *, every: float, seed: int) -> None:
        self.bench, self.every = bench, every
        self.random = random.Random(seed)
        self.done: Counter[str] = Counter()
        self.stop = threading.Event()
        self.thread = threading.Thread(target=self._run, daemon=True)

    def _run(self) -> None:
        while not self.stop.wait(self.every * self.random.uniform(0.5, 1.5)):
            choice = self.random.choice(["kill_worker", "kill_worker", "kill_redis", "hang_up", "mail_server_away"])
            try:
                getattr(self, choice)()
                self.done[choice] += 1
            except Exception as error:  # a part that is down already is no news
                print(f"{choice}: {error}", file=sys.stderr)

    def kill_worker(self) -> None:
        self.bench.stack.kill("worker")
        time.sleep(self.random.uniform(0, 3))
        self.bench.stack.start_worker()

    def kill_redis(self) -> None:
        self.bench.stack.redis.kill()
        time.sleep(self.random.uniform(0, 5))
        self.bench.stack.redis.start()

    def hang_up(self) -> None:
        os.kill(self.bench.sink.pid, signal.SIGUSR1)

    def mail_server_away(self) -> None:
        self.bench.sink.kill()
        time.sleep(self.random.uniform(1, 15))
        self.bench.start_sink()


def soak(bench: Bench, *, rate: float, seconds: float, every: float, seed: int) -> dict[str, Any]:
    bench.start()
    mischief, busy = Mischief(bench, every=every, seed=seed), BusyShare()
    load = bench.load(rate=rate, seconds=seconds)
    mischief.thread.start()
    output, _errors = load.communicate()
    mischief.stop.set()
    mischief.thread.join()
    bench.stack.run_all()
    bench.wait_for_all(seconds=600)
    loaded = json.loads(output)
    count = bench.stack.database.value
    accepted = count("SELECT count(*) FROM notifications_notification")
    arrived = Counter(bench.message_ids())
    known = {f"<{uid}@myusa.example>" for (uid,) in bench.stack.database.rows("SELECT uid FROM notifications_delivery")}
    return {
        "asked_rate": rate,
        **loaded,
        "stored": accepted,
        "mischief": dict(mischief.done),
        "states": bench.stack.states(),
        "message_ids_that_arrived": len(arrived),
        "lost": len(known - set(arrived)),
        "unknown_to_us": len(set(arrived) - known),
        "repeats_with_the_same_message_id": sum(arrived.values()) - len(arrived),
        "sent_equals_accepted": set(arrived) == known and len(known) == accepted == loaded["accepted"],
        "cores_busy_by_everyone": busy.now(),
        "machine": machine(),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=139.0)
    parser.add_argument("--minutes", type=float, default=10.0)
    parser.add_argument("--every", type=float, default=20.0, help="seconds between two kills, on average")
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    bench = Bench(people=options.people, settings=LEASE)
    try:
        seconds = options.minutes * 60
        print(
            json.dumps(
                soak(bench, rate=options.rate, seconds=seconds, every=options.every, seed=options.seed), indent=2
            )
        )
    except BaseException:
        print(bench.stack.log("web"), bench.stack.log("worker"), file=sys.stderr)
        raise
    finally:
        bench.stop()


if __name__ == "__main__":
    main()
