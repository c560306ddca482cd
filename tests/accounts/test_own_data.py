"""The copy of a person's data: it begins to arrive right away, however much there is."""

import json

import pytest

from accounts import own_data
from notifications import contribution as notifications
from notifications.models import Notification
from tasks import contribution as tasks
from tasks.models import Task

pytestmark = pytest.mark.django_db
MANY = 5 * own_data.Rows.READ_TOGETHER


@pytest.fixture
def described(monkeypatch):
    """What was described for the copy so far."""
    rows = []
    for module, name in ((notifications, "_notification"), (tasks, "_task")):
        describe = getattr(module, name)
        monkeypatch.setattr(module, name, lambda row, describe=describe: rows.append(row) or describe(row))
    return rows


def test_a_long_copy_begins_before_all_of_it_is_read(described, citizen, application):
    app = application.app
    Notification.objects.bulk_create(
        Notification(user=citizen, app=app, sender=app.name, subject=f"N{number}", body="Text")
        for number in range(MANY)
    )
    Task.objects.bulk_create(Task(user=citizen, app=app, name=f"T{number}") for number in range(MANY))
    copy = own_data.as_json(citizen)
    first = next(copy)
    assert len(described) < MANY, "the first piece needs no more than the first rows of each list"
    whole = json.loads(first + "".join(copy))
    assert {row["subject"] for row in whole["notifications"]["received"]} == {f"N{number}" for number in range(MANY)}
    assert {row["name"] for row in whole["tasks"]} == {f"T{number}" for number in range(MANY)}
