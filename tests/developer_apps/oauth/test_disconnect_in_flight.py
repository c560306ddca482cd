"""A sign-in that was under way when the person pressed Disconnect does not connect the app again, on PostgreSQL.

The sign-in is stopped at one point, Disconnect is pressed on a connection of its own, and the sign-in goes on.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connections, transaction

from developer_apps.models import AccessToken, Authorization, RefreshToken
from developer_apps.oauth import backend, consent
from tests import threads
from tests.developer_apps import flows
from tests.processes import wait_until

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.postgres]


@pytest.fixture
def connected(browser, public_application, tokens):
    return Authorization.objects.get()


@pytest.fixture
def press_disconnect(connected, citizen, sign_in):
    """Press the button in another tab, in a thread, and wait for the response."""
    tab = sign_in(citizen)

    def press() -> None:
        def post() -> int:
            try:
                return tab.post(f"/authorizations/{connected.pk}/disconnect").status_code
            finally:
                connections.close_all()

        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(post).result(20) == 302

    return press


def before(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str, action: Callable[[], None]) -> None:
    """Run `action` once, right before the function `name` of `owner` is called."""
    original, done = getattr(owner, name), []

    def stopped(*args: Any, **kwargs: Any) -> Any:
        if not done:
            done.append(True)
            action()
        return original(*args, **kwargs)

    monkeypatch.setattr(owner, name, stopped)


def assert_disconnected() -> None:
    assert not Authorization.objects.live().exists()
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.exists()


def test_a_sign_in_that_found_the_connection_asks_again(browser, public_application, press_disconnect, monkeypatch):
    before(monkeypatch, consent, "answer", press_disconnect)
    response = browser.get(flows.authorize_url(public_application))
    assert response.status_code == 200
    assert "Share and continue" in response.content.decode()
    assert_disconnected()


def test_a_sign_in_without_a_page_is_told_to_ask(browser, public_application, press_disconnect, monkeypatch):
    before(monkeypatch, consent, "answer", press_disconnect)
    response = browser.get(flows.authorize_url(public_application, prompt="none"))
    assert flows.query_of(response)["error"] == "consent_required"
    assert_disconnected()


def test_a_code_that_is_stored_after_the_disconnect_gives_no_tokens(
    browser, public_application, press_disconnect, monkeypatch
):
    before(monkeypatch, backend.backend(), "address_with_code", press_disconnect)
    response = browser.get(flows.authorize_url(public_application))
    code = flows.query_of(response).get("code")
    if code:
        exchanged = flows.exchange(public_application, code)
        assert (exchanged.status_code, exchanged.json()["error"]) == (400, "invalid_grant")
    assert_disconnected()


def test_a_code_from_before_the_disconnect_gives_no_tokens(browser, public_application, press_disconnect):
    code = flows.code_for(browser, public_application)
    press_disconnect()
    assert flows.exchange(public_application, code).json()["error"] == "invalid_grant"
    assert_disconnected()


@pytest.mark.parametrize("grant", ["code", "refresh token"])
def test_an_exchange_that_waits_for_the_disconnect_gives_no_tokens(
    browser, citizen, public_application, connected, tokens, grant
):
    code = flows.code_for(browser, public_application)

    def exchange() -> Any:
        try:
            if grant == "code":
                return flows.exchange(public_application, code)
            return flows.refresh(public_application, tokens["refresh_token"])
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with transaction.atomic():
            connected.disconnect(by=citizen)
            waiting = pool.submit(exchange)
            wait_until(lambda: waiting.done() or threads.someone_waits())
        response = waiting.result(20)
    assert (response.status_code, response.json()["error"]) == (400, "invalid_grant")
    assert_disconnected()
