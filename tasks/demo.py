"""The demo's tasks: what the connected app asks of the citizen."""

from datetime import UTC, datetime, timedelta
from typing import Any

from django.utils import timezone

from myusa.lib.demo import Cast
from tasks.changes import Completion, ItemChange, TaskChange, create_task
from tasks.models import Task

DONE = Completion(completed=True)


def seed(cast: Cast) -> dict[str, Any]:
    """Give the citizen some tasks, once; what happens to them is up to the visitor."""
    citizen = cast.users["citizen"]
    if not Task.objects.of(citizen).exists():
        for age, change in _tasks(f"{cast.base_url}/dev/callback"):
            task = create_task(cast.connected_app.pk, citizen.pk, change)
            made = timezone.now() - timedelta(days=age)
            Task.objects.filter(pk=task.pk).update(created_at=made, updated_at=made)
    cast.tell("citizen", "/tasks/", "check off an item, complete a task, dismiss one; the app sees what you checked")
    return {}


def _tasks(link: str) -> list[tuple[int, TaskChange]]:
    return [
        (
            9,
            TaskChange(
                {"name": "Renew your parking permit", "url": link},
                items=[
                    ItemChange(values={"name": "Upload a utility bill", "external_id": "bill"}, completion=DONE),
                    ItemChange(values={"name": "Confirm your license plate", "external_id": "plate"}),
                    ItemChange(values={"name": "Sign the application", "url": link, "external_id": "signature"}),
                ],
            ),
        ),
        (
            4,
            TaskChange(
                {"name": "Tell every office about your new address"},
                items=[
                    ItemChange(values={"name": "Post office", "url": link}, completion=DONE),
                    ItemChange(values={"name": "Driver license"}),
                    ItemChange(values={"name": "Voter registration"}),
                    ItemChange(values={"name": "Tax records"}),
                ],
            ),
        ),
        (1, TaskChange({"name": "Read the letter about trash collection", "url": link})),
        (30, TaskChange({"name": "Create your account"}, completion=_done_on(29))),
    ]


def _done_on(days_ago: int) -> Completion:
    return Completion(at=datetime.now(UTC) - timedelta(days=days_ago), is_at_given=True)
