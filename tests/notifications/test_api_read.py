"""An app reads back what it sent: GET /api/v1/notifications/:id."""

import pytest

from notifications.models import Notification

PATH = "/api/v1/notifications"


def test_state_of_each_delivery_is_told(notify, work, app_api):
    answer = notify()
    before = app_api.get(f"{PATH}/{answer['id']}").json()
    assert before["deliveries"] == [
        {
            "channel": "email",
            "state": "queued",
            "reason": None,
            "attempts": 0,
            "next_attempt_at": before["deliveries"][0]["next_attempt_at"],
            "sent_at": None,
            "delivered_at": None,
        }
    ]
    work()
    (after,) = app_api.get(f"{PATH}/{answer['id']}").json()["deliveries"]
    assert (after["state"], after["attempts"], after["next_attempt_at"]) == ("sent", 1, None)
    assert after["sent_at"].endswith("Z")


def test_the_app_sees_that_it_was_read_and_deleted(notify, app_api):
    answer = notify()
    Notification.objects.mark_viewed()
    Notification.objects.delete_softly()
    read = app_api.get(f"{PATH}/{answer['id']}").json()
    assert read["viewed_at"]
    assert read["deleted_at"]


def test_what_another_app_sent_is_not_there(
    notify, application, citizen, teammate, make_token, api, public_application
):
    answer = notify()
    for caller in (api(make_token(application, teammate)), api(make_token(public_application, teammate))):
        assert caller.get(f"{PATH}/{answer['id']}").status_code == 404


@pytest.mark.parametrize("identifier", ["0", "999999", "9" * 30, "abc", "-1"])
def test_unknown_ids_are_not_there(app_api, identifier):
    response = app_api.get(f"{PATH}/{identifier}")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (404, "NOT_FOUND")


def test_the_list_has_what_the_app_sent_with_deliveries_oldest_first(notify, app_api):
    sent = [notify(subject=f"Number {number}") for number in range(5)]
    whole = app_api.get(PATH)
    assert [each["id"] for each in whole.json()] == [each["id"] for each in sent]
    assert whole.json()[0] == app_api.get(f"{PATH}/{sent[0]['id']}").json()
    assert "Link" not in whole
    part = app_api.get(f"{PATH}?page=2&per_page=2")
    assert [each["subject"] for each in part.json()] == ["Number 2", "Number 3"]
    assert f'{PATH}?page=3&per_page=2>; rel="next"' in part["Link"]
    refused = app_api.get(f"{PATH}?page=0")
    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (400, "INVALID_VALUE")


def test_the_list_has_nothing_of_others(notify, app_api, public_application, teammate, make_token, api, citizen):
    mine = notify()
    Notification.objects.create(user=citizen, sender="MyUSA", subject="From MyUSA")
    Notification.objects.create(user=teammate, app=public_application.app, sender="App", subject="To someone else")
    assert [each["id"] for each in app_api.get(PATH).json()] == [mine["id"]]
    without_scope = api(make_token(public_application, citizen, scopes="profile.email")).get(PATH)
    assert (without_scope.status_code, without_scope.json()["errors"][0]["code"]) == (403, "SCOPE_MISSING")
