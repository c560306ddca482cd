"""The description of the Notifications API for OpenAPI documents. `content` reads the bodies."""

from rest_framework import serializers

from notifications.content import BODY_LENGTH, SUBJECT_LENGTH
from notifications.states import Channel, Reason, State


class NotificationSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="The ID of the notification.")
    subject = serializers.CharField(help_text="The subject, as the person reads it.")
    body = serializers.CharField(allow_null=True, help_text="The text, or null.")
    received_at = serializers.DateTimeField(help_text="When it arrived in the inbox.")
    app_id = serializers.IntegerField(help_text="The number of your app.")
    user_id = serializers.IntegerField(help_text="The number of the person.")
    created_at = serializers.DateTimeField(help_text="When it was created.")
    updated_at = serializers.DateTimeField(help_text="When it last changed.")
    deleted_at = serializers.DateTimeField(allow_null=True, help_text="When the person deleted it.")
    viewed_at = serializers.DateTimeField(allow_null=True, help_text="When the person read it.")


class DeliverySerializer(serializers.Serializer):
    channel = serializers.ChoiceField(Channel.choices, help_text="How it is delivered.")
    state = serializers.ChoiceField(State.choices, help_text="The state of the delivery.")
    reason = serializers.ChoiceField(
        Reason.choices, allow_null=True, help_text="Why it failed, was skipped or is waiting."
    )
    attempts = serializers.IntegerField(help_text="How often it was tried.")
    next_attempt_at = serializers.DateTimeField(allow_null=True, help_text="When it is tried again, or null.")
    sent_at = serializers.DateTimeField(allow_null=True, help_text="When the provider accepted it, or null.")
    delivered_at = serializers.DateTimeField(
        allow_null=True, help_text="When the provider reported that it arrived, or null."
    )


class NotificationWithDeliveriesSerializer(NotificationSerializer):
    deliveries = DeliverySerializer(many=True, help_text="One entry per channel that the person chose.")


_SUBJECT = {
    "type": "string",
    "minLength": 1,
    "maxLength": SUBJECT_LENGTH,
    "pattern": "^[!-~][ -~]*$",
    "examples": ["Your card"],
    "description": "The subject, as the person reads it.",
}
_BODY = {
    "type": ["string", "null"],
    "maxLength": BODY_LENGTH,
    "pattern": "^[ -~]*$",
    "description": "The text. Line breaks are kept.",
}
_CONTENT = {
    "type": "object",
    "properties": {"subject": _SUBJECT, "body": _BODY},
    "required": ["subject"],
    "description": "The notification. You can leave this wrapper out.",
}
NEW_NOTIFICATION = {
    "application/json": {
        "type": "object",
        "properties": {"notification": _CONTENT},
        "required": ["notification"],
        "description": "You can leave out the wrapper. Form data names the same values notification[subject] and notification[body].",
    }
}
