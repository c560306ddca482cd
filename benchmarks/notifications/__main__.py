"""How many notifications a second are accepted and handed to a mail server, for how long, at what cost.

    python -m benchmarks.notifications --rate 278 --seconds 300

Web server, worker, scheduler, PostgreSQL and Redis run on this machine, and so do the load and the mail server, whose
cost is shown separately. Figures go to standard output as JSON.
"""

import argparse
import json
import sys
import time
from typing import Any

from benchmarks.notifications.stack import Bench, BusyShare, machine

SYSTEM = ("web", "worker", "beat", "postgresql", "redis")


def measure(bench: Bench, *, rate: float, seconds: float, kept: int, patience: float) -> dict[str, Any]:
    """Post at `rate` for `seconds` next to `kept` older notifications, wait until all is sent, and return the figures."""
    bench.start()
    with_warmth = bench.load(rate=20, seconds=3)
    with_warmth.communicate()
    bench.wait_for_all(seconds=60)
    bench.keep(kept)
    last = bench.stack.database.value("SELECT max(id) FROM notifications_delivery")
    bench.forget_statements()
    sent_before = len(bench.message_ids())
    cpu_before, busy, began = bench.cpu(), BusyShare(), time.monotonic()
    load = bench.load(rate=rate, seconds=seconds)
    output, _errors = load.communicate()
    loaded = json.loads(output)
    backlog = bench.stack.database.value(
        "SELECT count(*) FROM notifications_delivery WHERE state IN ('queued', 'sending')"
    )
    bench.wait_for_all(seconds=patience)
    took = time.monotonic() - began
    cpu_after, busy_share = bench.cpu(), busy.now()
    sent, dispatch = bench.message_ids()[sent_before:], _dispatch(bench, last)
    count = max(1, len(set(sent)))
    spent = {name: round(1000 * (cpu_after.get(name, 0) - cpu_before.get(name, 0)) / count, 2) for name in cpu_after}
    return {
        "asked_rate": rate,
        **loaded,
        "sent": len(sent),
        "sent_once": len(set(sent)) == len(sent) == loaded["accepted"],
        "sent_rate": round(len(sent) / took, 1),
        "backlog_at_the_end_of_the_load": backlog,
        "dispatch_p50_s": dispatch[0],
        "dispatch_p95_s": dispatch[1],
        "cpu_ms_per_message": spent,
        "cpu_ms_per_message_of_the_system": round(sum(spent.get(name, 0) for name in SYSTEM), 2),
        "postgresql_spent_most_on": bench.statements(count),
        "cores_busy_by_everyone": busy_share,
        "machine": machine(),
    }


def _dispatch(bench: Bench, after: int) -> tuple[float, float]:
    """Return the seconds from acceptance to the mail server's answer (recorded): median and 95th percentile."""
    sql = (
        "SELECT percentile_cont(ARRAY[0.5, 0.95]) WITHIN GROUP (ORDER BY extract(epoch FROM sent_at - created_at))"
        " FROM notifications_delivery WHERE sent_at IS NOT NULL AND id > %s"
    )
    median, high = bench.stack.database.value(sql, after)
    return round(median, 2), round(high, 2)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rate", type=float, default=278.0)
    parser.add_argument("--seconds", type=float, default=300.0)
    parser.add_argument("--people", type=int, default=1000)
    parser.add_argument("--kept", type=int, default=10_000, help="notifications that the system holds from before")
    parser.add_argument("--patience", type=float, default=600.0, help="seconds to wait for the rest after the load")
    options = parser.parse_args()
    bench = Bench(people=vars(options).pop("people"))
    try:
        print(json.dumps(measure(bench, **vars(options)), indent=2))
    except BaseException:
        print(bench.stack.log("web"), bench.stack.log("worker"), file=sys.stderr)
        raise
    finally:
        bench.stop()


if __name__ == "__main__":
    main()
