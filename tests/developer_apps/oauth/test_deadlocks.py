"""Allow, Disconnect and their kind beside everything else that happens to a connection at the same moment, on PostgreSQL."""

import random
import time
from collections.abc import Callable
from threading import Event, Thread

import pytest
from django.db import OperationalError, connection, connections, transaction

from accounts.models import User
from developer_apps.models import Authorization, RefreshToken
from tests import factories, threads
from tests.developer_apps import flows

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]

AUTHORIZATIONS, REFRESH_TOKENS, PEOPLE = (model._meta.db_table for model in (Authorization, RefreshToken, User))


def lock(table: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f'SELECT 1 FROM "{table}" FOR UPDATE')


def someone_waits() -> bool:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM pg_locks WHERE NOT granted AND pid <> pg_backend_pid()")
        return cursor.fetchone()[0] > 0


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
                while not someone_waits() and time.monotonic() < end:
                    time.sleep(0.02)
                lock(self.tables[1])
        except OperationalError as error:
            self.error = error
        finally:
            self.holds.set()
            connections.close_all()


def beside_wrong_order(first: str, second: str, action: Callable[[], object]) -> object:
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
    response = beside_wrong_order(REFRESH_TOKENS, AUTHORIZATIONS, press)
    assert response.status_code == 302
    assert not Authorization.objects.live().exists()
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401


def test_allow_survives_a_deadlock(browser, public_application, connected):
    public_application.app.scopes += " notifications"
    press = lambda: flows.allow(browser, flows.authorize_url(public_application, prompt="consent"), ["tasks"])  # noqa: E731
    response = beside_wrong_order(PEOPLE, AUTHORIZATIONS, press)
    assert response.status_code == 302
    assert "code" in flows.query_of(response)


def test_changed_permissions_survive_a_deadlock(browser, connected):
    press = lambda: browser.post(f"/authorizations/{connected.pk}", {"scopes": ["tasks"]})  # noqa: E731
    response = beside_wrong_order(PEOPLE, AUTHORIZATIONS, press)
    assert response.status_code == 302
    assert Authorization.objects.get().scope_list == ["tasks"]


def test_revocation_survives_a_deadlock(public_application, tokens, connected, api):
    press = lambda: factories.Api("").post("/oauth/revoke", {"token": tokens["refresh_token"]})  # noqa: E731
    response = beside_wrong_order(REFRESH_TOKENS, AUTHORIZATIONS, press)
    assert response.status_code == 200
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401


@pytest.mark.parametrize("seed", range(5))
def test_no_mix_of_actions_fails_or_outlives_a_disconnect(browser, citizen, public_application, sign_in, api, seed):
    choose = random.Random(seed)
    tabs = [sign_in(citizen) for _number in range(3)]
    issued: list[dict[str, str]] = []
    statuses: list[int] = []

    def exchange(code: str) -> None:
        response = flows.exchange(public_application, code)
        statuses.append(response.status_code)
        if response.status_code == 200:
            issued.append(response.json())

    exchange(flows.code_for(browser, public_application))

    def allow() -> None:
        url = flows.authorize_url(public_application, prompt="consent")
        response = flows.allow(tabs[0], url, choose.sample(public_application.app.scope_list, 2))
        statuses.append(response.status_code)
        exchange(flows.query_of(response)["code"])

    def refresh() -> None:
        response = flows.refresh(public_application, choose.choice(issued)["refresh_token"])
        statuses.append(response.status_code)
        if response.status_code == 200:
            issued.append(response.json())

    def revoke() -> None:
        response = factories.Api("").post("/oauth/revoke", {"token": choose.choice(issued)["refresh_token"]})
        statuses.append(response.status_code)

    def disconnect() -> None:
        live = Authorization.objects.live().first()
        if live is None:
            return
        earlier = list(issued)
        response = tabs[1].post(f"/authorizations/{live.pk}/disconnect")
        statuses.append(response.status_code)
        if response.status_code == 302:
            assert [api(each["access_token"]).get("/api/v1/tokeninfo").status_code for each in earlier] == [401] * len(
                earlier
            )

    actions = [allow, refresh, refresh, revoke, disconnect, allow]
    for _round in range(3):
        results = threads.at_once(*choose.sample(actions, len(actions)))
        assert results == [None] * len(actions)
    assert max(statuses) < 500
