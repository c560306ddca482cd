"""A form of the inbox that is sent twice ends where sending it once ends, without an error."""

import pytest

from notifications.models import Notification
from tests.presses import both, send_twice


@pytest.fixture
def mine(citizen, public_application):
    app = public_application.app
    return Notification.objects.create(user=citizen, app=app, sender=app.name, subject="Hello")


@both
@pytest.mark.parametrize("step", ["delete", "unread", "read"])
def test_a_step_of_one_notification(sign_in, citizen, mine, cookies, step):
    browser, page = sign_in(citizen), f"/notifications/{mine.pk}/"
    send_twice(browser, page, cookies, to=f"{page}{step}")
    mine.refresh_from_db()
    assert bool(mine.deleted_at) == (step == "delete")
    assert bool(mine.viewed_at) == (step != "unread")


@both
def test_restoring_a_notification_and_reading_all(sign_in, citizen, mine, cookies):
    Notification.objects.delete_softly()
    browser = sign_in(citizen)
    send_twice(browser, f"/notifications/?deleted={mine.pk}", cookies, to=f"/notifications/{mine.pk}/restore")
    send_twice(browser, "/notifications/", cookies, to="/notifications/read")
    mine.refresh_from_db()
    assert (mine.deleted_at, bool(mine.viewed_at)) == (None, True)
