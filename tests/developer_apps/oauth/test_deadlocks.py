"""Allow, Disconnect and their kind next to everything else that happens to a connection at the same moment, on PostgreSQL."""

import time
from collections.abc import Callable
from threading import Event, Thread
from typing import Any

import pytest
from django.db import OperationalError, connection, connections, transaction
from django.test import Client as Browser
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.models import User
from developer_apps.models import Authorization, RefreshToken
from tests import factories, threads
from tests.developer_apps import flows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

AUTHORIZATIONS, REFRESH_TOKENS, PEOPLE = (model._meta.db_table for model in (Authorization, RefreshToken, User))


def lock(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" FOR UPDATE')


class WrongOrder(Thread):
    """A transaction that locks `first`, waits until someone waits for it, and locks `second`: the other one is ended."""

    def __init__(self, first: str, second: str) -> None:
        super().__init__()
        self.tables, self.holds, self.error = (first, second), Event(), None

    def run(self) -> None:
        try:
            with transaction.atomic(), connection.cursor() as cursor:
                cursor.execute("SET LOCAL deadlock_timeout = '1h'")  # PostgreSQL ends the one that looks first
                lock(self.tables[0])
                self.holds.set()
                end = time.monotonic() + 20
                while not threads.someone_waits() and time.monotonic() < end:
                    time.sleep(0.02)
                lock(self.tables[1])
        except OperationalError as error:
            self.error = error
        finally:
            self.holds.set()
            connections.close_all()


def next_to_wrong_order(first: str, second: str, action: Callable[[], object]) -> object:
    other = WrongOrder(first, second)
    other.start()
    other.holds.wait(20)
    try:
        return action()
    finally:
        other.join()
        assert other.error is None


@pytest.fixture
def connected(browser, public_application, tokens):
    return Authorization.objects.get()


def test_disconnect_survives_a_deadlock(browser, public_application, tokens, connected, api):
    press = lambda: browser.post(f"/authorizations/{connected.pk}/disconnect")  # noqa: E731
    response = next_to_wrong_order(REFRESH_TOKENS, AUTHORIZATIONS, press)
    assert response.status_code == 302
    assert not Authorization.objects.live().exists()
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401


def test_allow_survives_a_deadlock(browser, public_application, connected):
    public_application.app.scopes += " notifications"
    press = lambda: flows.allow(browser, flows.authorize_url(public_application, prompt="consent"), ["tasks"])  # noqa: E731
    response = next_to_wrong_order(PEOPLE, AUTHORIZATIONS, press)
    assert response.status_code == 302
    assert "code" in flows.query_of(response)


def test_changed_permissions_survive_a_deadlock(browser, connected):
    press = lambda: browser.post(f"/authorizations/{connected.pk}", {"scopes": ["tasks"]})  # noqa: E731
    response = next_to_wrong_order(PEOPLE, AUTHORIZATIONS, press)
    assert response.status_code == 302
    assert Authorization.objects.get().scope_list == ["tasks"]


def test_revocation_survives_a_deadlock(public_application, tokens, connected, api):
    press = lambda: factories.Api("").post("/oauth/revoke", {"token": tokens["refresh_token"]})  # noqa: E731
    response = next_to_wrong_order(REFRESH_TOKENS, AUTHORIZATIONS, press)
    assert response.status_code == 200
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401


ACTIONS = ("allow", "refresh", "exchange", "revoke", "disconnect", "change")
rounds = st.lists(st.lists(st.sampled_from(ACTIONS), min_size=2, max_size=5), min_size=1, max_size=3)


class Mix:
    """A person and an app whose actions compete; `statuses` collects what each got."""

    def __init__(self, application: factories.Application, person: User) -> None:
        self.application, self.scopes = application, application.app.scope_list
        self.tabs = [factories.sign_in(Browser(), person) for _number in range(3)]
        self.issued: list[dict[str, str]] = []
        self.codes: list[str] = []
        self.statuses: list[int] = []
        self.allow()
        self.exchange()

    def allow(self) -> None:
        url = flows.authorize_url(self.application, prompt="consent")
        response = flows.allow(self.tabs[0], url, self.scopes[:2])
        self.statuses.append(response.status_code)
        self.codes.append(flows.query_of(response)["code"])

    def exchange(self) -> None:
        self._note(flows.exchange(self.application, self.codes[-1]))

    def refresh(self) -> None:
        if self.issued:
            self._note(flows.refresh(self.application, self.issued[-1]["refresh_token"]))

    def revoke(self) -> None:
        if self.issued:
            response = factories.Api("").post("/oauth/revoke", {"token": self.issued[0]["refresh_token"]})
            self.statuses.append(response.status_code)

    def change(self) -> None:
        if live := self._live():
            path, chosen = f"/authorizations/{live.pk}", {"scopes": self.scopes[1:2]}
            self.statuses.append(self.tabs[2].post(path, chosen).status_code)

    def disconnect(self) -> None:
        tokens, codes = list(self.issued), list(self.codes)
        if not (live := self._live()):
            return
        response = self.tabs[1].post(f"/authorizations/{live.pk}/disconnect")
        self.statuses.append(response.status_code)
        if response.status_code == 302:
            for each in tokens:
                assert factories.Api(each["access_token"]).get("/api/v1/tokeninfo").status_code == 401
                assert flows.refresh(self.application, each["refresh_token"]).status_code == 400
            for code in codes:
                assert flows.exchange(self.application, code).status_code == 400

    def _live(self) -> Authorization | None:
        return Authorization.objects.live().filter(app=self.application.app).first()

    def _note(self, response: Any) -> None:
        self.statuses.append(response.status_code)
        if response.status_code == 200:
            self.issued.append(response.json())


@settings(max_examples=12)
@given(rounds)
def test_no_mix_of_actions_fails_or_outlives_a_disconnect(mixes):
    mix = Mix(factories.make_app(public=True, scopes=["tasks", "notifications"]), factories.make_user())
    for names in mixes:
        actions = [getattr(mix, name) for name in names]
        assert threads.at_once(*actions) == [None] * len(actions), names
    assert max(mix.statuses) < 500, mix.statuses
