"""Writing a notification with its deliveries: both or neither, in as few statements as the database allows.

On PostgreSQL it is a single statement, which needs no transaction around it; elsewhere the ORM writes both in one.
"""

from collections.abc import Sequence
from contextlib import nullcontext
from functools import cache
from typing import Any

from django.db import connection, models, transaction

from myusa.lib.database.statements import prepared_cursor
from notifications.delivery import wake_up
from notifications.models import Delivery, Notification
from notifications.states import State


def store(notification: Notification, deliveries: Sequence[Delivery]) -> None:
    """Insert the rows, set the notification's key, and wake a worker once they are committed.

    Raises IntegrityError, having written nothing, if the Idempotency-Key is taken or the person is gone.
    """
    if connection.vendor == "postgresql":
        # Within somebody's transaction a savepoint keeps it usable after an IntegrityError.
        with transaction.atomic() if connection.in_atomic_block else nullcontext():
            _insert_both(notification, deliveries)
    else:
        with transaction.atomic():
            notification.save(force_insert=True)
            for delivery in deliveries:
                delivery.notification_id = notification.pk
            Delivery.objects.bulk_create(deliveries)
    if any(delivery.state == State.QUEUED for delivery in deliveries):
        transaction.on_commit(wake_up.wake)


def _insert_both(notification: Notification, deliveries: Sequence[Delivery]) -> None:
    values = _values(notification)
    for delivery in deliveries:
        values += _values(delivery)
    with prepared_cursor() as cursor:
        cursor.execute(_statement(len(deliveries)), values)
        (notification.pk,) = cursor.fetchone()
    notification._state.adding = False


@cache
def _statement(deliveries: int) -> str:
    quote = connection.ops.quote_name
    wanted = _fields(Delivery)
    # Rows of VALUES are text until they are told otherwise.
    typed = ", ".join(
        f"%s::{field.rel_db_type(connection) if field.is_relation else field.db_type(connection)}" for field in wanted
    )
    rows = ", ".join([f"({typed})"] * deliveries)
    notification_columns = ", ".join(quote(field.column) for field in _fields(Notification))
    delivery_columns = ", ".join(quote(field.column) for field in wanted)
    marks = ", ".join(["%s"] * len(_fields(Notification)))
    return (
        f"WITH made AS (INSERT INTO {quote(Notification._meta.db_table)} ({notification_columns}) VALUES ({marks})"  # noqa: S608
        f' RETURNING "id"), brought AS (INSERT INTO {quote(Delivery._meta.db_table)} ("notification_id", {delivery_columns})'
        f" SELECT made.id, given.* FROM made, (VALUES {rows}) AS given) SELECT id FROM made"
    )


@cache
def _fields(model: type[models.Model]) -> list[Any]:
    """Return the fields that are written: the key and what the database fills in are left out."""
    return [
        field
        for field in model._meta.concrete_fields
        if not field.primary_key and field.name != "notification" and not field.has_db_default()
    ]


def _values(row: models.Model) -> list[Any]:
    return [field.get_db_prep_save(getattr(row, field.attname), connection) for field in _fields(type(row))]
