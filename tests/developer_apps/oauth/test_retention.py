"""Codes and tokens go when no one can use or replay them anymore, and not before."""

import datetime
import io
import uuid

import pytest
from django.core.management import call_command
from django.utils import timezone

from developer_apps import jobs
from developer_apps.models import AccessToken, Authorization, Grant, RefreshToken
from developer_apps.oauth import retention
from tests.factories import make_token

DAY = datetime.timedelta(days=1)


@pytest.fixture
def authorization(application, developer):
    return Authorization.objects.grant(developer, application.app, allowed=["profile.email"])


def refresh_token(application, authorization, *, expires, revoked=None):
    return RefreshToken.objects.create(
        application=application.client,
        authorization=authorization,
        family=uuid.uuid4(),
        token_checksum=uuid.uuid4().hex,
        expires=expires,
        revoked=revoked,
    )


def code(application, authorization, *, expires, redeemed_at=None):
    return Grant.objects.create(
        application=application.client,
        authorization=authorization,
        family=uuid.uuid4(),
        code=uuid.uuid4().hex,
        expires=expires,
        redeemed_at=redeemed_at,
        redirect_uri="",
        scope="",
    )


def test_access_tokens_go_a_day_after_they_expired(application, developer):
    now = timezone.now()
    tokens = [make_token(application, developer, age=age) for age in (3600, -3600, -86400 - 60)]
    assert len(tokens) == 3

    jobs.purge_tokens()

    assert AccessToken.objects.count() == 2
    assert AccessToken.objects.filter(expires__lt=now - DAY).count() == 0


def test_the_oauth_librarys_own_command_follows_the_same_rules(application, authorization):
    now, out = timezone.now(), io.StringIO()
    code(application, authorization, expires=now - 2 * DAY)
    refresh_token(application, authorization, expires=now - 29 * DAY, revoked=now - 80 * DAY)
    call_command("cleartokens", stdout=out)
    assert out.getvalue() == "access tokens: 0 deleted\ncodes: 1 deleted\nrefresh tokens: 0 deleted\n"
    assert not Grant.objects.exists()
    assert RefreshToken.objects.count() == 1


def test_redeemed_codes_stay_a_day_to_recognize_replays(application, authorization):
    now = timezone.now()
    kept = [
        code(application, authorization, expires=now - 3 * DAY, redeemed_at=now - DAY / 2),
        code(application, authorization, expires=now + DAY / 24),
    ]
    code(application, authorization, expires=now - 3 * DAY, redeemed_at=now - 2 * DAY)
    code(application, authorization, expires=now - 2 * DAY)

    assert retention.purge_tokens()["codes"] == 2
    assert set(Grant.objects.values_list("pk", flat=True)) == {each.pk for each in kept}


def test_used_refresh_tokens_stay_until_a_month_after_their_time(application, authorization):
    now = timezone.now()
    kept = [
        refresh_token(application, authorization, expires=now + 100 * DAY, revoked=now - 80 * DAY),
        refresh_token(application, authorization, expires=now - 29 * DAY),
    ]
    refresh_token(application, authorization, expires=now - 31 * DAY)
    refresh_token(application, authorization, expires=now - 31 * DAY, revoked=now - 200 * DAY)

    assert retention.purge_tokens()["refresh_tokens"] == 2
    assert set(RefreshToken.objects.values_list("pk", flat=True)) == {each.pk for each in kept}


def test_purge_goes_in_chunks_and_may_run_twice(application, authorization):
    for _ in range(7):
        refresh_token(application, authorization, expires=timezone.now() - 40 * DAY)

    assert retention.purge_tokens(chunk=2)["refresh_tokens"] == 7
    assert retention.purge_tokens()["refresh_tokens"] == 0
