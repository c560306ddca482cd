"""A refresh whose response was lost: the same request gets the same tokens for 30 seconds, and nothing else does."""

import datetime
from typing import Any

import pytest
import time_machine

from developer_apps.models import AccessToken, Authorization, RefreshKey, RefreshToken
from developer_apps.oauth import repeats
from tests.developer_apps import flows
from tests.security import database
from tests.threads import at_once

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def new_process():
    """Forget the keys of other tests, whose rows are gone."""
    repeats.key_of.cache_clear()


@pytest.fixture
def first(tokens):
    return tokens["refresh_token"]


def is_dead(api: Any, application: Any, *tokens: dict[str, Any]) -> bool:
    """Whether none of the token pairs works; the refresh tokens count as replayed after that."""
    works = [api(each["access_token"]).get("/api/v1/tokeninfo").status_code == 200 for each in tokens]
    return not any(works) and not RefreshToken.objects.filter(revoked=None).exists()


@pytest.mark.parametrize("seconds", [0, 1, 29])
def test_repetition_in_time_gets_the_same_tokens(public_application, first, api, seconds):
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False) as clock:
        once = flows.refresh(public_application, first).json()
        clock.shift(seconds)
        again = flows.refresh(public_application, first)
        assert again.status_code == 200
        assert again.json() == {**once, "expires_in": once["expires_in"] - seconds}
        assert api(once["access_token"]).get("/api/v1/tokeninfo").status_code == 200
        assert RefreshToken.objects.filter(revoked=None).count() == 1
        assert flows.refresh(public_application, once["refresh_token"]).status_code == 200


def test_repetition_after_the_grace_is_a_replay(public_application, first, api):
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False) as clock:
        once = flows.refresh(public_application, first).json()
        clock.shift(31)
        again = flows.refresh(public_application, first)
        assert (again.status_code, again.json()["error"]) == (400, "invalid_grant")
        assert is_dead(api, public_application, once)


def test_grace_ends_when_the_new_refresh_token_is_used(public_application, first, api):
    once = flows.refresh(public_application, first).json()
    twice = flows.refresh(public_application, once["refresh_token"]).json()
    assert flows.refresh(public_application, first).json()["error"] == "invalid_grant"
    assert is_dead(api, public_application, once, twice)


def test_public_client_gets_no_grace(browser, make_app, api):
    spa = make_app(client_type="public", public=True, scopes=["tasks"])
    code = flows.code_for(browser, spa, ["tasks"], **flows.PKCE)
    first = flows.exchange(spa, code, code_verifier=flows.VERIFIER).json()["refresh_token"]
    once = flows.refresh(spa, first).json()
    assert flows.refresh(spa, first).json()["error"] == "invalid_grant"
    assert is_dead(api, spa, once)


def test_request_for_another_scope_is_a_replay(public_application, first, api):
    once = flows.refresh(public_application, first, scope="tasks").json()
    assert flows.refresh(public_application, first, scope="tasks").json()["refresh_token"] == once["refresh_token"]
    assert flows.refresh(public_application, first, scope="tasks notifications").json()["error"] == "invalid_grant"
    assert is_dead(api, public_application, once)


def test_another_client_gets_nothing_and_revokes_nothing(public_application, make_app, first, api):
    once = flows.refresh(public_application, first).json()
    assert flows.refresh(make_app(public=True), first).json()["error"] == "invalid_grant"
    wrong = flows.refresh(public_application, first, client_secret="wrong")
    assert (wrong.status_code, wrong.json()["error"]) == (401, "invalid_client")
    assert api(once["access_token"]).get("/api/v1/tokeninfo").status_code == 200


@pytest.mark.parametrize("end", ["disconnect", "block", "deactivate", "revoke access token", "revoke refresh token"])
def test_nothing_is_given_after_an_end(public_application, citizen, staff, first, api, browser, end):
    once = flows.refresh(public_application, first).json()
    if end == "disconnect":
        Authorization.objects.get().disconnect(by=citizen)
    elif end == "block":
        public_application.app.block(by=staff, reason="Abuse")
    elif end == "deactivate":
        citizen.is_active = False
        citizen.save()
    else:
        name = end.removeprefix("revoke ").replace(" ", "_")
        browser.post("/oauth/revoke", {"token": once[name]})
    again = flows.refresh(public_application, first)
    assert again.status_code == (401 if end == "block" else 400)
    assert "access_token" not in again.json()
    assert api(once["access_token"]).get("/api/v1/tokeninfo").status_code == 401


