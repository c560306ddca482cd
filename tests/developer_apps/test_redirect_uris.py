"""Which redirect URIs may be registered, and what a developer reads about the others."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from oauthlib.uri_validate import is_absolute_uri

from developer_apps.redirect_uris import OUT_OF_BAND, is_host, problem_of, problems_of

LABEL = "a" * 63


@pytest.mark.parametrize(
    "uri",
    [
        "https://app.example.gov/cb",
        "https://app.example.gov",
        "https://app.example.gov?next",
        "https://app.example.gov/cb?a=%5B%5D&b=/x;y,z",
        "https://APP.example.gov:8443/cb",
        "https://xn--bcher-kva.example/cb",
        "https://a-b.example/cb",
        f"https://{LABEL}.example/cb",
        "https://192.0.2.7/cb",
        "https://[2001:db8::1]:8443/cb",
        "http://localhost:3000/cb",
        "http://[::1]/cb",
        OUT_OF_BAND,
    ],
)
def test_address_of_a_web_server_can_be_registered(uri):
    assert problem_of(uri) is None


@pytest.mark.parametrize(
    "host",
    [
        "app.example.gov;sandbox",
        "app..gov",
        ".example.gov",
        "app.example.gov.",
        "app%2eexample.gov",
        "-app.example.gov",
        "app-.example.gov",
        "my_app.example.gov",
        f"{LABEL}a.example.gov",
        ".".join([LABEL] * 4) + ".gov",
        "app,example.gov",
        "app'example.gov",
        "300.0.2.1",
        "192.0.2",
        "0x7f.1",
        "[v1.fe80::a]",
    ],
)
def test_malformed_host_is_refused(host):
    assert problem_of(f"https://{host}/cb")
    assert problem_of(f"https://{host}:8443?x=1", is_public=True)


def test_message_names_the_malformed_host():
    assert problem_of("https://app..gov/cb") == "“app..gov” in “https://app..gov/cb” isn’t a valid host name. Check it."


@pytest.mark.parametrize(
    ("uri", "part"),
    [
        ("https://app.example.gov/cb\u200b", "an invisible character (U+200B)"),
        ("\ufeffhttps://app.example.gov/cb", "an invisible character (U+FEFF)"),
        ("https://app.example\u00ad.gov/cb", "an invisible character (U+00AD)"),
        ("https://app.example.gov/c\u00a0b", "an invisible character (U+00A0)"),
        ("https://a.example.gov/cb, https://b.example.gov/cb", "one address per line"),
        ("https://a.example.gov/cb,https://b.example.gov/cb", "one address per line"),
        ("https://a.example.gov/cb https://b.example.gov/cb", "one address per line"),
        ("https://a.example.gov/cb;http://localhost/cb", "one address per line"),
        ("https://bücher.example/cb", "Register it as xn--bcher-kva.example."),
        ("https://BÜCHER.example:8443/cb", "Register it as xn--bcher-kva.example."),
        ("https://straße.example/cb", "Register it as xn--strae-oqa.example."),
        ("https://app.example.gov/bücher", "“ü”, which must be percent-encoded"),
        ("https://app.example.gov/a b", "“ ”, which must be percent-encoded"),
        ("https://app.example.gov/cb?a[]=1", "“[”, which must be percent-encoded"),
        ("https://app.example.gov?a[]=1", "“[”, which must be percent-encoded"),
        ("https://app.example.gov/{id}", "“{”, which must be percent-encoded"),
        ("https://app.example.gov/50%", "a percent sign"),
        ("https://app.example.gov/%00", "a percent sign"),
        ("https://app.example.gov/" + "a" * 2000, "longer than 2,000 characters"),
        ("https://*.example.gov/cb", "a wildcard (*)"),
        ("https://app.example.gov/cb#", "a fragment (#)"),
        ("https://user@app.example.gov/cb", "a user name or password"),
        ("http://app.example.gov/cb", "must use https. You can use http only for localhost and 127.0.0.1"),
        ("gov.example.app:/cb", "must use https"),
        ("app.example.gov/cb", "not a complete web address"),
    ],
)
def test_message_says_what_to_change(uri, part):
    assert part in problem_of(uri)


@pytest.mark.parametrize(
    "uri", ["gov.example.app:/oauth", "gov.example.app:/", "com.example-2.app:/cb?x=1", "net.a.b.c.d:/a/b/c"]
)
def test_public_client_may_register_a_scheme_of_its_own(uri):
    assert problem_of(uri, is_public=True) is None
    assert problem_of(uri) is not None


@pytest.mark.parametrize(
    "uri",
    [
        "myapp:/cb",
        "myapp://cb",
        "gov.example.app://cb",
        "gov.example.app:///cb",
        "gov.example.app:",
        "gov.example.app:cb",
        "gov.example.app:/cb#",
        "gov.example.app:/*",
        "gov.example.app:/a[b]",
        "GOV.example.app:/cb",
        "gov..app:/cb",
        ".gov:/cb",
        "gov.:/cb",
        "1gov.example:/cb",
        "javascript:/cb",
        "data:/cb",
        "file:/cb",
        "intent:/cb",
        "ftp://app.example.gov/cb",
        "microsoft.windows.camera:/cb",
        "x-apple.systempreferences:/cb",
        "com.apple.preferences:/cb",
        "soap.beep:/cb",
        "http:/cb",
        "https:cb",
        OUT_OF_BAND,
    ],
)
def test_other_schemes_are_refused_for_public_clients(uri):
    assert problem_of(uri, is_public=True) is not None


def test_list_is_refused_for_its_length_and_for_repetitions():
    uris = [f"https://app.example.gov/{number}" for number in range(6)]
    assert problems_of(uris) == ["You can register up to 5 redirect URIs."]
    assert problems_of([uris[0], uris[0]]) == ["A redirect URI is listed twice."]


@given(st.text(st.sampled_from("https://[]:.;,'\" %2e-_aü1?#@\u200b\n"), max_size=30) | st.text(max_size=30))
def test_what_can_be_registered_can_be_used(text):
    """oauthlib refuses what is not RFC 3986; a registered address that never works would be a trap."""
    for uri in (
        text,
        f"https://{text}",
        f"https://{text}/cb",
        f"https://app.example.gov/{text}",
        f"gov.example:/{text}",
    ):
        for is_public in (True, False):
            if problem_of(uri, is_public=is_public) is None:
                assert is_absolute_uri(uri)
                assert uri.isascii()
                assert not set(uri) & set(" \t\r\n;,'\"\\") & set(uri.partition("://")[2].partition("/")[0])


@given(st.text(st.sampled_from("abcABC019-._%;,:' "), max_size=40))
def test_host_is_made_of_labels(name):
    if is_host(name) and ":" not in name:
        assert all(label and label[0] != "-" and label[-1] != "-" for label in name.split("."))
        assert set(name) <= set("abcABC019-.")
