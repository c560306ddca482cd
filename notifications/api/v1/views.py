"""The calls of the Notifications API, version 1: send a notification, and read its deliveries."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from developer_apps.api import idempotency, paging
from developer_apps.api.views import UserResourceView
from myusa.lib.http.errors import NOT_FOUND
from myusa.lib.http.openapi import answers
from myusa.lib.http.parsers import WrappedParameters
from myusa.lib.http.times import iso
from notifications import content, create
from notifications.api.v1 import schema
from notifications.contribution import SCOPE
from notifications.models import Notification

_TIMES = frozenset(
    "received_at created_at updated_at deleted_at viewed_at next_attempt_at sent_at delivered_at".split()
)


class NotificationsView(UserResourceView):
    product = "notifications"
    required_scopes = frozenset({SCOPE})


class NotificationListView(WrappedParameters, NotificationsView):
    endpoint = "notifications"
    wrapper = "notification"

    @extend_schema(
        operation_id="list_notifications",
        summary="List the app's notifications for this person with the state of their deliveries, oldest first",
        parameters=paging.PARAMETERS,
        responses=answers(schema.NotificationWithDeliveriesSerializer(many=True), 400),
    )
    def get(self, request: Request) -> Response:
        mine = Notification.objects.made_by(self.access.app_id, self.access.user_id).prefetch_related("deliveries")
        return paging.listed(request, mine.order_by("pk"), _with_deliveries)

    @extend_schema(
        operation_id="create_notification",
        summary="Send the person a notification",
        description="The notification is in the person's inbox when you get the response. Email and text messages follow as the person chose.",
        parameters=[idempotency.PARAMETER],
        request=schema.NEW_NOTIFICATION,
        responses=answers(schema.NotificationSerializer, 409, takes_body=True),
    )
    def post(self, request: Request) -> Response:
        wanted = content.read(self.parameters(request))
        return Response(_with_times(create.accept(self.access, wanted, idempotency.key_digests(request))))


class NotificationView(NotificationsView):
    endpoint = "notification"

    @extend_schema(
        operation_id="read_notification",
        summary="Read a notification with the state of its deliveries",
        responses=answers(schema.NotificationWithDeliveriesSerializer, 404),
    )
    def get(self, request: Request, notification_id: int) -> Response:
        mine = Notification.objects.made_by(self.access.app_id, self.access.user_id)
        found = mine.filter(pk=notification_id).prefetch_related("deliveries").first()
        if found is None:
            raise NOT_FOUND.problem()
        return Response(_with_deliveries(found))


def _with_deliveries(notification: Notification) -> dict[str, Any]:
    deliveries = sorted(notification.deliveries.all(), key=lambda delivery: delivery.pk)
    found = [_with_times(delivery.as_json()) for delivery in deliveries]
    return {**_with_times(notification.as_json()), "deliveries": found}


def _with_times(values: dict[str, Any]) -> dict[str, Any]:
    return {name: iso(value) if name in _TIMES else value for name, value in values.items()}
