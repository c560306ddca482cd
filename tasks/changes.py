"""The changes that an app requests in one call, made in one transaction."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from myusa.lib.http.errors import NOT_FOUND
from tasks import errors
from tasks.models import MAX_ITEMS_PER_TASK, MAX_TASKS_PER_PERSON, Task, TaskItem

ITEM_COLUMNS = ["name", "url", "external_id", "completed_at", "updated_at"]


@dataclass(frozen=True)
class Completion:
    """What a call says about being done: a wish (`completed`), an explicit time (None reopens), or nothing.

    The wish wins, because old clients send back the stale time that they read before.
    """

    completed: bool | None = None
    at: datetime | None = None
    is_at_given: bool = False

    @property
    def is_given(self) -> bool:
        return self.completed is not None or self.is_at_given

    def resolve(self, current: datetime | None, now: datetime) -> datetime | None:
        """Return the new time of completion of something that was completed at `current`."""
        if self.completed is True:
            return self.at or current or now
        if self.completed is False:
            return None
        return self.at if self.is_at_given else current


@dataclass(frozen=True)
class ItemChange:
    """A new item (no `pk`), or the change of an existing one. `values` has only the columns that were named.

    `id_field` is where the body gives the `pk`, for the error when there is no such item.
    """

    pk: int | None = None
    values: dict[str, Any] = field(default_factory=dict)
    completion: Completion = field(default_factory=Completion)
    remove: bool = False
    id_field: str | None = None


@dataclass(frozen=True)
class TaskChange:
    values: dict[str, Any] = field(default_factory=dict)
    completion: Completion = field(default_factory=Completion)
    items: Sequence[ItemChange] = ()


@transaction.atomic
def create_task(app_id: int, user_id: int, change: TaskChange) -> Task:
    """Create a task of an app for a person; raise TASK_LIMIT_REACHED or TASK_ITEM_LIMIT_REACHED when there are too many."""
    if Task.objects.made_by(app_id, user_id).count() >= MAX_TASKS_PER_PERSON:
        raise errors.TASK_LIMIT_REACHED.problem()
    now = timezone.now()
    task = Task(app_id=app_id, user_id=user_id, created_at=now, updated_at=now, **change.values)
    task.completed_at = change.completion.resolve(None, now)
    task.save(force_insert=True)
    _change_items(task, [], change, now)
    return task


@transaction.atomic
def change_task(app_id: int, user_id: int, pk: int, change: TaskChange) -> Task:
    """Change one of an app's tasks; what is not named stays.

    Raises NOT_FOUND for a task or item that is not there or not its own (an item of another task too), and
    TASK_ITEM_LIMIT_REACHED; nothing has changed then.
    """
    task = locked_task(app_id, user_id, pk)
    now = timezone.now()
    items = list(task.items.order_by("position", "pk"))
    completed_at = change.completion.resolve(task.completed_at, now)
    changed = _assign(task, {**change.values, "completed_at": completed_at})
    if _change_items(task, items, change, now) or changed:
        task.updated_at = now
        task.save(update_fields=[*change.values, "completed_at", "updated_at"])
    return task


@transaction.atomic
def remove_task(app_id: int, user_id: int, pk: int) -> Task:
    """Delete one of an app's tasks with its items and return it as it was; raise NOT_FOUND if it is not its own."""
    task = locked_task(app_id, user_id, pk)
    items = list(task.items.order_by("position", "pk"))
    Task.objects.filter(pk=pk).delete()
    task.remember_items(items)
    return task


def locked_task(app_id: int, user_id: int, pk: int) -> Task:
    """Return a task that stays as it is until the transaction ends; raise NOT_FOUND if it is not the app's own."""
    task = Task.objects.made_by(app_id, user_id).select_for_update().filter(pk=pk).first()
    if task is None:
        raise NOT_FOUND.problem()
    return task


def _change_items(task: Task, items: list[TaskItem], change: TaskChange, now: datetime) -> bool:
    """Apply the nested changes and keep the resulting items on the task; return whether anything changed."""
    by_pk = {item.pk: item for item in items}
    for each in change.items:
        if each.pk is not None and each.pk not in by_pk:
            raise NOT_FOUND.problem(each.id_field)
    removed = {each.pk for each in change.items if each.remove and each.pk is not None}
    changed = {
        each.pk: by_pk[each.pk]
        for each in change.items
        if each.pk and not each.remove and _apply(by_pk[each.pk], each, now)
    }
    added = [_new_item(each, now) for each in change.items if each.pk is None and not each.remove]
    if len(items) - len(removed) + len(added) > MAX_ITEMS_PER_TASK:
        raise errors.TASK_ITEM_LIMIT_REACHED.problem()
    kept = [item for item in items if item.pk not in removed]
    if change.completion.completed is True:
        changed |= {item.pk: item for item in _complete_rest(task, kept, added, change)}
    for item in changed.values():
        item.updated_at = now
    if removed:
        TaskItem.objects.filter(task=task, pk__in=removed).delete()
    if changed:
        TaskItem.objects.bulk_update(changed.values(), ITEM_COLUMNS)
    if added:
        TaskItem.objects.add(task, added, after=kept[-1].position if kept else 0)
    task.remember_items([*kept, *added])
    return bool(removed or changed or added)


def _apply(item: TaskItem, change: ItemChange, now: datetime) -> bool:
    return _assign(item, {**change.values, "completed_at": change.completion.resolve(item.completed_at, now)})


def _new_item(change: ItemChange, now: datetime) -> TaskItem:
    return TaskItem(**change.values, completed_at=change.completion.resolve(None, now), created_at=now, updated_at=now)


def _complete_rest(task: Task, kept: list[TaskItem], added: list[TaskItem], change: TaskChange) -> list[TaskItem]:
    """Complete the items of a completed task, but for those of which the same call says otherwise."""
    stated = {each.pk for each in change.items if each.pk is not None and each.completion.is_given}
    rest = [item for item in kept if item.completed_at is None and item.pk not in stated]
    new = [each for each in change.items if each.pk is None and not each.remove]
    unstated = [item for item, each in zip(added, new, strict=True) if not each.completion.is_given]
    for item in [*rest, *unstated]:
        item.completed_at = task.completed_at
    return rest


def _assign(row: Task | TaskItem, values: dict[str, Any]) -> bool:
    """Set the given columns; return whether any of them differs from before."""
    differing = {name: value for name, value in values.items() if getattr(row, name) != value}
    for name, value in differing.items():
        setattr(row, name, value)
    return bool(differing)
