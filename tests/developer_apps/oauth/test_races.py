"""Many at once: of parallel uses of a code or refresh token one wins, none is a 500, and the replays take it all back."""

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Barrier, Event
from typing import Any

import pytest
from django.db import connection, transaction

from developer_apps.models import AccessToken, App, Authorization, RefreshToken
from developer_apps.oauth import families, validator
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db(transaction=True)
AT_ONCE = 50


def in_parallel(call: Callable[[], Any], times: int = AT_ONCE) -> list[Any]:
    """Run `call` in as many threads at the same moment, each with a database connection of its own."""
    start = Barrier(times)

    def run(_number: int) -> Any:
        start.wait()
        try:
            return call()
        finally:
            connection.close()

    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(run, range(times)))


def statuses(responses: list[Any]) -> Counter[int]:
    return Counter(response.status_code for response in responses)


def test_one_code_fifty_times_at_once(citizen, public_application, sign_in, api):
    code = flows.code_for(sign_in(citizen), public_application)
    responses = in_parallel(lambda: flows.exchange(public_application, code))
    assert statuses(responses) == {200: 1, 400: AT_ONCE - 1}
    assert {response.json()["error"] for response in responses if response.status_code == 400} == {"invalid_grant"}
    won = next(response.json() for response in responses if response.status_code == 200)
    assert api(won["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert flows.refresh(public_application, won["refresh_token"]).status_code == 400
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.filter(revoked=None).exists()


def test_one_refresh_token_fifty_times_at_once_without_authentication(citizen, make_app, sign_in, api):
    spa = make_app(client_type="public", public=True)
    code = flows.code_for(sign_in(citizen), spa, **flows.PKCE)
    tokens = flows.exchange(spa, code, code_verifier=flows.VERIFIER).json()
    responses = in_parallel(lambda: flows.refresh(spa, tokens["refresh_token"]))
    assert statuses(responses) == {200: 1, 400: AT_ONCE - 1}
    won = next(response.json() for response in responses if response.status_code == 200)
    assert api(won["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.filter(revoked=None).exists()


@pytest.mark.parametrize("grant", ["code", "refresh token"])
def test_loser_of_a_race_takes_back_what_the_winner_got(citizen, make_app, sign_in, monkeypatch, grant):
    spa = make_app(client_type="public", public=True)
    use = partial(
        flows.exchange, spa, flows.code_for(sign_in(citizen), spa, **flows.PKCE), code_verifier=flows.VERIFIER
    )
    if grant == "refresh token":
        use = partial(flows.refresh, spa, use().json()["refresh_token"])
    make_row, winners = validator.new_token, []

    def let_another_win(*arguments: Any) -> list[Any]:
        monkeypatch.setattr(validator, "new_token", make_row)
        winners.append(use())
        return make_row(*arguments)

    monkeypatch.setattr(validator, "new_token", let_another_win)
    loser = use()
    assert (winners[0].status_code, loser.status_code, loser.json()["error"]) == (200, 400, "invalid_grant")
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.filter(revoked=None).exists()


def test_revocation_takes_what_a_refresh_in_hand_gives(citizen, public_application, sign_in):
    tokens = flows.exchange(public_application, flows.code_for(sign_in(citizen), public_application)).json()
    family = RefreshToken.objects.get().family
    has_claimed = Event()

    def refresh_slowly() -> None:
        with transaction.atomic():
            flows.refresh(public_application, tokens["refresh_token"])
            has_claimed.set()
            time.sleep(0.5)

    def revoke() -> None:
        has_claimed.wait()
        families.revoke(family)

    work = iter([refresh_slowly, revoke])
    in_parallel(lambda: next(work)(), times=2)
    assert RefreshToken.objects.count() == 2
    assert not RefreshToken.objects.filter(revoked=None).exists()
    assert not AccessToken.objects.exists()


def test_chained_refreshes_do_not_outrun_a_replay(citizen, public_application, sign_in):
    tokens = flows.exchange(public_application, flows.code_for(sign_in(citizen), public_application)).json()
    first = tokens["refresh_token"]
    current = flows.refresh(public_application, first).json()["refresh_token"]
    current = flows.refresh(public_application, current).json()["refresh_token"]

    def chain() -> None:
        token = current
        for _step in range(10):
            response = flows.refresh(public_application, token)
            if response.status_code != 200:
                return
            token = response.json()["refresh_token"]

    work = iter([chain, lambda: flows.refresh(public_application, first)])
    in_parallel(lambda: next(work)(), times=2)
    assert not RefreshToken.objects.filter(revoked=None).exists()
    assert not AccessToken.objects.exists()


def test_consent_twice_at_once_is_one_authorization(citizen, public_application, sign_in):
    browsers = [sign_in(citizen) for _number in range(8)]
    url = flows.authorize_url(public_application)
    waiting = iter(browsers)
    responses = in_parallel(lambda: flows.allow(next(waiting), url, ["tasks"]), times=len(browsers))
    assert statuses(responses) == {302: len(browsers)}
    assert Authorization.objects.live().count() == 1


def test_consents_in_several_tabs_at_once_all_count(citizen, public_application, sign_in):
    scopes = public_application.app.scope_list[:8]
    flows.code_for(sign_in(citizen), public_application, [], scope="tasks")
    tabs = iter([(sign_in(citizen), flows.authorize_url(public_application, scope=each), [each]) for each in scopes])
    responses = in_parallel(lambda: flows.allow(*next(tabs)), times=len(scopes))
    assert statuses(responses) == {302: len(scopes)}
    assert Authorization.objects.get().scope_list == sorted(scopes)


def test_app_deleted_while_it_asks_gets_no_500(public_application, monkeypatch):
    make_row = validator.new_token

    def delete_app_first(*arguments: Any) -> list[Any]:
        App.objects.all().delete()
        return make_row(*arguments)

    monkeypatch.setattr(validator, "new_token", delete_app_first)
    response = flows.client_credentials(public_application)
    assert (response.status_code, response.json()["error"]) == (401, "invalid_client")
    assert not AccessToken.objects.exists()
