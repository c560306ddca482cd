"""Admins hear of a secret before it expires, if their app relies on it, and of one that no program uses."""

from datetime import timedelta

import pytest
from django.core import mail
from django.utils import timezone

from developer_apps.jobs import remind_of_secrets
from developer_apps.models import Secret

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def secret(application):
    return application.client.secrets.get()


@pytest.fixture
def change(secret):
    """Change the secret's row; times are given from now."""

    def change(**times):
        moments = {name: since and timezone.now() + since for name, since in times.items()}
        Secret.objects.filter(pk=secret.pk).update(**moments)

    return change


@pytest.fixture
def sent(django_capture_on_commit_callbacks):
    """Run the job and return the emails that it sent."""

    def run():
        before = len(mail.outbox)
        with django_capture_on_commit_callbacks(execute=True):
            remind_of_secrets()
        return mail.outbox[before:]

    return run


@pytest.mark.parametrize("days", [30, 7, 1])
def test_admins_get_one_email_at_each_reminder(change, sent, developer, teammate, days):
    change(expires_at=days * DAY - timedelta(hours=1))
    assert [each.to for each in sent()] == [[developer.email]]
    assert sent() == [], "the job may run again"


def test_a_secret_gets_all_three_reminders_over_time(change, sent):
    counts = []
    for days in (31, 30, 8, 7, 2, 1):
        change(expires_at=days * DAY)
        counts.append(len(sent()))
    assert counts == [0, 1, 0, 1, 0, 1]


def test_one_that_is_found_late_gets_one_email(change, sent):
    change(expires_at=timedelta(hours=5))
    assert len(sent()) == 1


def test_a_new_end_is_a_new_reason(change, sent, secret, developer):
    change(expires_at=20 * DAY)
    sent()
    secret.refresh_from_db()
    secret.end(timezone.now() + 5 * DAY, by=developer)
    assert len(sent()) == 1


def test_the_email_says_which_secret_when_it_was_used_and_what_to_do(change, sent, secret, application):
    change(expires_at=6 * DAY, last_used_at=-2 * DAY)
    email = sent()[0]
    assert "Benefit Finder" in email.subject
    for text in (f"ending in {secret.last_four}", "sandbox keys", "last used on", "no other secret", "/keys/"):
        assert text in email.body
    assert secret.last_four in email.alternatives[0].content


@pytest.mark.parametrize(("used", "expected"), [(None, 0), (-timedelta(hours=2), 0), (timedelta(hours=1), 1)])
def test_after_a_rotation_only_a_secret_that_is_still_used_is_mentioned(
    change, sent, application, developer, used, expected
):
    application.client.rotate_secret(by=developer, overlap=DAY)
    change(last_used_at=used)
    emails = sent()
    assert len(emails) == expected
    assert all("have a newer secret" in each.body for each in emails)


@pytest.mark.parametrize("gone", ["revoked", "expired", "suspended"])
def test_a_secret_that_does_not_work_is_not_mentioned(change, sent, application, superuser, gone):
    change(expires_at=-DAY if gone == "expired" else 3 * DAY, revoked_at=-DAY if gone == "revoked" else None)
    if gone == "suspended":
        application.client.suspend(by=superuser, reason="x")
    assert sent() == []


@pytest.mark.parametrize("used", [None, -91 * DAY])
def test_a_secret_that_is_not_used_for_90_days_is_mentioned_once(change, sent, used):
    change(created_at=-200 * DAY, last_used_at=used)
    emails = sent()
    assert len(emails) == 1
    assert "never used" in emails[0].body or "last used on" in emails[0].body
    assert "Revoke it" in emails[0].body
    assert sent() == []


def test_one_that_was_used_again_and_then_forgotten_is_mentioned_again(change, sent, secret):
    change(created_at=-300 * DAY, last_used_at=-100 * DAY, unused_noticed_at=-150 * DAY)
    assert len(sent()) == 1
    assert sent() == []


@pytest.mark.parametrize("age", [1, 89])
def test_one_that_is_young_or_in_use_is_not_mentioned(change, sent, age):
    change(created_at=-age * DAY)
    assert sent() == []
    change(created_at=-300 * DAY, last_used_at=-age * DAY)
    assert sent() == []


def test_the_app_page_names_the_secret_as_a_next_step(sign_in, developer, application, change, secret):
    page = f"/developer/apps/{application.app.pk}/"
    assert f"secret ending in {secret.last_four}" not in sign_in(developer).get(page).content.decode()
    change(expires_at=12 * DAY)
    assert f"secret ending in {secret.last_four}" in sign_in(developer).get(page).content.decode()
