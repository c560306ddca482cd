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
