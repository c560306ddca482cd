"""Developers force faults on calls that act for a test user; on anyone else's the header means nothing."""

import threading
import time
from unittest.mock import ANY

import pytest
from django.test import RequestFactory

from developer_apps.access import faults
from myusa.lib.http.errors import Problems
from tests.factories import make_test_user, make_token

PROFILE = "/api/v1/profile"


class ForTestUser:
    is_test_user = True


@pytest.fixture
def tester(team):
    return make_test_user(team)


def request_with(fault):
    return RequestFactory().get("/", headers={faults.HEADER: fault})


@pytest.mark.parametrize(
    ("fault", "status", "code"),
    [
        ("expired_token", 401, "TOKEN_INVALID"),
        ("revoked_token", 401, "TOKEN_INVALID"),
        ("rate_limited", 429, "RATE_LIMITED"),
        ("server_error", 500, "SANDBOX_FAULT"),
        ("nonsense", 400, "SANDBOX_FAULT_UNKNOWN"),
    ],
)
@pytest.mark.parametrize("own_token", [True, False])
def test_fault_is_answered_for_a_test_user(application, tester, api, fault, status, code, own_token):
    token = make_token(application, tester.user if own_token else None)

    response = api(token).get(PROFILE, X_Sandbox_Fault=fault)

    assert (response.status_code, response.json()["errors"][0]["code"]) == (status, code)
    told = [response.get(name) for name in ("Retry-After", "RateLimit-Reset", "RateLimit-Remaining")]
    assert told == (["5", "5", "0"] if status == 429 else [None, ANY, ANY])
    assert ("WWW-Authenticate" in response) is (status == 401)


@pytest.mark.parametrize("fault", [*faults.DESCRIPTIONS, "nonsense"])
def test_fault_header_means_nothing_for_a_person(application, developer, api, settings, fault):
    settings.SANDBOX_SLOW_SECONDS = 20
    started = time.monotonic()

    response = api(make_token(application, developer)).get(PROFILE, X_Sandbox_Fault=fault)

    assert response.status_code == 200
    assert time.monotonic() - started < 10


def test_slow_call_waits_and_is_answered(application, tester, api, settings):
    settings.SANDBOX_SLOW_SECONDS = 0.3
    started = time.monotonic()

    response = api(make_token(application)).get(PROFILE, X_Sandbox_Fault="slow")

    assert response.status_code == 200
    assert time.monotonic() - started >= 0.3


def test_slow_calls_cannot_occupy_a_process(settings):
    settings.SANDBOX_SLOW_SECONDS = 0.5
    answers = []

    def call():
        try:
            faults.apply(request_with("slow"), ForTestUser())
            answers.append(200)
        except Problems as problems:
            answers.append(problems.status)

    threads = [threading.Thread(target=call) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert sorted(answers) == [200, 200, 429, 429]
