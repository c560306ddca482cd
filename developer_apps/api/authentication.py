"""Authentication of API calls by bearer token."""

from typing import Any

from django.http import HttpRequest
from rest_framework.authentication import BaseAuthentication

from developer_apps.access import tokens
from developer_apps.access.bearer import bearer_token
from developer_apps.access.tokens import Access


class BearerAuthentication(BaseAuthentication):
    """Makes `request.auth` the `Access` that the token gives; `request.user` stays None, ids are enough.

    With `with_profile`, the same statement reads the profile of the token's user (`Access.profile_values`).
    """

    def __init__(self, *, with_profile: bool = False) -> None:
        self.with_profile = with_profile

    def authenticate(self, request: Any) -> tuple[None, Access]:
        return None, tokens.usable(bearer_token(request), with_profile=self.with_profile)

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="MyUSA"'
