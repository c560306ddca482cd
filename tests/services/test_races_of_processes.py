"""Many uses of one code or refresh token at once, at the several processes of the shipped web server."""

import json
import sys
import urllib.error
import urllib.parse
import urllib.request
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.conf import settings as django_settings
from django.db import connection

from developer_apps.models import AccessToken, RefreshToken
from tests import processes, programs
from tests.developer_apps import flows
from tests.services.test_traffic_at_shutdown import database_url

pytestmark = [
    pytest.mark.services,
    pytest.mark.postgres,
    pytest.mark.serial,
    pytest.mark.slow,
    pytest.mark.django_db(transaction=True),
]
AT_ONCE, WORKERS, THREADS = 50, 3, 2


@pytest.fixture
def server(tmp_path):
    """The address of gunicorn with several processes on the test's database."""
    port, log = programs.free_port(), tmp_path / "log"
    environment = processes.clean_environment(
        DATABASE_URL=database_url(),
        SECRET_KEY=django_settings.SECRET_KEY,
        ENCRYPTION_KEYS=",".join(django_settings.ENCRYPTION_KEYS),
        DEMO_DIR=str(tmp_path),
        BIND=f"127.0.0.1:{port}",
        WEB_CONCURRENCY=str(WORKERS),
        WEB_THREADS=str(THREADS),
        LOG_LEVEL="INFO",
    )
    with processes.running(sys.executable, "-m", "gunicorn", log=log, environment=environment) as process:
        processes.wait_for_answer(f"http://127.0.0.1:{port}/livez", process, log)
        processes.wait_until(lambda: log.read_text().count("Booting worker") == WORKERS)
        yield f"http://127.0.0.1:{port}"


def post(url, **form):
    request = urllib.request.Request(url, urllib.parse.urlencode(form).encode())
    try:
        with urllib.request.urlopen(request, timeout=60) as response:
            return response.status, json.loads(response.read())
    except urllib.error.HTTPError as refused:
        return refused.code, json.loads(refused.read())


def at_once(url, **form):
    """Send the same form from as many threads; return what came back, the winners first."""
    start = Barrier(AT_ONCE)

    def send(_number):
        start.wait()
        return post(url, **form)

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(send, range(AT_ONCE)), key=lambda each: each[0])


def credentials(application):
    return {"client_id": application.client_id, "client_secret": application.client_secret}


def connections_of_others():
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        return cursor.fetchone()[0]


def assert_that_one_won_and_lost_it_all(responses):
    assert Counter(status for status, _body in responses) == {200: 1, 400: AT_ONCE - 1}
    assert {body["error"] for status, body in responses if status == 400} == {"invalid_grant"}
    assert not AccessToken.objects.exists()
    assert not RefreshToken.objects.filter(revoked=None).exists()


def test_code_gives_tokens_once_and_its_replays_revoke_them(server, citizen, public_application, sign_in, api):
    code = flows.code_for(sign_in(citizen), public_application)
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": public_application.redirect_uri}
    responses = at_once(f"{server}/oauth/token", **form, **credentials(public_application))
    assert_that_one_won_and_lost_it_all(responses)
    assert connections_of_others() > THREADS + 1, "more than one process has: a thread each, and one that records calls"
    tokens = responses[0][1]
    assert api(tokens["access_token"]).get("/api/v1/tokeninfo").status_code == 401
    form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
    assert post(f"{server}/oauth/token", **form, **credentials(public_application))[1]["error"] == "invalid_grant"


def test_refresh_token_of_a_client_without_secret_too(server, citizen, make_app, sign_in):
    spa = make_app(client_type="public", public=True)
    code = flows.code_for(sign_in(citizen), spa, **flows.PKCE)
    first = flows.exchange(spa, code, code_verifier=flows.VERIFIER).json()["refresh_token"]
    form = {"grant_type": "refresh_token", "refresh_token": first, "client_id": spa.client_id}
    assert_that_one_won_and_lost_it_all(at_once(f"{server}/oauth/token", **form))


def test_client_that_authenticates_gets_one_pair_from_every_process(server, citizen, public_application, sign_in, api):
    first = flows.exchange(public_application, flows.code_for(sign_in(citizen), public_application)).json()
    form = {"grant_type": "refresh_token", "refresh_token": first["refresh_token"]}
    responses = at_once(f"{server}/oauth/token", **form, **credentials(public_application))
    assert {status for status, _body in responses} == {200}
    (pair,) = {(body["access_token"], body["refresh_token"]) for _status, body in responses}
    assert api(pair[0]).get("/api/v1/tokeninfo").status_code == 200
    assert RefreshToken.objects.filter(revoked=None).count() == 1
