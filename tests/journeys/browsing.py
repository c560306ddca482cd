"""What the journeys in a browser share: signing in by the mailed code, and an app that people return to."""

import re
import time
from collections.abc import Callable
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import requests
from django.core import mail

SECONDS = 10


def until(found: Callable[[], Any], what: str) -> Any:
    """Return what `found` returns as soon as it is something; fail when it stays nothing."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if value := found():
            return value
        time.sleep(0.05)
    raise AssertionError(f"{what} did not come within {SECONDS} s")


def code_mailed_to(email: str) -> str:
    """Return the code of the newest mail to `email`; it has a line of its own."""

    def newest() -> str | None:
        for message in reversed(mail.outbox):
            if message.to == [email] and (codes := re.findall(r"^\d{6}$", str(message.body), re.MULTILINE)):
                return str(codes[0])
        return None

    return str(until(newest, f"a code for {email}"))


def enter_address_and_code(page: Any, email: str) -> None:
    """Go through the sign-in pages, the first of which is open."""
    mail.outbox.clear()
    page.get_by_label("Email address").fill(email)
    page.get_by_role("button", name="Send me a code").click()
    page.get_by_role("heading", name="Check your email").wait_for()
    page.get_by_label("Code").fill(code_mailed_to(email))
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.wait_for_url(lambda url: "/users/sign_in" not in url)


def sign_in(page: Any, base_url: str, email: str) -> None:
    """Sign in from the landing page."""
    page.goto(base_url)
    page.get_by_role("banner").get_by_role("link", name="Sign in").click()
    enter_address_and_code(page, email)


class OtherApp:
    """An app on another server: a page with the button, and the address to which people return."""

    def __init__(self, base_url: str) -> None:
        self.base_url = base_url
        self.client_id = self.client_secret = self.connect_url = ""
        self.returned: list[dict[str, str]] = []
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        self.redirect_uri = f"{self.url}/auth/myusa/callback"
        Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self.server.shutdown()
        self.server.server_close()

    def token(self) -> dict[str, Any]:
        """Exchange the code that the last person brought."""
        form = {"grant_type": "authorization_code", "code": self.returned[-1]["code"]}
        response = requests.post(
            f"{self.base_url}/oauth/token", data=form, auth=(self.client_id, self.client_secret), timeout=SECONDS
        )
        assert response.status_code == 200, response.text
        return dict(response.json())

    def call(self, method: str, path: str, token: str, body: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {token}"}
        return requests.request(method, self.base_url + path, json=body, headers=headers, timeout=SECONDS)

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        app = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                address = urlsplit(self.path)
                if address.path == "/auth/myusa/callback":
                    app.returned.append({name: values[0] for name, values in parse_qs(address.query).items()})
                    self._answer(200, "<h1>Welcome back</h1>")
                elif address.path == "/":
                    self._answer(200, f'<h1>An app</h1><a href="{app.connect_url}">Connect with MyUSA</a>')
                else:
                    self._answer(204, "")

            def _answer(self, status: int, text: str) -> None:
                self.send_response(status)
                self.send_header("Content-Type", "text/html; charset=utf-8")
                self.end_headers()
                self.wfile.write(text.encode())

            def log_message(self, *args: Any) -> None:
                pass

        return Handler
