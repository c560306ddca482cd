"""Bearer tokens in the Authorization header, and nowhere else (RFC 6750 §2.1, RFC 9700 §4.3.2)."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication

from developer_apps import access, sandbox
from developer_apps.access import Access
from developer_apps.errors import TEST_USER_NEEDED
from myusa.lib.http.errors import TOKEN_INVALID, TOKEN_MISSING


def bearer_token(request: HttpRequest) -> str:
    """Return the token of a request; raise TOKEN_MISSING or TOKEN_INVALID if there is none that could be one."""
    header = request.META.get("HTTP_AUTHORIZATION", "")
    scheme, _space, token = header.partition(" ")
    if not header or scheme.lower() != "bearer":
        raise TOKEN_MISSING()
    token = token.strip()
    if not token or " " in token or not token.isascii():
        raise TOKEN_INVALID()
    return token


def acting(request: HttpRequest, found: Access, *, needs_user: bool = True) -> Access:
    """Return `found` with the user it acts for: a client's own sandbox token acts for one of the team's test users.

    Raises TEST_USER_UNKNOWN, and where `needs_user`, TEST_USER_NEEDED.
    """
    if not found.is_client_token or found.is_production:
        return found
    test_user = sandbox.test_user_for(found.team_id, request.META.get("HTTP_X_TEST_USER"))
    if test_user is None:
        if needs_user:
            raise TEST_USER_NEEDED()
        return found
    return found._replace(
        user_id=test_user.user_id, user_uid=test_user.uid, user_email=test_user.email, is_test_user=True
    )


class BearerAuthentication(BaseAuthentication):
    """Makes `request.auth` the `Access` that the token gives; `request.user` stays None, ids are enough."""

    def authenticate(self, request: Any) -> tuple[None, Access]:
        of_user = request.parser_context["view"].of_user
        return None, access.usable(bearer_token(request), of_user=of_user)

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="MyUSA"'
