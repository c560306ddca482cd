"""OAuth clients that others wrote: Authlib, requests-oauthlib, passport-oauth2, simple-oauth2, omniauth-myusa's requests."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import requests
from authlib.integrations.requests_client import OAuth2Session as AuthlibSession
from requests_oauthlib import OAuth2Session

from developer_apps.models.clients import Client
from tests import factories, programs
from tests.journeys.people import Person, query

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.services]
CALLBACK = "http://127.0.0.1:9/auth/myusa/callback"
NODE = Path(__file__).parent / "node"


@pytest.fixture
def client_app(developer):
    return factories.make_app(developer, redirect_uris=[CALLBACK], public=True)


@pytest.fixture
def person(citizen, base_url):
    return Person(citizen, base_url)


@pytest.fixture
def node():
    """Return the path of node; the clients' packages are installed as their lock file says."""
    return programs.node(NODE)


@pytest.fixture(autouse=True)
def _loopback_http(monkeypatch):
    monkeypatch.setenv("OAUTHLIB_INSECURE_TRANSPORT", "1")
    monkeypatch.setenv("AUTHLIB_INSECURE_TRANSPORT", "1")


def tokeninfo(base_url: str, token: str) -> requests.Response:
    return requests.get(f"{base_url}/api/v1/tokeninfo", headers={"Authorization": f"Bearer {token}"}, timeout=10)


@pytest.mark.parametrize("pkce", [None, "S256"])
@pytest.mark.parametrize("token_path", ["/oauth/token", "/oauth/accesstoken", "/oauth/authorize"])
def test_authlib(base_url, person, client_app, pkce, token_path):
    client = AuthlibSession(
        client_app.client_id,
        client_app.client_secret,
        scope="profile.email tasks",
        redirect_uri=CALLBACK,
        code_challenge_method=pkce,
    )
    verifier = {"code_verifier": "v" * 64} if pkce else {}
    url, state = client.create_authorization_url(f"{base_url}/oauth/authorize", **verifier)
    answer = person.allow(url)
    token = client.fetch_token(base_url + token_path, authorization_response=answer, state=state, **verifier)
    assert token["token_type"] == "bearer"
    profile = client.get(f"{base_url}/api/v1/profile").json()
    assert profile["email"] == "citizen@example.gov"
    refreshed = client.refresh_token(base_url + token_path, token["refresh_token"])
    assert refreshed["access_token"] != token["access_token"]
    client.revoke_token(f"{base_url}/oauth/revoke", refreshed["refresh_token"], token_type_hint="refresh_token")
    assert tokeninfo(base_url, refreshed["access_token"]).status_code == 401


def test_authlib_public_client_with_pkce_and_no_secret(base_url, person, developer):
    spa = factories.make_app(developer, redirect_uris=[CALLBACK], public=True, client_type=Client.CLIENT_PUBLIC)
    client = AuthlibSession(
        spa.client_id,
        None,
        scope="tasks",
        redirect_uri=CALLBACK,
        code_challenge_method="S256",
        token_endpoint_auth_method="none",
    )
    url, state = client.create_authorization_url(f"{base_url}/oauth/authorize", code_verifier="v" * 64)
    token = client.fetch_token(
        f"{base_url}/oauth/token", authorization_response=person.allow(url), state=state, code_verifier="v" * 64
    )
    assert tokeninfo(base_url, token["access_token"]).json()["scopes"] == ["tasks"]


@pytest.mark.parametrize("pkce", [None, "S256"])
def test_requests_oauthlib(base_url, person, client_app, pkce):
    client = OAuth2Session(client_app.client_id, redirect_uri=CALLBACK, scope=["profile.email", "tasks"], pkce=pkce)
    url, _state = client.authorization_url(f"{base_url}/oauth/authorize")
    token = client.fetch_token(
        f"{base_url}/oauth/token", authorization_response=person.allow(url), client_secret=client_app.client_secret
    )
    assert set(token["scope"]) == {"profile.email", "tasks"}
    assert client.get(f"{base_url}/api/profile").json()["email"] == "citizen@example.gov"
    credentials = {"client_id": client_app.client_id, "client_secret": client_app.client_secret}
    refreshed = client.refresh_token(f"{base_url}/oauth/token", **credentials)
    assert tokeninfo(base_url, refreshed["access_token"]).status_code == 200


