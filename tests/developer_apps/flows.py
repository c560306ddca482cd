"""Walk OAuth's flows as a browser and an app would: consent as `user`, exchange as the app."""

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

from django.test import Client as Browser

from tests.factories import Application

VERIFIER = "verifier-" + "v" * 40
CHALLENGE = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
PKCE = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}


def authorize_url(application: Application, **parameters: str) -> str:
    query = {"response_type": "code", "client_id": application.client_id, "redirect_uri": application.redirect_uri}
    return "/oauth/authorize?" + urlencode(
        {name: value for name, value in {**query, **parameters}.items() if value is not None}
    )


def allow(browser: Browser, url: str, scopes: list[str], **fields: Any) -> Any:
    """Answer the consent page with the given scopes ticked."""
    return browser.post(url, {"action": "allow", "scopes": scopes, **fields})


def query_of(response: Any) -> dict[str, str]:
    """Return the parameters of a redirect."""
    return {name: values[0] for name, values in parse_qs(urlsplit(response["Location"]).query).items()}


def code_for(browser: Browser, application: Application, scopes: list[str] | None = None, **parameters: str) -> str:
    """Let the person in `browser` consent and return the code."""
    url = authorize_url(application, **parameters)
    response = browser.get(url)
    if response.status_code == 200:
        response = allow(browser, url, application.app.scope_list if scopes is None else scopes)
    assert response.status_code == 302, response.content.decode()[:500]
    return query_of(response)["code"]


def exchange(application: Application, code: str, path: str = "/oauth/token", **changes: str | None) -> Any:
    body = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": application.redirect_uri,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        **changes,
    }
    return Browser().post(path, {name: value for name, value in body.items() if value is not None and value != ""})


def refresh(application: Application, refresh_token: str, **changes: str) -> Any:
    body = {
        "grant_type": "refresh_token",
        "refresh_token": refresh_token,
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        **changes,
    }
    return Browser().post("/oauth/token", body)


def client_credentials(application: Application, **changes: str) -> Any:
    body = {
        "grant_type": "client_credentials",
        "client_id": application.client_id,
        "client_secret": application.client_secret,
        **changes,
    }
    return Browser().post("/oauth/token", body)
