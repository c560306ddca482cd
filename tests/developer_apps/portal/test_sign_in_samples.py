"""What the sign-in page of an app shows works when it is pasted, for the app's own settings."""

import subprocess
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings

from developer_apps.portal import sign_in_samples
from tests.developer_apps.flows import allow
from tests.factories import make_app

KINDS = {
    "confidential": {},
    "confidential with PKCE": {"requires_pkce": True},
    "public": {"client_type": "public"},
}


def printed(command):
    """Run shell lines as a reader would paste them; return what they print."""
    return subprocess.run(["bash", "-ec", command], capture_output=True, text=True, check=True).stdout.strip()


@pytest.mark.parametrize("kind", KINDS)
def test_pasted_commands_sign_in(kind, developer, sign_in, client):
    made = make_app(developer, scopes=["profile.email"], **KINDS[kind])
    lines = sign_in_samples.authorization_command(made.client)
    address, verifier = printed(f'{lines}\necho "$VERIFIER"'), ""
    if "\n" in address:
        address, verifier = address.split("\n")
    query = parse_qs(urlsplit(address).query)
    assert len(query["state"][0]) == 32
    assert bool(verifier) == made.client.needs_pkce
    browser = sign_in(developer)
    page = browser.get(address.removeprefix(settings.BASE_URL))
    assert page.status_code == 200, "a page that asks for consent, not an error"
    response = allow(browser, address.removeprefix(settings.BASE_URL), ["profile.email"])
    returned = parse_qs(urlsplit(response["Location"]).query)
    assert returned["state"] == query["state"]
    command = sign_in_samples.exchange_command(made.client)
    sent = printed(
        f"curl() {{ printf '%s\\n' \"$@\"; }}\nCODE={returned['code'][0]} SECRET={made.client_secret} VERIFIER={verifier}\n{command}"
    ).split("\n")
    data = dict(part.split("=", 1) for part in sent if "=" in part)
    credentials = {} if made.client.is_public else {"client_id": made.client_id, "client_secret": made.client_secret}
    assert ("-u" in sent) == (not made.client.is_public)
    token = client.post("/oauth/token", {**credentials, **data})
    assert token.status_code == 200, token.content


@pytest.mark.parametrize("kind", KINDS)
def test_the_fixed_link_is_shown_only_where_it_works(kind, developer, sign_in):
    made = make_app(developer, **KINDS[kind])
    page = sign_in(developer).get(f"/developer/apps/{made.app.pk}/sign-in").content.decode()
    needs_pkce = kind != "confidential"
    assert ('id="connect-url"' in page) == (not needs_pkce)
    assert ("This app must use PKCE" in page) == needs_pkce
    assert (f'href="{sign_in_samples.OWN_ROUTE}"' in page.replace("&quot;", '"')) == needs_pkce


def test_a_server_only_app_gets_no_sign_in_sample(developer, sign_in):
    made = make_app(developer, redirect_uris=[])
    page = sign_in(developer).get(f"/developer/apps/{made.app.pk}/sign-in").content.decode()
    assert "no redirect URI" in page
    assert "authorization-command" not in page
