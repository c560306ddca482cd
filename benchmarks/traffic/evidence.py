"""What a reported call costs, and what pages take for an app with ten million calls. See README.md in this folder.

DATABASE_URL=postgres://… .venv/bin/python -m benchmarks.traffic.evidence
"""

import argparse
import base64
import json
import os
import statistics
import time
from contextlib import contextmanager

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myusa.settings")
os.environ.setdefault("LOG_LEVEL", "ERROR")
os.environ.setdefault("TRAFFIC_SYNCHRONOUS", "false")

import django

django.setup()

from django.conf import settings
from django.db import connection
from django.test import Client as Browser
from django.urls import reverse

from accounts.models import User
from developer_apps import traffic
from developer_apps.models import App, Call, Product, ResourceServer, Subscription
from developer_apps.models.products import invalidate_catalog
from developer_apps.scopes import register_scopes
from developer_apps.traffic import evidence_figures, recorder, roll_up
from developer_apps.traffic.samples import sample
from onboarding.steps import request as requests
from tests import factories

DAYS = 90
BATCH = 1_000
CHUNK = 1_000_000
TABLE = "developer_apps_call"
# One call in 20 is a sandbox call of the product that needs a demo. The others are what an app in production does.
# Calls are written in the order of their times, as the site writes them.
FILL = f"""
INSERT INTO {TABLE}
    (at, app_id, product_id, environment, token_kind, endpoint, method, status, outcome, latency_us, user_id,
     payload_digest, response_digest, path, network_digest, trace_id)
SELECT now() - (1 - n::float / %(calls)s) * %(days)s * interval '1 day', %(app)s,
       CASE WHEN n %% 20 = 0 THEN %(product)s ELSE %(other)s END,
       CASE WHEN n %% 20 = 0 THEN 'sandbox' ELSE 'production' END,
       CASE WHEN n %% 20 = 0 THEN 'client' ELSE 'user' END, 'read', 'GET',
       CASE WHEN n %% 10 = 0 AND n %% 200 = 0 THEN 404 ELSE 200 END, 'reported', (1000 + random() * 9000)::int,
       (random() * 200000)::int, substr(md5((random() * 1000000)::int::text), 1, 16), '',
       CASE WHEN n %% 20 = 0 THEN '/case-status/SBX' || n ELSE '' END,
       CASE WHEN n %% 20 = 0 THEN substr(md5((n %% 3)::text), 1, 16) ELSE '' END, gen_random_uuid()
FROM generate_series(%(first)s, %(last)s) AS n
"""


@contextmanager
def measured(what):
    started = time.perf_counter()
    yield
    print(f"  {what:<70} {time.perf_counter() - started:9.2f} s", flush=True)


def repeated(what, action, times=40):
    """Print the median and the 95th percentile of several times, after a first one."""
    action()
    taken = []
    for _number in range(times):
        started = time.perf_counter()
        action()
        taken.append((time.perf_counter() - started) * 1000)
    p95 = statistics.quantiles(taken, n=20, method="inclusive")[-1]
    print(
        f"  {what:<50} p50 {statistics.median(taken):7.0f} ms   p95 {p95:7.0f} ms   fastest {min(taken):.0f}",
        flush=True,
    )


def fill(app, product, other, calls):
    """Write the calls of DAYS days without indexes, then create these again."""
    facts = {"app": app.pk, "product": product.pk, "other": other.pk, "days": DAYS, "calls": calls}
    with connection.cursor() as cursor:
        cursor.execute("SET maintenance_work_mem = '512MB'")
        cursor.execute("SELECT indexname, indexdef FROM pg_indexes WHERE tablename = %s", [TABLE])
        indexes = {name: statement for name, statement in cursor.fetchall() if not name.endswith("_pkey")}
        for name in indexes:
            cursor.execute(f"DROP INDEX {name}")
        cursor.execute(f"ALTER TABLE {TABLE} SET UNLOGGED")
        for first in range(1, calls + 1, CHUNK):
            cursor.execute(FILL, {**facts, "first": first, "last": min(first + CHUNK - 1, calls)})
            print(f"  {min(first + CHUNK - 1, calls):,} calls", flush=True)
        for statement in indexes.values():
            cursor.execute(statement)
        cursor.execute(f"VACUUM ANALYZE {TABLE}")


def world():
    """Return a subscribed app with a request that is being built, its developer, and the product."""
    Product.objects.update(sandbox_calls_per_second=10**6, sandbox_calls_per_day=10**8)
    invalidate_catalog()
    product = Product.objects.get(slug="case-status")
    developer = factories.make_user()
    application = factories.make_app(developer)
    register_scopes(application.app, [*application.app.scope_list, *product.scopes], by=developer)
    Subscription.objects.subscribe(application.app, product, by=developer)
    request = requests.start(application.app, Product.objects.filter(pk=product.pk), by=developer)
    return application, developer, product, request


