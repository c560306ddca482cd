"""Over https, cookies are this host's alone, and HSTS binds no other host unless a setting says so."""

import json
import subprocess
import sys

import pytest
from django.http import HttpResponse
from django.test import RequestFactory

from accounts import known_browsers
from tests import processes

SCRIPT = """
import json
from myusa import settings as own
names = ("SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME", "SECURE_HSTS_INCLUDE_SUBDOMAINS", "SECURE_HSTS_PRELOAD")
print(json.dumps([getattr(own, name) for name in names]))
"""


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({"BASE_URL": "https://my.agency.gov"}, ["__Host-sessionid", "__Host-csrftoken", False, False]),
        ({"BASE_URL": "http://127.0.0.1:8000"}, ["sessionid", "csrftoken", False, False]),
        (
            {"SECURE_HSTS_INCLUDE_SUBDOMAINS": "true", "SECURE_HSTS_PRELOAD": "true"},
            ["sessionid", "csrftoken", True, True],
        ),
    ],
)
def test_names_and_headers_follow_the_environment(environment, expected):
    printed = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        cwd=processes.ROOT,
        env=processes.clean_environment(**environment),
        capture_output=True,
        text=True,
        check=True,
    )
    assert json.loads(printed.stdout) == expected


def test_browser_that_is_known_keeps_a_cookie_of_this_host(settings):
    settings.SESSION_COOKIE_SECURE = True
    response = HttpResponse()
    known_browsers.remember(RequestFactory().get("/"), response, "citizen@example.gov")
    (cookie,) = response.cookies.values()
    assert (cookie.key, cookie["secure"], cookie["path"], cookie["domain"]) == ("__Host-known_browser", True, "/", "")
