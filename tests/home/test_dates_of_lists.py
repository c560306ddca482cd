"""Lists sorted by time have headings: today, yesterday, the last 7 days, then months, in the reader's zone and language."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone, translation

from accounts.models import User
from developer_apps import traffic
from developer_apps.models import Environment
from myusa.home.templatetags.pages import recency
from notifications.models import Notification

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("at", "heading"),
    [
        (datetime(2026, 11, 27, 12, tzinfo=UTC), "Today"),
        (datetime(2026, 11, 27, 5, tzinfo=UTC), "Today"),
        (datetime(2026, 11, 28, 4, tzinfo=UTC), "Today"),  # a clock that is ahead
        (datetime(2026, 11, 27, 4, 59, tzinfo=UTC), "Yesterday"),
        (datetime(2026, 11, 26, 5, tzinfo=UTC), "Yesterday"),
        (datetime(2026, 11, 26, 4, 59, tzinfo=UTC), "Last 7 days"),
        (datetime(2026, 11, 21, 5, tzinfo=UTC), "Last 7 days"),
        (datetime(2026, 11, 21, 4, 59, tzinfo=UTC), "November 2026"),
        (datetime(2026, 10, 1, 4, 1, tzinfo=UTC), "October 2026"),
        (datetime(2026, 10, 1, 3, 59, tzinfo=UTC), "September 2026"),
        (datetime(2025, 11, 27, 12, tzinfo=UTC), "November 2025"),
    ],
)
def test_days_and_months_are_those_of_the_readers_zone(time_machine, at, heading):
    time_machine.move_to(NOW, tick=False)
    with timezone.override("America/New_York"):
        assert recency(at) == heading


def test_headings_are_in_the_readers_language(time_machine):
    time_machine.move_to(NOW, tick=False)
    with translation.override("es"):
        assert [recency(NOW - timedelta(days=days)) for days in (0, 1, 3, 40)] == [
            "Hoy",
            "Ayer",
            "Últimos 7 días",
            "Octubre de 2026",
        ]


def test_the_inbox_has_each_message_below_its_heading(sign_in, citizen, public_application):
    app = public_application.app
    for days, subject in ((0, "Qqq"), (1, "Www"), (400, "Zzz")):
        sent = Notification.objects.create(user=citizen, app=app, sender=app.name, subject=subject, body="")
        Notification.objects.filter(pk=sent.pk).update(received_at=timezone.now() - timedelta(days=days))
    page = sign_in(citizen).get("/notifications/").content.decode()
    places = [page.index(text) for text in (">Today<", "Qqq", ">Yesterday<", "Www", "Zzz")]
    assert places == sorted(places)
    assert page.count('class="list-day"') == 3


def test_activity_has_each_entry_below_its_heading(sign_in, citizen, public_application):
    app = public_application.app
    User.objects.filter(pk=citizen.pk).update(date_joined=timezone.now() - timedelta(days=400))
    for days in (0, 100):
        traffic.record(
            app_id=app.pk, environment=Environment.SANDBOX, product="profile", endpoint="profile", method="GET",
            status=200, latency_us=1, user_id=citizen.pk, fields_read="profile.email",
            at=timezone.now() - timedelta(days=days), trace_id=f"{days}",
        )  # fmt: skip
    page = sign_in(citizen).get("/settings/activity").content.decode()
    assert page.count('class="list-day"') == 2
    assert page.index(">Today<") < page.index("read your email")
