"""Signing out, and the redirect back to an app."""

import pytest

from accounts import destinations
from tests.accounts.codes import is_signed_in

pytestmark = pytest.mark.django_db
HOSTS = {"example.org", "app.example.gov", "localhost", "127.0.0.1"}

ALLOWED = [
    "https://example.org",
    "https://example.org/",
    "http://example.org/page?a=b#c",
    "https://www.example.org/page",
    "https://a.b.example.org",
    "HTTPS://EXAMPLE.ORG/Path",
    "https://example.org:8443/x",
    "https://app.example.gov/bye",
    "http://localhost:3000/",
    "http://127.0.0.1:3000/",
    "https://example.org?x=1",
    "https://example.org/https://evil.test",
]
REFUSED = [
    "",
    "/profile",
    "//example.org",
    "///example.org",
    "https:example.org",
    "https:/example.org",
    "https:///example.org",
    "https://evil.test",
    "https://evil.test/example.org",
    "https://evil.test/?https://example.org",
    "https://evil.test#.example.org",
    "https://evilexample.org",
    "https://example.org.evil.test",
    "https://example.orgevil.test",
    "https://example.org@evil.test",
    "https://example.org:pass@evil.test",
    "https://user@example.org",
    "https://example.org:443@evil.test",
    "https://evil.test\\@example.org",
    "https://example.org\\.evil.test",
    "https:\\\\example.org",
    "https://example.org\\evil.test",
    "https://example.org\r\nLocation: https://evil.test",
    "https://example.org\x00.evil.test",
    "https://example.org\t",
    " https://example.org",
    "\thttps://example.org",
    "https://exa\nmple.org",
    "https://example.org%2eevil.test",
    "https://example.org%00.evil.test",
    "https://evil.test%2f.example.org",
    "https://evil.test%23.example.org",
    "https://evil.test;.example.org",
    "https://example.org:",
    "https://example.org:port/",
    "https://example.org:999999/",
    "https://example.org:65536/",
    "https://example.org.",
    "https://.example.org",
    "https://-example.org",
    "https://ex ample.org",
    "https://[::1]/",
    "https://[example.org]/",
    "https://[::ffff:127.0.0.1]/",
    "https://example。org",
    "https://ｅxample.org",
    "https://exämple.org",
    "https://example.org／evil.test",
    "https://evil.test／.example.org",
    "https://evil.test℀.example.org",
    "http://1.127.0.0.1/",
    "http://evil.localhost/",
    "javascript:alert(1)//example.org",
    "javascript://example.org/%0aalert(1)",
    "data:text/html,example.org",
    "ftp://example.org/",
    "urn:ietf:wg:oauth:2.0:oob",
    "https://",
    "http",
    "https://" + "a" * 9000 + ".example.org",
]


@pytest.fixture
def hosts(contribute):
    contribute(sign_out_hosts=lambda user: HOSTS)


def test_signing_out_ends_the_session_and_goes_home(sign_in, citizen):
    browser = sign_in(citizen)

    answer = browser.get("/users/sign_out")

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not is_signed_in(browser)


@pytest.mark.parametrize("url", ALLOWED)
def test_continue_leads_to_the_host_of_a_connected_app(sign_in, citizen, hosts, url):
    answer = sign_in(citizen).get("/users/sign_out", {"continue": url})

    assert (answer.status_code, answer["Location"]) == (302, url)


@pytest.mark.parametrize("url", REFUSED)
def test_continue_leads_nowhere_else(sign_in, citizen, hosts, url):
    browser = sign_in(citizen)

    answer = browser.get("/users/sign_out", {"continue": url})

    assert (answer.status_code, answer["Location"]) == (302, "/")
    assert not is_signed_in(browser)


def test_continue_of_no_one_leads_home(anonymous, hosts):
    assert anonymous.get("/users/sign_out", {"continue": "https://example.org"})["Location"] == "/"


def test_international_name_of_an_app_is_compared_as_browsers_send_it():
    assert destinations.is_among("https://www.xn--exmple-cua.org/", {"exämple.org"})
    assert not destinations.is_among("https://xn--exmple-cua.org/", {"example.org"})


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.test/",
        "//evil.test/",
        "///evil.test/",
        "/\\evil.test/",
        "\\\\evil.test",
        "/\t/evil.test",
        "/\n/evil.test",
        "javascript:alert(1)",
        "evil.test",
        "http:///evil.test",
        "/profile\r\nSet-Cookie: a=b",
        "/\x00/evil.test",
        "/／evil.test",
        "http://testserver/profile",
        "/users/sign_out",
        "",
    ],
)
def test_signing_in_leads_to_paths_of_this_site_only(sign_in, citizen, path):
    answer = sign_in(citizen).get("/users/sign_in", {"next": path})

    assert (answer.status_code, answer["Location"]) == (302, "/")


def test_person_can_switch_to_another_account(sign_in, citizen):
    browser = sign_in(citizen)

    answer = browser.post("/users/switch", {"next": "/oauth/authorize?client_id=x"})

    assert answer["Location"] == "/users/sign_in?next=%2Foauth%2Fauthorize%3Fclient_id%3Dx"
    assert not is_signed_in(browser)
    assert browser.get("/users/switch").status_code == 405


def test_person_is_told_that_they_are_signed_out(sign_in, citizen, anonymous):
    assert "You are signed out." in sign_in(citizen).get("/users/sign_out", follow=True).content.decode()
    assert "You are signed out." not in anonymous.get("/users/sign_out", follow=True).content.decode()
