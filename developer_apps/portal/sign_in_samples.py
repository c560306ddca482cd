"""Commands that sign in through one app when they are pasted, for this app's own settings."""

from shlex import quote

from django.conf import settings
from django.urls import reverse
from django.utils.http import urlencode

from developer_apps.models import Client

# The path that samples and the OmniAuth strategy use for an app's own route.
OWN_ROUTE = "/auth/myusa"


def authorization_command(client: Client) -> str:
    """Return shell lines that print the address of an authorization request with `state`, and PKCE if it is needed."""
    query = {
        "response_type": "code",
        "client_id": client.client_id,
        "redirect_uri": client.redirect_uri_list[0],
        "scope": client.app.scopes,
    }
    address = f"{settings.BASE_URL}{reverse('oauth2_provider:authorize')}?{urlencode(query)}&state=$STATE"
    lines = ["STATE=$(openssl rand -hex 16)"]
    if client.needs_pkce:
        lines += [
            "VERIFIER=$(openssl rand -hex 32)",
            'CHALLENGE=$(printf %s "$VERIFIER" | openssl dgst -sha256 -binary | openssl base64 -A | tr +/ -_ | tr -d =)',
        ]
        address += "&code_challenge=$CHALLENGE&code_challenge_method=S256"
    return "\n".join([*lines, f'echo "{address}"'])


def exchange_command(client: Client) -> str:
    """Return a curl command that exchanges a code; the reader sets CODE and, for a client with a secret, SECRET."""
    secret = "" if client.is_public else f'-u {client.client_id}:"$SECRET" '
    lines = [
        f"curl {secret}{settings.BASE_URL}{reverse('oauth2_provider:token')}",
        '-d grant_type=authorization_code -d code="$CODE"',
        f"--data-urlencode {quote(f'redirect_uri={client.redirect_uri_list[0]}')}",
    ]
    if client.is_public:
        lines.append(f"-d client_id={client.client_id}")
    if client.needs_pkce:
        lines.append('-d code_verifier="$VERIFIER"')
    return " \\\n  ".join(lines)
