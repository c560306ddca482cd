"""Fixtures for the whole suite. The cast is in `tests/cast.py`, factories are in `tests/factories.py`."""

import datetime
import functools
import os
import sys
import uuid
from collections.abc import Callable, Iterator
from typing import Any

import django.test.client
import django.test.testcases
import hypothesis
import pytest
import time_machine
from django.conf import settings
from django.core.cache import cache
from django.core.signals import setting_changed
from django.db import connection
from django.dispatch import receiver
from django.test import Client
from django.utils import translation
from playwright.sync_api import Locator, sync_playwright

from developer_apps.models import deprecations, products
from myusa.lib import limits
from myusa.lib.http import doors
from notifications import allowance
from tests import network, programs, seeded_rows
from tests.cast import *  # noqa: F403 - the fixtures of the cast are for every test

network.block()
# A busy machine is no fault of the property; fixtures that an example changes are said so where they matter.
hypothesis.settings.register_profile(
    "suite",
    deadline=None,
    suppress_health_check=[hypothesis.HealthCheck.too_slow, hypothesis.HealthCheck.function_scoped_fixture],
)
hypothesis.settings.load_profile("suite")
# The test client and the live server come in by the site's two doors, as requests do in production.
_ClientHandler = type("ClientHandler", (doors.TwoDoors, django.test.client.ClientHandler), {})
django.test.client.ClientHandler = _ClientHandler  # type: ignore[misc, assignment]
django.test.testcases.WSGIHandler = doors.Application  # type: ignore[attr-defined]


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Leave PostgreSQL's tests to PostgreSQL; mark what runs on SQLite too (`scripts/test`)."""
    for item in items:
        if _commits(item) or "oauth" in item.path.parts or "demo" in item.path.parts:
            item.add_marker("both_databases")
        if "postgres" in item.keywords and connection.vendor != "postgresql":
            item.add_marker(pytest.mark.skip(reason="this fact is about PostgreSQL"))


def _commits(item: pytest.Item) -> bool:
    """Whether a test works without the transaction around it that pytest-django takes back."""
    marker = item.get_closest_marker("django_db")
    return "transactional_db" in getattr(item, "fixturenames", ()) or bool(marker and marker.kwargs.get("transaction"))


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: Any) -> None:
    """Remember the rows of data migrations, which a test that commits would take from all later ones."""
    with django_db_blocker.unblock():
        seeded_rows.remember()


def pytest_make_parametrize_id(val: object) -> str | None:
    """Keep names of parametrized tests short and the same in every worker: no long texts, no random UUIDs."""
    if isinstance(val, str) and len(val) > 60:
        return f"{len(val)} characters"
    if isinstance(val, uuid.UUID) or (isinstance(val, str) and len(val) == 36 and val.count("-") == 4):
        return "uuid"
    return None


@pytest.fixture(autouse=True)
def _fresh_counters(monkeypatch: pytest.MonkeyPatch) -> None:
    """Empty the cache, the rate limits' counters and what is remembered for seconds before each test; begin in English.

    Within a test it never expires: on a slow machine a renewal would change the count of statements.
    """
    translation.activate(settings.LANGUAGE_CODE)
    cache.clear()
    limits.reset()
    products.invalidate_catalog()
    allowance.forget()
    monkeypatch.setattr(products, "CATALOG_SECONDS", float("inf"))
    monkeypatch.setattr(deprecations, "CACHE_SECONDS", float("inf"))
    monkeypatch.setattr(deprecations, "_current", (0.0, ()))
    monkeypatch.setattr(allowance, "REMEMBERED_SECONDS", float("inf"))


@pytest.fixture
def still_clock() -> Iterator[time_machine.Traveller]:
    """Stop the clock: a test that counts to a limit must not run over the end of its second, minute or day."""
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False) as clock:
        yield clock


@pytest.fixture
def anonymous() -> Client:
    return Client()


@pytest.fixture(scope="session")
def chromium() -> Iterator[Any]:
    """A headless Chromium, shared by the tests of one worker. A click or key press returns when the next page has loaded."""
    for name in ("click", "press"):
        setattr(Locator, name, _until_loaded(getattr(Locator, name)))

    path = programs.chromium()
    # Playwright keeps an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=["--no-sandbox", "--disable-dev-shm-usage"])
        yield browser
        browser.close()


def _until_loaded(act: Callable[..., None]) -> Callable[..., None]:
    """Playwright itself returns as soon as the next page begins, so a test would sometimes read half of it."""

    @functools.wraps(act)
    def acted(locator: Any, *args: Any, **options: Any) -> None:
        act(locator, *args, **options)
        locator.page.wait_for_load_state()

    return acted


@pytest.fixture
def open_contexts() -> list[Any]:
    """The browser contexts of the test; `base_url` closes them before the live server's settings are taken back."""
    return []


@pytest.fixture
def new_page(chromium: Any, open_contexts: list[Any]) -> Iterator[Callable[..., Any]]:
    """`new_page(width=1280, height=900, **context_options)`: a page of a person with an own cookie jar.

    At the end the test fails if any page wrote an error to its console or broke the content security policy.
    A test that provokes an HTTP error allows for its console line by `page.expected_errors.append("404")`.
    Pages do not scroll smoothly: what a click aims at could move between press and release, and the click be lost.
    Requests without a response are printed, so a failed test tells a slow server from a click that did nothing.
    """
    complaints = []
    unanswered: set[Any] = set()

    def open_page(width: int = 1280, height: int = 900, **options: Any) -> Any:
        settings = {"reduced_motion": "reduce", **options}
        context = chromium.new_context(viewport={"width": width, "height": height}, **settings)
        context.set_default_timeout(30_000)
        context.on("request", lambda request: unanswered.add(request))
        for end in ("requestfinished", "requestfailed"):
            context.on(end, lambda request: unanswered.discard(request))
        open_contexts.append(context)
        page = context.new_page()
        page.expected_errors = []

        def note(text: str) -> None:
            if not any(part in text for part in page.expected_errors):
                complaints.append(f"{page.url}: {text}")

        page.on("console", lambda message: note(message.text) if message.type == "error" else None)
        page.on("pageerror", lambda error: note(str(error)))
        return page

    yield open_page
    for request in unanswered:
        print("no response:", request.method, request.url)
    for context in open_contexts:
        context.close()
    assert not complaints, "\n".join(complaints)


@pytest.fixture
def page(new_page: Callable[..., Any]) -> Any:
    return new_page()


@pytest.fixture
def base_url(live_server: Any, settings: Any, open_contexts: list[Any]) -> Iterator[str]:
    """The address of the live server, which the site takes for its own."""
    settings.BASE_URL = live_server.url
    yield str(live_server.url)
    for context in open_contexts:
        context.close()


@receiver(setting_changed)
def forget_documentation(setting: str, **_kwargs: Any) -> None:
    """Forget what the documentation built once for the site's address, which never changes while a site runs."""
    if setting != "BASE_URL":
        return
    for name in [name for name in sys.modules if name.startswith("developer_apps.docs.")]:
        for each in vars(sys.modules[name]).values():
            if hasattr(each, "cache_clear"):
                each.cache_clear()


def pytest_report_header() -> str:
    where = "Redis" if settings.REDIS_URL else "in-process counters"
    return f"database: {connection.vendor}, {where}"
