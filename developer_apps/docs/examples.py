"""The requests that the documentation shows: pages render them, and a test sends each to the live API."""

from developer_apps import contributions, scopes
from developer_apps.contributions import USER, Example


def examples() -> dict[str, Example]:
    """Return all examples by slug: those of OAuth, and those of the APIs served here."""
    served = [example for each in contributions.registered for example in each.examples]
    return {example.slug: example for example in [*_of_oauth(), *served]}


def sample_error() -> object:
    """Return the body of an error that names a field."""
    return next(example.answer for example in examples().values() if example.status == 400)


def _of_oauth() -> list[Example]:
    granted = list(scopes.built_in())[:2]
    user_token = {
        "access_token": "q1Zs…",
        "expires_in": 7200,
        "token_type": "bearer",
        "scope": " ".join(granted),
        "refresh_token": "8vTn…",
    }
    return [
        Example("hello", "GET", "/api/v1/hello", answer={"message": "Hello from MyUSA"}),
        Example(
            "token_first",
            "POST",
            "/oauth/token",
            basic=True,
            form={"grant_type": "authorization_code", "code": "{code}", "redirect_uri": "{redirect_uri}"},
            answer={**user_token, "scope": granted[0]},
        ),
        Example(
            "token_code",
            "POST",
            "/oauth/token",
            basic=True,
            form={
                "grant_type": "authorization_code",
                "code": "{code}",
                "redirect_uri": "{redirect_uri}",
                "code_verifier": "{code_verifier}",
            },
            answer=user_token,
        ),
        Example(
            "token_refresh",
            "POST",
            "/oauth/token",
            basic=True,
            form={"grant_type": "refresh_token", "refresh_token": "{refresh_token}"},
            answer=user_token,
        ),
        Example(
            "token_client",
            "POST",
            "/oauth/token",
            basic=True,
            form={"grant_type": "client_credentials"},
            answer={"access_token": "Kx3p…", "expires_in": 1800, "token_type": "bearer", "scope": " ".join(granted)},
        ),
        Example(
            "token_legacy",
            "POST",
            "/oauth/authorize",
            form={
                "grant_type": "authorization_code",
                "client_id": "{client_id}",
                "client_secret": "{client_secret}",
                "code": "{code}",
                "redirect_uri": "{redirect_uri}",
            },
            answer=user_token,
        ),
        Example("revoke", "POST", "/oauth/revoke", form={"token": "{refresh_token}"}, answer={}),
        Example(
            "tokeninfo",
            "GET",
            "/api/v1/tokeninfo",
            token=USER,
            answer={
                "resource_owner_id": 3012,
                "scopes": granted,
                "expires_in_seconds": 7188,
                "application": {"uid": "f2b7…"},
            },
        ),
        Example(
            "metadata",
            "GET",
            "/.well-known/oauth-authorization-server",
            answer={
                "issuer": "https://…",
                "token_endpoint": "https://…/oauth/token",
                "code_challenge_methods_supported": ["S256"],
            },
        ),
    ]
