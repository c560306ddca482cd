"""Idempotency-Key: a repeated call sends nothing twice and gets the same answer."""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.utils import timezone

from myusa.lib import limits
from notifications.models import Delivery, Notification

PATH = "/api/v1/notifications"


def test_same_key_and_body_give_the_same_answer_whatever_the_person_did(app_api):
    first = app_api.post(PATH, {"subject": "Hello", "body": "World"}, Idempotency_Key="abc")
    Notification.objects.mark_viewed()
    Notification.objects.delete_softly()
    again = app_api.post(PATH, "subject=Hello&body=World", Idempotency_Key="abc")
    assert again.status_code == 200
    assert again.json() == first.json()
    assert Notification.objects.count() == Delivery.objects.count() == 1


def test_same_key_with_another_body_is_a_conflict(app_api):
    app_api.post(PATH, {"subject": "Hello"}, Idempotency_Key="abc")
    response = app_api.post(PATH, {"subject": "Hello again"}, Idempotency_Key="abc")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (409, "IDEMPOTENCY_KEY_REUSED")
    assert Notification.objects.count() == 1


def test_key_belongs_to_one_app_and_one_person(
    app_api, public_application, application, citizen, teammate, make_token, api
):
    app_api.post(PATH, {"subject": "Hello"}, Idempotency_Key="abc")
    for caller in (api(make_token(public_application, teammate)), api(make_token(application, teammate))):
        assert caller.post(PATH, {"subject": "Other"}, Idempotency_Key="abc").status_code == 200
    assert Notification.objects.count() == 3


def test_key_may_be_used_again_after_a_day(app_api):
    app_api.post(PATH, {"subject": "Hello"}, Idempotency_Key="abc")
    Notification.objects.update(created_at=timezone.now() - timedelta(hours=24, seconds=1))
    assert app_api.post(PATH, {"subject": "Hello again"}, Idempotency_Key="abc").status_code == 200
    assert Notification.objects.count() == 2


@pytest.mark.parametrize("key", ["", " ", "a" * 256, "é", "a\tb"])
def test_malformed_key_is_refused(app_api, key):
    response = app_api.post(PATH, {"subject": "Hello"}, Idempotency_Key=key)
    assert (response.status_code, response.json()["errors"][0]["code"]) == (400, "IDEMPOTENCY_KEY_INVALID")
    assert not Notification.objects.exists()


@pytest.mark.usefixtures("still_clock")
def test_repetition_costs_nothing_of_the_limits(app_api, settings):
    settings.NOTIFICATIONS_PER_USER = (1, 100)
    for _time in range(5):
        limits_kept = app_api.post(PATH, {"subject": "Hello"}, Idempotency_Key="abc")
        assert limits_kept.status_code == 200
    assert app_api.post(PATH, {"subject": "Hello"}, Idempotency_Key="other").status_code == 429


def test_calls_without_key_are_separate(app_api):
    app_api.post(PATH, {"subject": "Hello"})
    app_api.post(PATH, {"subject": "Hello"})
    assert Notification.objects.count() == 2


@pytest.mark.django_db(transaction=True)
def test_fifty_parallel_calls_make_one_row(public_application, citizen, make_token, api, monkeypatch):
    monkeypatch.setattr(limits, "hit_all", lambda wanted, **_: [limits.Hit(True, 9, 1, 9) for _limit in wanted])
    token = make_token(public_application, citizen)
    answers = []
    ready = threading.Barrier(50)

    def call():
        try:
            ready.wait()
            response = api(token).post(PATH, {"subject": "Hello"}, Idempotency_Key="race")
            answers.append((response.status_code, response.json().get("id")))
        finally:
            connection.close()

    threads = [threading.Thread(target=call) for _number in range(50)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Notification.objects.count() == Delivery.objects.count() == 1
    assert answers == [(200, Notification.objects.get().pk)] * 50
