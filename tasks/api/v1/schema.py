"""The description of the Tasks API for OpenAPI documents. `parameters` reads bodies and `shapes` writes responses."""

from typing import Any

from rest_framework import serializers

from tasks.models import MAX_NAME_LENGTH, MAX_URL_LENGTH


class TaskItemSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="The ID of the item.")
    name = serializers.CharField(help_text="What the person reads.")
    url = serializers.CharField(allow_null=True, help_text="The item’s link, or null.")
    external_id = serializers.CharField(allow_null=True, help_text="The app's own name for the item.")
    completed_at = serializers.DateTimeField(allow_null=True, help_text="When the person or the app checked it off.")
    task_id = serializers.IntegerField(help_text="The task that the item belongs to.")
    created_at = serializers.DateTimeField(help_text="When it was created.")
    updated_at = serializers.DateTimeField(help_text="When it last changed.")


class TaskSerializer(serializers.Serializer):
    id = serializers.IntegerField(help_text="The ID of the task.")
    name = serializers.CharField(help_text="What the person reads.")
    url = serializers.CharField(allow_null=True, help_text="Where the person does the task, or null.")
    completed_at = serializers.DateTimeField(
        allow_null=True, help_text="When the person or the app completed it, or null."
    )
    dismissed_at = serializers.DateTimeField(allow_null=True, help_text="When the person dismissed it.")
    user_id = serializers.IntegerField(help_text="The number of the person.")
    created_at = serializers.DateTimeField(help_text="When it was created.")
    updated_at = serializers.DateTimeField(help_text="When it or one of its items last changed.")
    app_id = serializers.IntegerField(help_text="The number of your app.")
    task_items = TaskItemSerializer(many=True, help_text="The items, oldest first.")


_NAME = {
    "type": "string",
    "minLength": 1,
    "maxLength": MAX_NAME_LENGTH,
    "pattern": "^[A-Za-z0-9][ -~]*$",
    "examples": ["Renew your card"],
    "description": "What the person reads.",
}
_URL = {
    "type": ["string", "null"],
    "maxLength": MAX_URL_LENGTH,
    "pattern": r"^https?://[a-z0-9.-]+(/[A-Za-z0-9_./-]*)?$",
    "description": "Where the person does it. An absolute http or https URL.",
}
_COMPLETED_AT = {
    "type": ["string", "null"],
    "format": "date-time",
    "description": "Sets the completion time of this one only. null reopens it.",
}
_COMPLETED = {"type": "boolean", "description": "true completes, false reopens. Overrides completed_at."}
_ITEM = {
    "name": _NAME,
    "url": _URL,
    "external_id": {
        "type": ["string", "null"],
        "maxLength": 255,
        "pattern": "^[!-~]*$",
        "description": "Your own name for the item.",
    },
    "completed_at": _COMPLETED_AT,
    "completed": _COMPLETED,
}
_ID = {
    "anyOf": [{"type": "integer"}, {"type": "string", "pattern": "^[0-9]{1,18}$"}],
    "description": "The ID of an existing item.",
}
_NESTED = {
    "type": "array",
    "maxItems": 1000,
    "description": "Items with an id are changed, items without one are added, and items with _destroy are removed. An object keyed by index also works.",
    "items": {
        "type": "object",
        "properties": {"id": _ID, **_ITEM, "_destroy": {"type": "boolean", "description": "true removes the item."}},
        "anyOf": [{"required": ["name"]}, {"required": ["id"]}],
    },
}
_TASK = {
    "name": _NAME,
    "url": _URL,
    "completed_at": _COMPLETED_AT,
    "completed": {**_COMPLETED, "description": "true completes the task and its items, false reopens the task."},
}


def _body(wrapper: str, properties: dict[str, Any], *, required: tuple[str, ...] = ()) -> dict[str, Any]:
    """Return the media types of a body with its parameters under `wrapper`. The text describes bare and bracketed forms."""
    inner: dict[str, Any] = {
        "type": "object",
        "description": f"May also be sent bare, without “{wrapper}” around it, or as form data: {wrapper}[name]=…",
        "properties": properties,
    }
    if required:
        inner["required"] = list(required)
    return {"application/json": {"type": "object", "properties": {wrapper: inner}, "required": [wrapper]}}


NEW_TASK = _body("task", {**_TASK, "task_items_attributes": _NESTED}, required=("name",))
CHANGED_TASK = _body("task", {**_TASK, "task_items_attributes": _NESTED})
NEW_ITEM = _body("task_item", _ITEM, required=("name",))
CHANGED_ITEM = _body("task_item", _ITEM)
