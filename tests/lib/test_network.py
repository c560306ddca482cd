"""Whose request it is, as limits count it."""

import ipaddress

import pytest
from django.test import RequestFactory
from hypothesis import given
from hypothesis import strategies as st

from myusa.lib.http.network import UNKNOWN, client_address, network_of


@pytest.fixture
def address(settings):
    """`address(remote, forwarded, proxies)`: the caller's address as the site sees it."""

    def seen(remote="203.0.113.9", forwarded="", proxies=0):
        settings.ALLAUTH_TRUSTED_PROXY_COUNT = proxies
        headers = {"X-Forwarded-For": forwarded} if forwarded else {}
        return client_address(RequestFactory().get("/", REMOTE_ADDR=remote, headers=headers))

    return seen


def test_without_a_proxy_what_the_caller_writes_is_ignored(address):
    assert address(forwarded="198.51.100.7") == "203.0.113.9"


@pytest.mark.parametrize(
    ("forwarded", "proxies", "expected"),
    [
        ("198.51.100.7", 1, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7", 1, "198.51.100.7"),
        ("1.1.1.1, 198.51.100.7, 10.0.0.1", 2, "198.51.100.7"),
        ("198.51.100.7", 2, "203.0.113.9"),
        ("198.51.100.7:4711", 1, "198.51.100.7"),
        ("[2001:db8::1]:443", 1, "2001:db8::1"),
        ("2001:DB8:0:0::1", 1, "2001:db8::1"),
        ("::ffff:198.51.100.7", 1, "198.51.100.7"),
        ("fe80::1%eth0", 1, "fe80::1"),
        ("unknown", 1, ""),
        ("<script>", 1, ""),
    ],
)
def test_behind_proxies_it_is_what_the_outermost_of_them_saw(address, forwarded, proxies, expected):
    assert address(forwarded=forwarded, proxies=proxies) == expected


@given(st.ip_addresses(v=6, network="2001:db8:1:2::/64"))
def test_all_addresses_of_one_ipv6_network_count_as_one(given_address):
    assert network_of(str(given_address)) == "2001:db8:1:2::/64"


@given(st.ip_addresses(v=4))
def test_each_ipv4_address_counts_by_itself_however_it_is_written(given_address):
    mapped = ipaddress.IPv6Address(f"::ffff:{given_address}")
    assert network_of(str(given_address)) == network_of(str(mapped)) == str(given_address)


@pytest.mark.parametrize("text", ["", "unknown", "1.2.3", "x" * 1000, "1.2.3.4, 5.6.7.8"])
def test_what_is_no_address_counts_as_one_common_network(text):
    assert network_of(text) == UNKNOWN
