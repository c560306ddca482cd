"""The call that needs no token, and facts about the token in use."""

import math
from http import HTTPStatus

from django.utils import timezone
from drf_spectacular.utils import OpenApiResponse, extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from developer_apps.api.views import JSONOnly, ResourceView
from myusa.lib.http.openapi import answers


class HelloSerializer(serializers.Serializer):
    message = serializers.CharField(help_text="A greeting.")


class HelloView(APIView):
    """The first call of a developer: no token, no database, nothing recorded."""

    authentication_classes = ()
    permission_classes = ()
    content_negotiation_class = JSONOnly

    @extend_schema(
        operation_id="hello",
        summary="Check your connection to MyUSA",
        description="Needs no token. A 200 response shows that your network and base URL work.",
        auth=[],
        responses={HTTPStatus.OK: OpenApiResponse(HelloSerializer, description="The call succeeded.")},
    )
    def get(self, request: Request) -> Response:
        return Response({"message": "Hello from MyUSA"}, headers={"Cache-Control": "no-store"})


class TokenApplicationSerializer(serializers.Serializer):
    uid = serializers.CharField(help_text="The client ID.")


class TokenInfoSerializer(serializers.Serializer):
    resource_owner_id = serializers.IntegerField(
        allow_null=True,
        help_text="The user's integer id: the test user's for sandbox client credentials, null for production ones.",
    )
    scopes = serializers.ListField(child=serializers.CharField(), help_text="What the token may do now.")
    expires_in_seconds = serializers.IntegerField(help_text="How long the token is valid.")
    application = TokenApplicationSerializer(help_text="The client that the token was issued to.")


class TokenInfoView(ResourceView):
    endpoint = "tokeninfo"

    @extend_schema(
        operation_id="tokeninfo", summary="Get details of your token", responses=answers(TokenInfoSerializer)
    )
    def get(self, request: Request) -> Response:
        access = self.access
        return Response(
            {
                "resource_owner_id": access.user_id,
                "scopes": sorted(access.scopes),
                "expires_in_seconds": max(0, math.floor((access.expires - timezone.now()).total_seconds())),
                "application": {"uid": access.client_id},
            }
        )
