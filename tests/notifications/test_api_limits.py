"""How much an app may send, and the response above the limit."""

import pytest

from developer_apps.access import quota
from myusa.lib import limits
from notifications import allowance
from notifications.models import AppLimit, Notification

PATH = "/api/v1/notifications"
pytestmark = pytest.mark.usefixtures("still_clock")


@pytest.fixture(autouse=True)
def _generous_quota(monkeypatch):
    """The product's own quota is another matter."""
    monkeypatch.setattr(quota, "check", lambda *_: {})


def test_one_more_than_the_limit_to_a_person_is_refused_and_not_stored(app_api, settings):
    settings.NOTIFICATIONS_PER_USER = (2, 100)
    assert [app_api.post(PATH, {"subject": "Hello"}).status_code for _ in range(3)] == [200, 200, 429]
    response = app_api.post(PATH, {"subject": "Hello"})
    assert response.json()["errors"][0]["code"] == "NOTIFICATION_LIMIT_REACHED"
    assert 1 <= int(response["Retry-After"]) <= 60
    assert (response["RateLimit-Limit"], response["RateLimit-Remaining"]) == ("2", "0")
    assert response["RateLimit-Policy"] == "600;w=60, 100000;w=86400, 2;w=60, 100;w=86400"
    assert Notification.objects.count() == 2


def test_limit_of_the_day_tells_to_wait_for_the_next(app_api, settings):
    settings.NOTIFICATIONS_PER_USER = (100, 1)
    app_api.post(PATH, {"subject": "Hello"})
    assert int(app_api.post(PATH, {"subject": "Hello"})["Retry-After"]) <= 86_400


def test_limit_of_the_app_counts_all_people(app_api, settings, public_application, teammate, make_token, api):
    settings.NOTIFICATIONS_PER_APP = (1, 100)
    assert app_api.post(PATH, {"subject": "Hello"}).status_code == 200
    other = api(make_token(public_application, teammate))
    assert other.post(PATH, {"subject": "Hello"}).status_code == 429


def test_limit_to_one_person_leaves_others_alone(app_api, settings, public_application, teammate, make_token, api):
    settings.NOTIFICATIONS_PER_USER = (1, 100)
    assert app_api.post(PATH, {"subject": "Hello"}).status_code == 200
    other = api(make_token(public_application, teammate))
    assert other.post(PATH, {"subject": "Hello"}).status_code == 200


def test_staff_raise_an_apps_limits(app_api, settings, public_application):
    settings.NOTIFICATIONS_PER_USER = (1, 100)
    AppLimit.objects.create(app=public_application.app, user_per_minute=3)
    allowance.forget()
    assert [app_api.post(PATH, {"subject": "Hello"}).status_code for _ in range(4)] == [200, 200, 200, 429]


def test_malformed_calls_cost_nothing(app_api, settings):
    settings.NOTIFICATIONS_PER_USER = (1, 100)
    for _time in range(3):
        app_api.post(PATH, {"subject": ""})
    assert app_api.post(PATH, {"subject": "Hello"}).status_code == 200
    limits.reset()
