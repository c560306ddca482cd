"""How much a page weighs over the wire as production serves it: hashed static files, compressed, cached for years."""

import subprocess
import sys
import urllib.request
import uuid
from datetime import timedelta

import pytest
from django.conf import settings as django_settings
from django.db import connection
from django.utils import timezone

from developer_apps.models import Product
from onboarding.steps import request as requests
from tests import processes, programs
from tests.browser import sign_in
from tests.developer_apps.elsewhere import record, subscribe
from tests.factories import make_app

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.django_db(transaction=True)]
FIRST, SECOND = 120_000, 15_000  # bytes
# One page holds the whole reference, so its text alone is more than a second view may weigh elsewhere.
FIRST_OF = {"/developer/docs/reference": 125_000}
SECOND_OF = {"/developer/docs/reference": 25_000}
FOR_EVERYONE = [
    "/",
    "/users/sign_in",
    "/status",
    "/legal",
    "/developer/",
    "/developer/products/case-status/",
    "/developer/docs/getting-started",
    "/developer/docs/scopes",
    "/developer/docs/reference",
]


def database_url():
    facts = connection.settings_dict
    if connection.vendor == "sqlite":
        return f"sqlite:///{facts['NAME']}"
    return f"postgres://{facts['USER']}:{facts['PASSWORD']}@{facts['HOST']}:{facts['PORT'] or 5432}/{facts['NAME']}"


@pytest.fixture
def production(tmp_path):
    """The address of a web server with production's static files and the test's database."""
    port, log = programs.free_port(), tmp_path / "log"
    url = f"http://127.0.0.1:{port}"
    environment = processes.clean_environment(
        DATABASE_URL=database_url(),
        SECRET_KEY=django_settings.SECRET_KEY,
        ENCRYPTION_KEYS=",".join(django_settings.ENCRYPTION_KEYS),
        DEBUG="false",
        BASE_URL=url,
        ALLOWED_HOSTS="127.0.0.1",
        STATIC_ROOT=str(tmp_path / "static"),
        DEMO_DIR=str(tmp_path),
        WEB_CONCURRENCY="1",
        LOG_LEVEL="WARNING",
    )
    subprocess.run(
        [sys.executable, "manage.py", "collectstatic", "--noinput", "-v0"],
        cwd=processes.ROOT,
        env=environment,
        check=True,
    )
    # Without the refusal to start: this production has no https and no mail.
    command = [sys.executable, "-m", "gunicorn", "--bind", f"127.0.0.1:{port}", "myusa.lib.http.doors:application()"]
    with processes.running(*command, log=log, environment=environment) as process:
        processes.wait_for_answer(f"{url}/livez", process, log)
        yield url


class Meter:
    """Counts the bytes that come over the wire to a page, headers and all."""

    def __init__(self, page):
        self.bytes = 0
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        session.on("Network.loadingFinished", self._add)

    def _add(self, event):
        self.bytes += event["encodedDataLength"]

    def weigh(self, page, url):
        self.bytes = 0
        page.goto(url, wait_until="networkidle")
        return round(self.bytes)


@pytest.fixture
def full(developer):
    """A developer's app with traffic and a production request."""
    application = make_app(developer, public=True)
    for number in range(60):
        at = timezone.now() - timedelta(hours=number)
        record(application.app, at=at, trace_id=uuid.uuid4(), status=200 if number % 3 else 403, error="SCOPE_MISSING")
    product = Product.objects.filter(is_built_in=False).first()
    subscribe(application.app, product)
    found = requests.start(application.app, [product], by=developer)
    return application.app, found


def test_every_kind_of_page_is_light(production, full, developer, new_page):
    app, found = full
    base = f"/developer/apps/{app.pk}"
    of_a_developer = [
        "/developer/",
        "/developer/apps/new",
        f"{base}/",
        f"{base}/keys/",
        f"{base}/access",
        f"{base}/analytics/",
        f"{base}/analytics/log",
        f"/developer/teams/{app.team_id}/",
        f"/developer/requests/{found.pk}/",
        "/",
        "/tasks/",
        "/profile",
        "/notifications/",
    ]
    weights = {}
    for user, paths in ((None, FOR_EVERYONE), (developer, of_a_developer)):
        for path in paths:
            page = new_page()
            if user:
                sign_in(page, user, production)
            meter = Meter(page)
            weights[path, bool(user)] = (meter.weigh(page, production + path), meter.weigh(page, production + path))
            page.context.close()
    print("\n".join(f"{path} {first} {second}" for (path, _user), (first, second) in weights.items()))
    heavy = {
        path: (first, second)
        for (path, _user), (first, second) in weights.items()
        if first > FIRST_OF.get(path, FIRST) or second > SECOND_OF.get(path, SECOND)
    }
    assert heavy == {}


def test_static_files_are_cached_for_good_and_pages_are_not(production):
    page = urllib.request.urlopen(f"{production}/", timeout=20).read().decode()
    address = page.split('rel="stylesheet" href="')[1].split('"')[0]
    request = urllib.request.Request(production + address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request, timeout=20) as response:
        assert "immutable" in response.headers["Cache-Control"]
        assert response.headers["Content-Encoding"] == "gzip"
