"""The call of the Profile API, version 1."""

from typing import Any, NamedTuple

from drf_spectacular.utils import extend_schema
from rest_framework.authentication import BaseAuthentication
from rest_framework.request import Request
from rest_framework.response import Response

from developer_apps.api.authentication import BearerAuthentication
from developer_apps.api.views import UserResourceView
from myusa.lib.database.encryption import readable
from myusa.lib.database.statements import Select
from myusa.lib.http.errors import INVALID_VALUE
from myusa.lib.http.openapi import answers
from profiles.api.v1 import schema, shapes
from profiles.fields import SCOPE_PREFIX
from profiles.models import Profile

WANTS_SCHEMA_ORG = {"true": True, "1": True, "false": False, "0": False, "": False}


class ProfileRow(NamedTuple):
    """The values of a profile."""

    values: dict[str, Any]


_by_user: Select[ProfileRow] = Select(lambda user_id: Profile.objects.filter(user_id=user_id), ProfileRow, int)


class ProfileView(UserResourceView):
    product = "profile"
    endpoint = "profile"
    any_scope_prefix = SCOPE_PREFIX

    def get_authenticators(self) -> list[BaseAuthentication]:
        return [BearerAuthentication(with_profile=True)]

    @extend_schema(
        operation_id="read_profile",
        summary="Read what the person shares of the profile",
        parameters=[schema.SCHEMA_PARAMETER],
        responses=answers(schema.PROFILE, 400),
    )
    def get(self, request: Request) -> Response:
        access = self.access
        shape = shapes.schema_org if _wants_schema_org(request) else shapes.plain
        values = access.profile_values
        if access.is_client_token:  # its token does not name the test user it acts for
            row = _by_user.one(access.user_id)
            values = row and row.values
        readable(values)
        self.fields_read = shapes.fields_in(shape, access.scopes)
        return Response(shape(values or {}, email=access.user_email, uid=access.user_uid, scopes=access.scopes))


def _wants_schema_org(request: Request) -> bool:
    if not request.META.get("QUERY_STRING"):
        return False
    wanted = WANTS_SCHEMA_ORG.get(request.query_params.get("schema", "").lower())
    if wanted is None:
        raise INVALID_VALUE.problem("schema", message="“schema” must be true or false.")
    return wanted
