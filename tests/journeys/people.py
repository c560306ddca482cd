"""A person at a browser, as far as a client library needs one: signed in, and answering the consent page."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.conf import settings
from django.test import Client as Browser

from accounts.models import User
from tests.factories import sign_in


class Person:
    """Holds a session over HTTP."""

    def __init__(self, user: User, base_url: str) -> None:
        self.base_url = base_url
        self.http = requests.Session()
        session = sign_in(Browser(), user).cookies[settings.SESSION_COOKIE_NAME]
        self.http.cookies.set(settings.SESSION_COOKIE_NAME, session.value)

    def allow(self, url: str, scopes: list[str] | None = None) -> str:
        """Open an authorization URL, allow what it asks for (or `scopes`), and return where the app is sent."""
        response = self.http.get(url, allow_redirects=False)
        if response.status_code == 302:
            if urlsplit(response.headers["Location"]).path != "/oauth/authorize":
                return response.headers["Location"]
            url = self.base_url + response.headers["Location"]
            response = self.http.get(url, allow_redirects=False)
        assert response.status_code == 200, response.text[:500]
        offered = re.findall(r'name="scopes"[^>]*value="([^"]+)"', response.text)
        token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', response.text)
        assert token
        response = self.http.post(
            url,
            {"csrfmiddlewaretoken": token[1], "action": "allow", "scopes": offered if scopes is None else scopes},
            headers={"Referer": url},
            allow_redirects=False,
        )
        assert response.status_code == 302, response.text[:500]
        return response.headers["Location"]


def query(url: str) -> dict[str, Any]:
    """Return the parameters of an address."""
    return {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}
