"""What counting a call costs, and what a day's roll-up of many calls takes. See README.md in this folder."""

import argparse
import datetime
import os
import random
import resource
import time
import uuid
from contextlib import contextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myusa.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ.setdefault("TRAFFIC_SYNCHRONOUS", "false")

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.test.utils import CaptureQueriesContext

from developer_apps import traffic
from developer_apps.models import Call, Product
from developer_apps.models.products import invalidate_catalog
from developer_apps.traffic import analytics, evidence_figures, recorder, roll_up
from tests import factories

DAY = datetime.date(2026, 3, 17)


@contextmanager
def measured(what):
    """Print wall-clock and CPU seconds of a block, and the largest memory so far."""
    wall, cpu = time.perf_counter(), time.process_time()
    yield
    wall, cpu = time.perf_counter() - wall, time.process_time() - cpu
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"  {what:<58} {wall:8.2f} s   CPU here {cpu:7.2f} s   peak {memory:5.0f} MB")


def facts(number=0):
    return {
        "app_id": 1,
        "environment": "sandbox",
        "product": "case-status",
        "endpoint": "gateway",
        "method": "GET",
        "status": 200,
        "latency_us": 1_500,
        "payload": f"GET /case-status/SBX{number:010d}",
        "trace_id": uuid.UUID(int=number),
    }


def cost_of_counting(calls):
    """CPU of this process per counted call: the request's part, and all of it, compared with one INSERT per call."""
    print(f"\nCounting {calls:,} calls (CPU of the whole process, microseconds a call)")
    traffic.record(**facts())
    traffic.flush()

    started = time.process_time()
    thread = time.thread_time()
    for number in range(calls):
        traffic.record(**facts(number))
    in_request = (time.thread_time() - thread) / calls * 1e6
    traffic.flush()
    with_writing = (time.process_time() - started) / calls * 1e6

    settings.TRAFFIC_SYNCHRONOUS = True
    some = calls // 20
    started = time.process_time()
    for number in range(some):
        traffic.record(**facts(number))
    one_by_one = (time.process_time() - started) / some * 1e6

    started = time.process_time()
    for number in range(some):
        row = facts(number)
        Call.objects.create(
            at=datetime.datetime.now(datetime.UTC),
            payload_digest=recorder.payload_digest(1, row.pop("payload")),
            product_id=1,
            **{key: value for key, value in row.items() if key != "product"},
        )
    orm = (time.process_time() - started) / some * 1e6
    settings.TRAFFIC_SYNCHRONOUS = False

    print(f"  what the request pays (digest and append)      {in_request:8.1f}")
    print(f"  with the thread's share of the bulk write      {with_writing:8.1f}")
    print(
        f"  one statement a call                           {one_by_one:8.1f}   {one_by_one / with_writing:5.1f} times"
    )
    print(f"  one ORM create() a call                        {orm:8.1f}   {orm / with_writing:5.1f} times")
    Call.objects.all().delete()


def share_of_a_call(calls):
    """CPU and statements of a profile read with counting and without, alternating."""
    person, application = factories.make_user(), factories.make_app(public=True)
    Product.objects.update(production_calls_per_second=1_000_000, production_calls_per_day=100_000_000)
    invalidate_catalog()
    browser = Browser(headers={"Authorization": f"Bearer {factories.make_token(application, person)}"})

    def read():
        assert browser.get("/api/v1/profile").status_code == 200

    def cpu_of(count):
        started = time.process_time()
        for _ in range(count):
            read()
        traffic.flush()
        return (time.process_time() - started) / count * 1e6

    read()
    with CaptureQueriesContext(connection) as captured:
        read()
    queries = list(captured)
    counting, without = [], []
    original = traffic.record
    for _round in range(20):
        counting.append(cpu_of(calls // 40))
        traffic.record = lambda **_facts: None
        without.append(cpu_of(calls // 40))
        traffic.record = original
    with_it, bare = min(counting), min(without)  # the least disturbed round of each
    print("\nA profile read through Django's test client (CPU, microseconds)")
    print(
        f"  counted {with_it:.0f}, not counted {bare:.0f}: counting adds {with_it - bare:.0f} ({(with_it / bare - 1):.1%})"
    )
    print(f"  statements in the request: {len(queries)}, none of them for the count")
    assert not any("developer_apps_call" in query["sql"] for query in queries)


def fill(calls, apps=200):
    """Write one day's calls: many apps, skewed like real ones, with 20 endpoints and statuses in all."""
    chance = random.Random(1)
    products = list(Product.objects.values_list("pk", flat=True))
    begin = datetime.datetime.combine(DAY, datetime.time(), datetime.UTC)
    statuses, weights = [200, 400, 401, 404, 429], [92, 3, 2, 2, 1]
    rows = []
    for number in range(calls):
        app = int(apps * chance.random() ** 2) + 1
        product = chance.choice(products)
        rows.append(
            recorder.row_of(
                at=begin + datetime.timedelta(microseconds=int(86_400_000_000 * number / calls)),
                app_id=app,
                product_id=product,
                environment="production" if app % 3 else "sandbox",
                token_kind="user",
                endpoint=f"endpoint-{product}",
                method="GET",
                status=chance.choices(statuses, weights)[0],
                outcome="served",
                latency_us=int(chance.lognormvariate(8, 0.7)),
                user_id=chance.randrange(100_000),
                payload_digest=f"{chance.getrandbits(18):016x}",
                trace_id=uuid.UUID(int=chance.getrandbits(128)),
            )
        )
        if len(rows) == 20_000:
            recorder.write(rows)
            rows.clear()
    recorder.write(rows)


def a_day(calls):
    """Time the roll-up of a day, what pages read before and after it, and the deletion of the single calls."""
    print(f"\nA day with {calls:,} calls of 200 apps")
    with measured("written in bulk"):
        fill(calls)
    if connection.vendor == "postgresql":
        with connection.cursor() as cursor:
            cursor.execute("ANALYZE developer_apps_call")
    app, product = factories.make_app().app, Product.objects.get(slug="case-status")
    busiest = Call.objects.filter(app_id=2).count()
    app.pk = 2
    selection = analytics.Selection(DAY - datetime.timedelta(days=29), DAY)
    with measured(f"analytics page of an app with {busiest:,} calls, from single calls"):
        analytics.report(app, selection)
    with measured("evidence of the same app"):
        evidence_figures(app, product)
    with measured("roll-up of the day"):
        roll_up.roll_up(DAY)
    with measured("roll-up of the day again"):
        roll_up.roll_up(DAY)
    with measured("analytics page of the same app, from sums"):
        analytics.report(app, selection)
    settings.TRAFFIC_DETAIL_DAYS = 1
    with measured("deletion of the single calls, in chunks of 5,000"):
        deleted = roll_up.delete_old_detail()
    print(f"  {deleted:,} single calls deleted; {connection.vendor}")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=1_000_000, help="calls of the day that is rolled up")
    parser.add_argument("--counted", type=int, default=100_000, help="calls that are counted one by one")
    parser.add_argument("--reads", type=int, default=4_000, help="profile reads")
    options = parser.parse_args()
    settings.DEBUG = False
    settings.REDIS_URL = ""
    if connection.vendor == "sqlite":  # a file, as in the demo, not memory
        connection.settings_dict["TEST"]["NAME"] = str(settings.VAR_DIR / "traffic-benchmark.sqlite3")
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    print(f"{connection.vendor}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    try:
        cost_of_counting(options.counted)
        share_of_a_call(options.reads)
        a_day(options.calls)
    finally:
        recorder.current.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(f"\nload {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