class Node:
    """A Node script that is fed and read one JSON a line."""

    def __init__(self, program: str, script: str) -> None:
        self.process = subprocess.Popen(
            [program, script],
            cwd=NODE,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env={**os.environ, "NO_PROXY": "*"},
        )

    def ask(self, value: dict[str, Any]) -> dict[str, Any]:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.write(json.dumps(value) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        assert "error" not in answer, answer
        return answer

    def __enter__(self) -> "Node":
        return self

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.communicate()


@pytest.mark.parametrize("pkce", [False, True])
@pytest.mark.parametrize("token_path", ["/oauth/token", "/oauth/authorize"])
def test_passport_oauth2(base_url, person, client_app, node, pkce, token_path):
    options = {
        "base": base_url,
        "clientID": client_app.client_id,
        "clientSecret": client_app.client_secret,
        "callbackURL": CALLBACK,
        "pkce": pkce,
        "tokenPath": token_path,
    }
    with Node(node, "passport.js") as script:
        answer = person.allow(script.ask(options)["authorize"])
        tokens = script.ask({"callback": answer})
    assert tokens["results"]["token_type"] == "bearer"
    assert tokens["refreshToken"]
    assert tokeninfo(base_url, tokens["accessToken"]).json()["scopes"] == ["profile.email", "tasks"]


def test_simple_oauth2(base_url, person, client_app, node):
    options = {
        "base": base_url,
        "clientID": client_app.client_id,
        "clientSecret": client_app.client_secret,
        "callbackURL": CALLBACK,
    }
    with Node(node, "simple.js") as script:
        answer = person.allow(script.ask(options)["authorize"])
        tokens = script.ask({"code": query(answer)["code"]})
    assert tokens["first"]["access_token"] != tokens["second"]["access_token"]
    assert tokeninfo(base_url, tokens["second"]["access_token"]).status_code == 401
    assert tokens["own"]["scope"] == "tasks"


def test_the_requests_of_published_omniauth_myusa(base_url, citizen, person, client_app):
    """omniauth-oauth2 sends these: authorize with state, the token by form post to the same path, `/api/profile`."""
    url = f"{base_url}/oauth/authorize?client_id={client_app.client_id}&redirect_uri={CALLBACK}&response_type=code&scope=profile.email+profile.first_name&state=s"
    answer = query(person.allow(url))
    assert answer["state"] == "s"
    form = {
        "client_id": client_app.client_id,
        "client_secret": client_app.client_secret,
        "code": answer["code"],
        "grant_type": "authorization_code",
        "redirect_uri": CALLBACK,
    }
    response = requests.post(f"{base_url}/oauth/authorize", data=form, timeout=10)
    assert response.status_code == 200, response.text
    assert response.json()["token_type"] == "bearer"
    headers = {"Authorization": f"Bearer {response.json()['access_token']}"}
    profile = requests.get(f"{base_url}/api/profile", headers=headers, timeout=10).json()
    assert profile["uid"] == profile["id"] == str(citizen.uid)
    assert profile["email"] == "citizen@example.gov"
    assert "first_name" in profile
    assert "last_name" not in profile
    info = requests.get(f"{base_url}/api/v1/tokeninfo", headers=headers, timeout=10).json()
    assert info == {
        "resource_owner_id": citizen.pk,
        "scopes": ["profile.email", "profile.first_name"],
        "expires_in_seconds": info["expires_in_seconds"],
        "application": {"uid": client_app.client_id},
    }


def test_the_connect_url_of_the_button(base_url, person, client_app):
    answer = person.allow(f"{base_url}/users/sign_in?client_id={client_app.client_id}")
    assert answer.startswith(f"{CALLBACK}?code=")
    form = {
        "client_id": client_app.client_id,
        "client_secret": client_app.client_secret,
        "code": query(answer)["code"],
        "grant_type": "authorization_code",
    }
    assert requests.post(f"{base_url}/oauth/token", json=form, timeout=10).status_code == 200
