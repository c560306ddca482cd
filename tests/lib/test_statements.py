"""Compiled statements: what many try at once happens once, and what need not wait for the disk does not."""

import uuid
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Annotated, NamedTuple

import pytest
from django.core.exceptions import FieldDoesNotExist, FieldError
from django.db import IntegrityError, connection
from django.db.models import Value
from django.utils import timezone

from developer_apps.models import AccessToken, App, RefreshToken
from myusa.lib.database.statements import Exchange, Insert, InsertWithChildren, Select
from notifications.models import Delivery, Notification
from notifications.states import Channel
from tests.factories import make_app


class NewToken(NamedTuple):
    token_checksum: str
    application_id: int
    expires: datetime
    scope: str
    created: datetime


def row(application, checksum):
    now = timezone.now()
    return NewToken(checksum, application.client.pk, now + timedelta(hours=1), "tasks", now)


@pytest.fixture(params=[True, False], ids=["compiled", "by the ORM"])
def compiled(request, settings):
    settings.COMPILED_STATEMENTS = request.param


@pytest.mark.django_db
def test_an_exchange_succeeds_once(developer, citizen, compiled):
    application = make_app(developer)
    authorization = application.app.authorizations.create(user=citizen, scopes="tasks")
    claimed = RefreshToken.objects.create(
        token_checksum="claimed",
        application=application.client,
        authorization=authorization,
        family=uuid.uuid4(),
        expires=timezone.now() + timedelta(hours=1),
    )
    exchange = Exchange(RefreshToken, "revoked", Insert(AccessToken, NewToken), Insert(AccessToken, NewToken))

    assert exchange.run(claimed.pk, timezone.now(), row(application, "first"), row(application, "second"))
    assert not exchange.run(claimed.pk, timezone.now(), row(application, "third"), row(application, "fourth"))

    assert set(AccessToken.objects.values_list("token_checksum", flat=True)) == {"first", "second"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_only_the_insert_itself_does_not_wait_for_the_disk(developer):
    application = make_app(developer)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")

        Insert(AccessToken, NewToken, durable=False).run(row(application, "quick"))

        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    assert AccessToken.objects.filter(token_checksum="quick").exists()


class NameThenMode(NamedTuple):
    name: str
    mode: str


class ModeThenName(NamedTuple):
    mode: str
    name: str


@dataclass
class TokenWithApp:
    scope: str
    app: Annotated[NameThenMode, "application__app"]
    expires_at: Annotated[datetime, "expires"]


@pytest.mark.django_db
def test_fields_get_their_values_by_name_in_whatever_order_they_are(developer, compiled):
    app = make_app(developer, name="Case Status").app

    rows = [
        Select(lambda pk: App.objects.filter(pk=pk), kind, int).one(app.pk) for kind in (NameThenMode, ModeThenName)
    ]

    assert rows == [NameThenMode(name="Case Status", mode="private"), ModeThenName(mode="private", name="Case Status")]


@pytest.mark.django_db
def test_a_row_type_reads_another_table_by_a_nested_row_type(developer, compiled):
    application = make_app(developer, name="Case Status")
    new = row(application, "digest")
    Insert(AccessToken, NewToken).run(new)

    found = Select(lambda digest: AccessToken.objects.filter(token_checksum=digest), TokenWithApp).one("digest")

    assert found == TokenWithApp("tasks", NameThenMode("Case Status", "private"), new.expires)


def test_a_row_that_is_not_there_is_none(db, compiled):
    assert Select(lambda pk: App.objects.filter(pk=pk), NameThenMode, int).one(0) is None


def test_a_field_without_a_column_fails_when_the_statement_is_declared():
    class Wrong(NamedTuple):
        title: str

    with pytest.raises(FieldError):
        Select(lambda pk: App.objects.filter(pk=pk), Wrong, int)
    with pytest.raises(FieldDoesNotExist):
        Insert(App, Wrong)


def test_an_annotation_that_no_field_reads_fails_when_the_statement_is_declared():
    with pytest.raises(TypeError, match="is_insider"):
        Select(lambda pk: App.objects.filter(pk=pk).annotate(is_insider=Value(True)), NameThenMode, int)


def notification_with(citizen, channels):
    now = timezone.now()
    notification = Notification(user=citizen, sender="A", subject="S", received_at=now, created_at=now, updated_at=now)
    return notification, [
        Delivery(channel=channel, created_at=now, updated_at=now, give_up_at=now) for channel in channels
    ]


@pytest.mark.django_db
@pytest.mark.parametrize("channels", [[], [Channel.EMAIL], [Channel.EMAIL, Channel.SMS]], ids=len)
def test_a_row_is_inserted_with_its_children(citizen, compiled, channels):
    notification, deliveries = notification_with(citizen, channels)

    InsertWithChildren(Notification, Delivery, "notification").run(notification, deliveries)

    stored = Notification.objects.get(pk=notification.pk)
    assert (stored.subject, stored.user) == ("S", citizen)
    assert sorted(stored.deliveries.values_list("channel", flat=True)) == sorted(channels)


@pytest.mark.django_db
def test_a_child_that_cannot_be_inserted_leaves_no_parent(citizen, compiled):
    notification, deliveries = notification_with(citizen, [Channel.EMAIL, Channel.EMAIL])

    with pytest.raises(IntegrityError):
        InsertWithChildren(Notification, Delivery, "notification").run(notification, deliveries)

    assert not Notification.objects.exists()
