"""What an app sees when a person deletes their account, as the FAQ says; what it made for the person goes with it."""

import pytest

from accounts.deletion import delete_account
from accounts.models import User
from notifications.models import Notification
from tasks.models import Task
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db


def test_calls_and_refreshes_fail_at_once_and_the_person_comes_back_as_another(
    citizen, tokens, public_application, api
):
    app, uid, email = api(tokens["access_token"]), citizen.uid, citizen.email
    assert app.post("/api/v1/tasks", {"name": "Renew"}).status_code == 200
    assert app.post("/api/v1/notifications", {"subject": "Hello", "body": "Text"}).status_code == 200
    assert (Task.objects.count(), Notification.objects.count()) == (1, 1)

    delete_account(citizen)

    response = app.get("/api/v1/profile")
    assert (response.status_code, response.json()["errors"][0]["code"]) == (401, "TOKEN_INVALID")
    refused = flows.refresh(public_application, tokens["refresh_token"])
    assert (refused.status_code, refused.json()["error"]) == (400, "invalid_grant")
    assert not Task.objects.exists()
    assert not Notification.objects.exists()
    assert User.objects.create_user(email).uid != uid
