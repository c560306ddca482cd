"""Stock endpoints, a serializer, and the fastest view a person would write by hand."""

import hashlib

from django.db import connection
from django.http import HttpRequest, JsonResponse
from django.urls import include, path
from django.utils import timezone
from oauth2_provider.contrib.rest_framework import TokenHasScope
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.oauth.baseline.models import FLAGS, PHONES, TEXTS, Profile

FIELDS = [*TEXTS, *FLAGS, "email", *PHONES]
SQL = (
    f"SELECT t.expires, t.scope, {', '.join('p.' + name for name in FIELDS)}"
    " FROM oauth2_provider_accesstoken t JOIN baseline_profile p ON p.user_id = t.user_id WHERE t.token_checksum = %s"
)


class ProfileSerializer(serializers.ModelSerializer):
    class Meta:
        model = Profile
        fields = FIELDS


class ProfileView(APIView):
    permission_classes = [TokenHasScope]
    required_scopes = ["profile"]

    def get(self, request: Request) -> Response:
        return Response(ProfileSerializer(request.user.profile).data)


def by_hand(request: HttpRequest) -> JsonResponse:
    """Look the token up and answer, in one statement and with nothing else."""
    token = request.META["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
    with connection.cursor() as cursor:
        cursor.execute(SQL, [hashlib.sha256(token.encode()).hexdigest()])
        expires, scope, *values = cursor.fetchone()
    if expires < timezone.now() or "profile" not in scope.split():
        return JsonResponse({}, status=401)
    return JsonResponse(dict(zip(FIELDS, values, strict=True)))


urlpatterns = [
    path("profile", ProfileView.as_view()),
    path("by-hand", by_hand),
    path("oauth/", include("oauth2_provider.urls")),
]
