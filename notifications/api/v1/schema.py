"""The description of the Notifications API for OpenAPI documents. `content` reads the bodies."""

from rest_framework import serializers

from notifications.content import BODY_LENGTH, SUBJECT_LENGTH
from notifications.states import Channel, Reason, State


class NotificationSerializer(serializers.Serializer):
    id = serializers.IntegerField()
    subject = serializers.CharField()
    body = serializers.CharField(allow_null=True)
    received_at = serializers.DateTimeField()
    app_id = serializers.IntegerField()
    user_id = serializers.IntegerField()
    created_at = serializers.DateTimeField()
    updated_at = serializers.DateTimeField()
    deleted_at = serializers.DateTimeField(allow_null=True, help_text="When the person deleted it.")
    viewed_at = serializers.DateTimeField(allow_null=True, help_text="When the person read it.")


class DeliverySerializer(serializers.Serializer):
    channel = serializers.ChoiceField(Channel.choices)
    state = serializers.ChoiceField(State.choices)
    reason = serializers.ChoiceField(
        Reason.choices, allow_null=True, help_text="Why it failed, was skipped or is waiting."
    )
    attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    sent_at = serializers.DateTimeField(allow_null=True)
    delivered_at = serializers.DateTimeField(allow_null=True)


class NotificationWithDeliveriesSerializer(NotificationSerializer):
    deliveries = DeliverySerializer(many=True)


_SUBJECT = {
    "type": "string",
    "minLength": 1,
    "maxLength": SUBJECT_LENGTH,
    "pattern": "^[!-~][ -~]*$",
    "examples": ["Your card"],
}
_BODY = {"type": ["string", "null"], "maxLength": BODY_LENGTH, "pattern": "^[ -~]*$"}
_CONTENT = {"type": "object", "properties": {"subject": _SUBJECT, "body": _BODY}, "required": ["subject"]}
NEW_NOTIFICATION = {
    "application/json": {
        "type": "object",
        "properties": {"notification": _CONTENT},
        "required": ["notification"],
        "description": "The wrapper may be left out. Form data names the same values notification[subject] and notification[body].",
    }
}
