"""How API documents describe what every call has in common: the error body, and which statuses it can return."""

from typing import Any

from drf_spectacular.utils import OpenApiResponse
from rest_framework import serializers

DESCRIPTIONS = {
    400: "The request is malformed or a value is not valid.",
    401: "The access token is missing or doesn't work.",
    403: "The token is missing the scope, or its app can't act for this person.",
    404: "Not found, or your app doesn't have access.",
    409: "The call conflicts with what is stored, or a limit was reached.",
    413: "The body is too large.",
    415: "The body has an unknown content type.",
    429: "Too many calls. Wait for the number of seconds in Retry-After.",
    503: "A service this call needs is unavailable.",
}
FOR_EVERY_CALL = (401, 403, 429, 503)
FOR_BODIES = (400, 413, 415)


class ErrorEntrySerializer(serializers.Serializer):
    code = serializers.CharField(help_text="Stable and documented at `reference`.")
    message = serializers.CharField(help_text="For people. The wording can change.")
    category = serializers.ChoiceField(
        ["VALIDATION", "AUTHENTICATION", "AUTHORIZATION", "NOT_FOUND", "CONFLICT", "LIMIT", "AVAILABILITY"]
    )
    reference = serializers.CharField(help_text="The page that explains the code.")
    status = serializers.CharField(help_text="The HTTP status, as text.")
    traceId = serializers.CharField(help_text="The value of X-Request-Id. Include it when you contact support.")  # noqa: N815
    field = serializers.CharField(required=False, help_text="Where the problem is.")


class ErrorAnswerSerializer(serializers.Serializer):
    errors = ErrorEntrySerializer(many=True, help_text="One entry per problem.")  # type: ignore[assignment]


def answers(success: Any, *statuses: int, takes_body: bool = False) -> dict[int, Any]:
    """Return the `responses` of a resource call: 200 with `success`, and each error it can answer."""
    errors = {*FOR_EVERY_CALL, *statuses, *(FOR_BODIES if takes_body else ())}
    described = {status: OpenApiResponse(ErrorAnswerSerializer, description=DESCRIPTIONS[status]) for status in errors}
    return {
        200: OpenApiResponse(success, description="The call succeeded."),
        **{status: described[status] for status in sorted(described)},
    }


def only_versioned(endpoints: list[tuple[Any, ...]]) -> list[tuple[Any, ...]]:
    """Keep `/api/v1/…` alone: the same paths without a version are v1 too, and need no second description."""
    return [endpoint for endpoint in endpoints if endpoint[0].startswith("/api/v")]
