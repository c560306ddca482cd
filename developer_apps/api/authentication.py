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
        of_user = request.parser_context["view"].of_user
        return None, tokens.usable(bearer_token(request), of_user=of_user)

    def authenticate_header(self, request: HttpRequest) -> str:
        return 'Bearer realm="MyUSA"'
