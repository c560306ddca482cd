"""Tasks and items as version 1 returns them."""

from typing import Any

from myusa.lib.http.times import iso
from tasks.models import Task, TaskItem


def task_json(task: Task) -> dict[str, Any]:
    """Return a task with its items, which must have been fetched before."""
    return {
        "id": task.pk,
        "name": task.name,
        "url": task.url,
        "completed_at": iso(task.completed_at),
        "dismissed_at": iso(task.dismissed_at),
        "user_id": task.user_id,
        "created_at": iso(task.created_at),
        "updated_at": iso(task.updated_at),
        "app_id": task.app_id,
        "task_items": [item_json(item) for item in task.items.all()],
    }


def item_json(item: TaskItem) -> dict[str, Any]:
    return {
        "id": item.pk,
        "name": item.name,
        "url": item.url,
        "external_id": item.external_id,
        "completed_at": iso(item.completed_at),
        "task_id": item.task_id,
        "created_at": iso(item.created_at),
        "updated_at": iso(item.updated_at),
    }
