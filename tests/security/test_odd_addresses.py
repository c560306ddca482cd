"""Whatever numbers, dates and characters a path holds, no page fails, and no page names a host that is not ours."""

import re
from urllib.parse import quote

import pytest
from django.test import Client as Browser

from tests.security import routes

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
ODD = {
    "a NUL": "\x00",
    "a huge number": "9" * 40,
    "a number just out of range": str(2**63),
    "a negative number": "-1",
    "a digit that is no number": "²",
    "the first day": "0001-01-01",
    "the last moment": "9999-12-31T23:59:59-12:00",
    "a list": "[]",
    "a percent sign": "%",
    "a line break": "x\r\nSet-Cookie: a=b",
    "an override": "\u202e<script>",
    "a long text": "x" * 50,
}
# Bytes that are no UTF-8, and a lone surrogate.
RAW = {"broken bytes": "%ff%fe", "a lone surrogate": "%ed%a0%80", "an overlong slash": "%c0%af"}


def test_parts_of_addresses(world, developer, sign_in):
    browser, wrong = sign_in(developer), []
    browser.raise_request_exception = False
    for route in [*routes.pages(), *routes.apis()]:
        for value in (
            [*(quote(each[:200], safe="") for each in ODD.values()), *RAW.values()] if route.parameters else []
        ):
            address = re.sub(r"<(?:\w+:)?\w+>", lambda _: value, "/" + route.template)  # noqa: B023
            status = browser.get(address).status_code
            if status >= 500:
                wrong.append(f"{address[:120]}: {status}")
    assert wrong == []


@pytest.mark.parametrize("host", ["evil.example", "testserver@evil.example", "testserver.evil.example"])
def test_hosts_that_are_not_ours_are_named_nowhere(settings, host):
    settings.ALLOWED_HOSTS = ["testserver"]
    for path in ("/", "/status.atom", "/llms.txt", "/developer/changelog.atom", "/status.json", "/users/sign_in"):
        for headers in ({"Host": host}, {"X-Forwarded-Host": host}, {"Forwarded": f"host={host}"}):
            response = Browser().get(path, headers=headers)
            shown = b"".join(response) + str(response.headers).encode()
            assert response.status_code < 500, (path, headers)
            assert host.encode() not in shown, (path, headers)


@pytest.mark.parametrize("path", ["/developer/changelog", "/developer/changelog.atom", "/developer/changelog.md"])
@pytest.mark.parametrize("product", ["%00", "tasks%00", "none", "x" * 3000])
def test_changelog_of_a_product_that_is_none(anonymous, path, product):
    assert anonymous.get(f"{path}?product={product}").status_code == 404
