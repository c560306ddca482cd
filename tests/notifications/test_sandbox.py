"""A test user's messages are recorded, and never sent."""

from django.test import Client

from notifications.models import Delivery, Notification
from notifications.states import Reason, State
from tests import factories


def test_they_are_recorded_and_shown_to_the_team_only(
    application, developer, rival, api, work, sink, texts, make_token
):
    test_user = factories.make_test_user(application.app.team)
    answer = api(make_token(application)).post("/api/v1/notifications", {"subject": "To no one real"})
    assert answer.status_code == 200
    assert answer.json()["user_id"] == test_user.user_id
    work()
    row = Delivery.objects.get()
    assert (row.state, row.reason) == (State.RECORDED, Reason.TEST_USER)
    assert not sink.raw
    assert not texts
    assert [n.pk for n in Notification.objects.for_test_users_of(application.app.team)] == [answer.json()["id"]]
    other_team = factories.make_team(rival)
    assert not Notification.objects.for_test_users_of(other_team).exists()
    sign_in = factories.sign_in

    assert b"To no one real" not in sign_in(Client(), developer).get("/notifications/").content


def test_app_reads_the_recorded_state_back(application, api, make_token):
    factories.make_test_user(application.app.team)
    caller = api(make_token(application))
    made = caller.post("/api/v1/notifications", {"subject": "Hello"}).json()
    (delivery,) = caller.get(f"/api/v1/notifications/{made['id']}").json()["deliveries"]
    assert (delivery["state"], delivery["reason"]) == ("recorded", "test_user")
