"""Storing a notification with its deliveries: both or neither, in as few statements as the database allows."""

from collections.abc import Sequence

from django.db import transaction

from myusa.lib.database.statements import InsertWithChildren
from notifications.delivery import wake_up
from notifications.models import Delivery, Notification
from notifications.states import State

_insert = InsertWithChildren(Notification, Delivery, "notification")


def store(notification: Notification, deliveries: Sequence[Delivery]) -> None:
    """Insert the rows, set the notification's key, and wake a worker once they are committed.

    Raises IntegrityError, having written nothing, if the Idempotency-Key is taken or the person is gone.
    """
    _insert.run(notification, deliveries)
    if any(delivery.state == State.QUEUED for delivery in deliveries):
        transaction.on_commit(wake_up.wake)
