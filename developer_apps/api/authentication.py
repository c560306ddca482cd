"""Authentication of API calls by bearer token."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication

from developer_apps.access import tokens
from developer_apps.access.bearer import bearer_token
from developer_apps.access.tokens import Access


class BearerAuthentication(BaseAuthentication):
    """Makes `request.auth` the `Access` that the token gives; `request.user` stays None, ids are enough."""

    def authenticate(self, request: Any) -> tuple[None, Access]:
        return None, self.access_of(bearer_token(request))

    def access_of(self, token: str) -> Access:
        """Return what the token may do; raise `Problems`."""
        return tokens.usable(token)

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="MyUSA"'


class BearerWithProfile(BearerAuthentication):
    """Reads the profile of the token's user, too (`Access.profile_values`)."""

    def access_of(self, token: str) -> Access:
        return tokens.usable(token, with_profile=True)
