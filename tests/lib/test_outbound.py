"""Fetching addresses that people typed: public addresses only, whatever a name resolves to and wherever it redirects."""

import http.server
import ipaddress
import socket
import threading
import time
from urllib.parse import urlsplit

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from myusa.lib.http import outbound

PUBLIC = "93.184.215.14"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "0.0.0.0",
        "255.255.255.255",
        "224.0.0.1",
        "192.0.2.1",
        "::1",
        "::",
        "fe80::1",
        "fd00::1",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "::ffff:127.0.0.1",
        "::ffff:10.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b::a9fe:a9fe",
        "2002:7f00:1::",
        "2002:c0a8:101::",
    ],
)
def test_private_addresses_are_not_public(address):
    assert not outbound.is_public(ipaddress.ip_address(address))


@pytest.mark.parametrize("address", [PUBLIC, "2606:2800:21f:cb07:6820:80da:af6b:8b2c", "::ffff:93.184.215.14"])
def test_public_addresses_are_public(address):
    assert outbound.is_public(ipaddress.ip_address(address))


@given(st.ip_addresses(v=4))
def test_an_address_inside_an_ipv6_one_is_judged_by_itself(address):
    number = int(address)
    wrapped = [
        ipaddress.IPv6Address((0xFFFF << 32) | number),
        ipaddress.IPv6Address((0x0064FF9B << 96) | number),
        ipaddress.IPv6Address((0x2002 << 112) | (number << 80)),
    ]
    for each in wrapped:
        assert outbound.is_public(each) == outbound.is_public(address)


def resolving(monkeypatch, *addresses):
    """Let every name resolve to these addresses; return the names that were asked for."""
    asked = []

    def resolve(host, *rest, **more):
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (each, 0)) for each in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    return asked


@pytest.mark.parametrize("addresses", [["10.0.0.1"], [PUBLIC, "127.0.0.1"], ["::1"], ["fe80::1%eth0"], []])
def test_a_name_with_any_private_address_is_refused(monkeypatch, addresses):
    resolving(monkeypatch, *addresses)
    with pytest.raises(outbound.Refused, match="on the public internet"):
        outbound.fetch("https://agency.example/privacy")


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1/",
        "http://[::1]/",
        "http://localhost/",
        "http://2130706433/",
        "http://0x7f.1/",
        "http://127.1/",
    ],
)
def test_addresses_of_this_machine_are_refused_in_every_spelling(url, monkeypatch):
    host = urlsplit(url).hostname
    if host.replace(".", "").replace("x7f", "").isdecimal():
        resolving(monkeypatch, socket.inet_ntoa(socket.inet_aton(host)))  # as the resolver of the system reads it
    with pytest.raises(outbound.Refused):
        outbound.fetch(url)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://agency.example/", "complete URL"),
        ("file:///etc/passwd", "complete URL"),
        ("https://", "complete URL"),
        ("https://agency.example:22/", "has a port"),
        ("http://agency.example:443/", "has a port"),
        ("https://user:secret@agency.example/", "user name"),
        ("https://agency.example/a b", "space"),
        ("https://agency.example/\r\nX: y", "complete URL"),
        ("https://[::1", "complete URL"),
        ("https://agency.example:99999/", "complete URL"),
        ("https://" + "a" * 3000, "complete URL"),
    ],
)
def test_other_addresses_are_refused_before_anything_is_resolved(monkeypatch, url, words):
    asked = resolving(monkeypatch, PUBLIC)
    with pytest.raises(outbound.Refused, match=words):
        outbound.fetch(url)
    assert asked == []


class Site(http.server.BaseHTTPRequestHandler):
    """Serves by path: /to?ADDRESS redirects there, /slow drips its headers, /STATUS responds with it."""

    seen: list[tuple[str, str]] = []

    def do_GET(self):
        Site.seen.append((self.headers["Host"], self.path))
        if self.path.startswith("/to?"):
            self.send_response(302)
            self.send_header("Location", self.path.removeprefix("/to?"))
            self.end_headers()
        elif self.path == "/slow":
            for _number in range(200):
                try:
                    self.wfile.write(b"H")
                    self.wfile.flush()
                except OSError:
                    return
                time.sleep(0.05)
        else:
            self.send_response(int(self.path.strip("/") or 200))
            self.end_headers()

    def log_message(self, *args):
        """Say nothing."""


@pytest.fixture
def site(monkeypatch):
    """A web server that names ending in `.example` resolve to, at an address that counts as public."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Site)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    Site.seen = []
    connect, really_resolve, asked = socket.create_connection, socket.getaddrinfo, []

    def resolve(host, port, *rest, **more):
        if port == server.server_port:
            return really_resolve(host, port, *rest, **more)
        asked.append(host)
        address = PUBLIC if host.endswith(".example") else "127.0.0.1"
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 0))]

    def to_server(address, *rest, **more):
        assert address[0] == PUBLIC, "the connection goes to the address that was checked"
        return connect(("127.0.0.1", server.server_port), *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    monkeypatch.setattr(outbound.socket, "create_connection", to_server)
    yield asked
    server.shutdown()
    server.server_close()


def test_the_status_and_the_last_address_come_back(site):
    assert outbound.fetch("http://agency.example/privacy?x=1".replace("privacy?x=1", "204")).status == 204
    found = outbound.fetch("http://agency.example/to?http://other.example/404")
    assert (found.url, found.status) == ("http://other.example/404", 404)
    assert Site.seen[-1] == ("other.example", "/404")


def test_relative_redirects_are_followed(site):
    assert outbound.fetch("http://agency.example/to?/204").url == "http://agency.example/204"


@pytest.mark.parametrize(
    "target", ["http://internal/200", "http://127.0.0.1/200", "file:///etc/passwd", "http://agency.example:8080/200"]
)
def test_a_redirect_passes_the_same_checks(site, target):
    with pytest.raises(outbound.Refused):
        outbound.fetch(f"http://agency.example/to?{target}")
    assert [path for _host, path in Site.seen] == [f"/to?{target}"]


def test_endless_redirects_end(site):
    with pytest.raises(outbound.Refused, match="redirects more than 5 times"):
        outbound.fetch("http://agency.example/to?/to?/to?/to?/to?/to?/to?/200")


def test_a_name_is_resolved_once_per_hop(site):
    """With DNS rebinding the second answer would be another one. There is no second question."""
    outbound.fetch("http://agency.example/200")
    assert site == ["agency.example"]


def test_a_server_that_drips_bytes_holds_a_worker_for_the_given_time_only(site):
    begun = time.monotonic()
    with pytest.raises(outbound.Refused, match=r"in time|No web server"):
        outbound.fetch("http://agency.example/slow", seconds=0.6)
    assert time.monotonic() - begun < 10


def test_https_needs_a_valid_certificate(site):
    with pytest.raises(outbound.Refused):
        outbound.fetch("https://agency.example/")


@given(location=st.text(max_size=60) | st.from_regex(r"(https?:)?//[\[\]:@%a-f0-9./]{1,20}", fullmatch=True))
@example(location="https://[")
@example(location="//[::1")
def test_no_redirect_of_a_server_is_an_error_of_ours(location):
    """What a server sends is refused or followed: an error would end the job that checks everybody's addresses."""
    answers = iter([(302, location), (200, "")])  # an empty location is the end

    def get(url, _deadline):
        outbound.parts_of(url)
        return next(answers)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(outbound, "_get", get)
        try:
            assert outbound.fetch("https://agency.example/").status == (200 if location else 302)
        except outbound.Refused:
            pass
        except StopIteration:
            pytest.fail("it asked a third time")