def test_code_keeps_its_one_use(public_application, browser, api):
    code = flows.code_for(browser, public_application)
    once = flows.exchange(public_application, code).json()
    assert flows.exchange(public_application, code).json()["error"] == "invalid_grant"
    assert is_dead(api, public_application, once)


def test_database_alone_reveals_no_token(public_application, first):
    once = flows.refresh(public_application, first).json()
    dump = "\n".join(row for _table, row in database.rows())
    for token in (first, once["access_token"], once["refresh_token"]):
        assert token not in dump
    (key,) = RefreshKey.objects.values_list("key", flat=True)
    assert key in dump


def test_keys_are_deleted_when_nothing_can_be_repeated(public_application, first):
    with time_machine.travel(datetime.datetime.now(datetime.UTC), tick=False) as clock:
        flows.refresh(public_application, first)
        assert repeats.forget_old() == 0
        clock.shift(121)
        assert repeats.forget_old() == 1
    assert not RefreshKey.objects.exists()


@pytest.mark.parametrize("later", [0, 1, 15, 29])
@pytest.mark.parametrize("second", [0, 1, 29, 29.999])
def test_another_process_repeats_whatever_second_it_is(public_application, first, second, later):
    """The processes share the key, and a job that deletes old ones in between takes none that is still needed."""
    minute = datetime.datetime.now(datetime.UTC).replace(second=0, microsecond=0)
    with time_machine.travel(minute + datetime.timedelta(seconds=second), tick=False) as clock:
        once = flows.refresh(public_application, first).json()
        repeats.key_of.cache_clear()
        clock.shift(later)
        repeats.forget_old()
        again = flows.refresh(public_application, first).json()
        assert again["refresh_token"] == once["refresh_token"]


def test_tokens_of_one_chain_are_all_different(public_application, first):
    """Each is derived from its predecessor, so equal inputs never come back."""
    token, seen = first, set()
    for _ in range(5):
        response = flows.refresh(public_application, token).json()
        token = response["refresh_token"]
        seen |= {response["access_token"], token}
    assert len(seen) == 10
    assert all(len(each) == 43 for each in seen)


@pytest.mark.django_db(transaction=True)
def test_equal_refreshes_at_once_get_one_pair(public_application, first, api):
    responses = at_once(*[lambda: flows.refresh(public_application, first)] * 20)
    assert [response.status_code for response in responses] == [200] * 20
    pairs = {(response.json()["access_token"], response.json()["refresh_token"]) for response in responses}
    assert len(pairs) == 1
    assert AccessToken.objects.filter(family=RefreshToken.objects.first().family).count() == 2
    assert RefreshToken.objects.count() == 2
    assert api(pairs.pop()[0]).get("/api/v1/tokeninfo").status_code == 200


@pytest.mark.parametrize("verifier", ["abc", "v" * 42, "v" * 129, "v" * 42 + "!", "v" * 42 + "ü", "v" * 42 + "\n"])
def test_malformed_verifier_is_refused_and_leaves_the_code(browser, make_app, verifier):
    spa = make_app(client_type="public", public=True, scopes=["tasks"])
    code = flows.code_for(browser, spa, ["tasks"], **flows.PKCE)
    refused = flows.exchange(spa, code, code_verifier=verifier)
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_request")
    assert flows.exchange(spa, code, code_verifier=flows.VERIFIER).status_code == 200


def test_used_code_without_its_verifier_ends_no_session(browser, make_app, api):
    spa = make_app(client_type="public", public=True, scopes=["tasks"])
    code = flows.code_for(browser, spa, ["tasks"], **flows.PKCE)
    tokens = flows.exchange(spa, code, code_verifier=flows.VERIFIER).json()
    assert flows.exchange(spa, code, code_verifier="w" * 43).json()["error"] == "invalid_grant"
    assert flows.exchange(spa, code).json()["error"] == "invalid_grant"
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 200
    assert flows.exchange(spa, code, code_verifier=flows.VERIFIER).json()["error"] == "invalid_grant"
    assert is_dead(api, spa, tokens)