def reported_calls(application, product, calls):
    """CPU and time of a check by the gateway, and of its report, alone and in batches."""
    server = ResourceServer(name="Bench")
    secret = server.make_secret(by=None)
    server.products.add(product)
    basic = f"Basic {base64.b64encode(f'{server.client_id}:{secret}'.encode()).decode()}"
    token = factories.make_token(application)
    browser = Browser()
    verify = f"/gateway/verify?product={product.slug}"

    def cost(what, action, number):
        cpu, wall = time.process_time(), time.perf_counter()
        action()
        cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
        print(f"  {what:<50} CPU here {cpu / number * 1e6:8.0f} µs   time {wall / number * 1e6:8.0f} µs", flush=True)

    traces = []

    def check():
        for number in range(calls):
            headers = {"Authorization": f"Bearer {token}", "X-Resource-Server": basic, "X-Original-URI": f"/c/{number}"}
            response = browser.get(verify, headers=headers)
            assert response.status_code == 200, response.content
            traces.append(response["X-Trace-Id"])
        traffic.flush()

    def report(batch, start, end):
        for first in range(start, end, batch):
            entries = [
                {"trace_id": each, "product": product.slug, "status": 200, "endpoint": "read", "method": "GET",
                 "latency_ms": 3, "payload_digest": each, "response_digest": each}
                for each in traces[first : min(first + batch, end)]
            ]  # fmt: skip
            body = json.dumps({"outcomes": entries})
            response = browser.post(
                "/gateway/outcomes", body, content_type="application/json", headers={"Authorization": basic}
            )
            assert {each["result"] for each in response.json()["results"]} == {"recorded"}, response.content[:300]

    print(f"\nA checked and reported call ({calls:,} calls through Django's test client)")
    cost("check at /gateway/verify", check, calls)
    alone = calls // 10
    cost("report of one outcome", lambda: report(1, 0, alone), alone)
    cost(f"report in batches of {BATCH:,}, per outcome", lambda: report(BATCH, alone, calls), calls - alone)
    Call.objects.all().delete()


def ten_million(application, developer, product, request, calls):
    app = App.objects.get(pk=application.app.pk)
    other = Product.objects.get(slug="profile")
    browser = factories.sign_in(Browser(), developer)
    reviewer = factories.sign_in(Browser(), User.objects.create_superuser("reviewer@myusa.example"))
    print(f"\nAn app with {calls:,} calls of {DAYS} days, {calls // 20:,} of them in the sandbox of the product")
    with measured("written, and indexes created"):
        fill(app, product, other, calls)
    repeated("evidence, before any roll-up", lambda: evidence_figures(app, product), times=5)
    with measured("roll-up of all days"):
        roll_up.roll_up_recent()
    with measured("roll-up of the hours of today"):
        roll_up.roll_up_hours()

    def page(address, browser=browser):
        response = browser.get(address)
        assert response.status_code == 200, address

    part = reverse("onboarding:evidence", args=[request.pk])
    staff_page = reverse("admin:onboarding_productionrequest_change", args=[request.pk])
    analytics = reverse("developer_apps:analytics", args=[app.pk])
    repeated("evidence", lambda: evidence_figures(app, product))
    repeated("sample of 50 calls", lambda: sample(app, product))
    repeated("page of the production request", lambda: page(request.get_absolute_url()))
    repeated("its part that refreshes", lambda: page(part))
    repeated("staff's page of the production request", lambda: page(staff_page, reviewer))
    repeated("analytics of 90 days", lambda: page(f"{analytics}?days=90"))
    repeated("analytics of 7 days", lambda: page(f"{analytics}?days=7"))
    figures = evidence_figures(app, product)
    print(f"  calls {figures.calls:,}, different payloads {figures.distinct:,}", flush=True)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--calls", type=int, default=10_000_000, help="calls of the app")
    parser.add_argument("--reported", type=int, default=5_000, help="calls that are checked and reported")
    options = parser.parse_args()
    assert connection.vendor == "postgresql", "This needs PostgreSQL."
    settings.DEBUG, settings.REDIS_URL = False, ""
    connection.creation.create_test_db(verbosity=0, autoclobber=True, serialize=False)
    with connection.cursor() as cursor:
        cursor.execute("SET statement_timeout = 0")  # filling takes minutes
    print(f"{connection.vendor}; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")
    try:
        application, developer, product, request = world()
        reported_calls(application, product, options.reported)
        ten_million(application, developer, product, request, options.calls)
    finally:
        recorder.current.close()
        connection.creation.destroy_test_db(connection.settings_dict["NAME"], verbosity=0)
    print(f"\nload {os.getloadavg()[0]:.1f}")


if __name__ == "__main__":
    main()
