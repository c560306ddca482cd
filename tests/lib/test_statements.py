"""Compiled statements: what many try at once happens once, and what need not wait for the disk does not."""

import uuid
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from developer_apps.models import AccessToken, RefreshToken
from myusa.lib.database.statements import Exchange, Insert
from tests.factories import make_app

FIELDS = ("token_checksum", "application", "expires", "scope", "created")


def row(application, checksum):
    now = timezone.now()
    return [checksum, application.client.pk, now + timedelta(hours=1), "tasks", now]


@pytest.mark.django_db
def test_an_exchange_succeeds_once(developer, citizen):
    application = make_app(developer)
    authorization = application.app.authorizations.create(user=citizen, scopes="tasks")
    claimed = RefreshToken.objects.create(
        token_checksum="claimed",
        application=application.client,
        authorization=authorization,
        family=uuid.uuid4(),
        expires=timezone.now() + timedelta(hours=1),
    )
    exchange = Exchange(RefreshToken, "revoked", Insert(AccessToken, *FIELDS), Insert(AccessToken, *FIELDS))

    assert exchange.run(claimed.pk, timezone.now(), row(application, "first"), row(application, "second"))
    assert not exchange.run(claimed.pk, timezone.now(), row(application, "third"), row(application, "fourth"))

    assert set(AccessToken.objects.values_list("token_checksum", flat=True)) == {"first", "second"}


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_only_the_insert_itself_does_not_wait_for_the_disk(developer):
    application = make_app(developer)
    with connection.cursor() as cursor:
        cursor.execute("SET synchronous_commit = on")

        Insert(AccessToken, *FIELDS, durable=False).run(row(application, "quick"))

        cursor.execute("SHOW synchronous_commit")
        assert cursor.fetchone() == ("on",)
    assert AccessToken.objects.filter(token_checksum="quick").exists()
