"""To-do lists that apps create for people: a task with its items, of one app for one person."""

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Prefetch, Q
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App
from myusa.lib.database.encryption import EncryptedTextField

if TYPE_CHECKING:
    from accounts.models import User

MAX_TASKS_PER_PERSON = 5000
MAX_ITEMS_PER_TASK = 1000
MAX_NAME_LENGTH = 255
MAX_URL_LENGTH = 2000
MAX_EXTERNAL_ID_LENGTH = 255


class TaskQuerySet(models.QuerySet["Task"]):
    def made_by(self, app_id: int, user_id: int) -> "TaskQuerySet":
        """Return what one app created for one person: all that it may see."""
        return self.filter(app_id=app_id, user_id=user_id)

    def of(self, user: "User") -> "TaskQuerySet":
        return self.filter(user=user)

    def open(self) -> "TaskQuerySet":
        return self.filter(completed_at=None, dismissed_at=None, app__isnull=False)

    def done(self) -> "TaskQuerySet":
        """Return those that were completed, and those that were closed because their app was deleted."""
        return self.filter(Q(completed_at__isnull=False) | Q(app=None), dismissed_at=None)

    def dismissed(self) -> "TaskQuerySet":
        return self.exclude(dismissed_at=None)

    def with_items(self) -> "TaskQuerySet":
        """Fetch the items of all tasks by one more statement."""
        return self.prefetch_related(Prefetch("items", TaskItem.objects.order_by("position", "pk")))


class Task(models.Model):
    """Something an app asks a person to do. `dismissed_at` hides it from the person's page; the app does not see that."""

    # A task outlives its app: it is closed then, and keeps the app's name.
    app = models.ForeignKey(App, models.SET_NULL, null=True, related_name="tasks", verbose_name=_("app"))
    former_app = models.CharField(_("deleted app"), max_length=100, blank=True, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="tasks", verbose_name=_("person"), db_index=False
    )
    name = EncryptedTextField(_("name"), max_length=MAX_NAME_LENGTH)
    url = models.CharField(_("web address"), max_length=MAX_URL_LENGTH, null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    dismissed_at = models.DateTimeField(_("dismissed"), null=True, blank=True)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects = TaskQuerySet.as_manager()

    class Meta:
        verbose_name = _("task")
        verbose_name_plural = _("tasks")
        ordering = ["created_at", "pk"]
        indexes = [models.Index(fields=["user", "app", "created_at"], name="task_of_person_and_app")]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="task_has_name")]

    def __str__(self) -> str:
        return capfirst(f"{self._meta.verbose_name} #{self.pk}")

    @property
    def is_done(self) -> bool:
        return self.completed_at is not None

    @property
    def app_name(self) -> str:
        return self.app.name if self.app else self.former_app

    @property
    def was_closed(self) -> bool:
        """Whether the app was deleted before the task was done."""
        return self.app_id is None and not self.is_done

    def remember_items(self, items: Sequence["TaskItem"]) -> None:
        """Cache `items`, so `items.all()` returns them in this order without a statement."""
        self._prefetched_objects_cache = {"items": items}

    @property
    def item_count(self) -> int:
        return len(self.items.all())

    @property
    def done_item_count(self) -> int:
        """Count the ticked items; without another statement where the items have been fetched."""
        return sum(1 for item in self.items.all() if item.is_done)

    @transaction.atomic
    def complete(self) -> bool:
        """Mark the task and its open items as done; False if it is done already."""
        now = timezone.now()
        if not self._change(Q(completed_at=None, app__isnull=False), completed_at=now):
            return False
        self.items.filter(completed_at=None).update(completed_at=now, updated_at=now)
        return True

    @transaction.atomic
    def reopen(self) -> bool:
        """Take the completion back, with the ticks that came with it; what was ticked before stays."""
        done_at = self.completed_at
        if not self._change(Q(completed_at=done_at, completed_at__isnull=False, app__isnull=False), completed_at=None):
            return False
        self.items.filter(completed_at=done_at).update(completed_at=None, updated_at=self.updated_at)
        return True

    def dismiss(self) -> bool:
        """Hide the task from the person's page until `bring_back`."""
        return self._change(Q(dismissed_at=None), touch=False, dismissed_at=timezone.now())

    def bring_back(self) -> bool:
        return self._change(Q(dismissed_at__isnull=False), touch=False, dismissed_at=None)

    def touch(self) -> None:
        """Set the time of the last change, which the app reads."""
        self.updated_at = timezone.now()
        Task.objects.filter(pk=self.pk).update(updated_at=self.updated_at)

    def _change(self, condition: Q, *, touch: bool = True, **values: Any) -> bool:
        if touch:
            values["updated_at"] = timezone.now()
        if not Task.objects.filter(condition, pk=self.pk).update(**values):
            return False
        for name, value in values.items():
            setattr(self, name, value)
        return True


class TaskItemQuerySet(models.QuerySet["TaskItem"]):
    def of(self, user: "User") -> "TaskItemQuerySet":
        return self.filter(task__user=user)

    def add(self, task: Task, items: Sequence["TaskItem"], *, after: int) -> None:
        """Append new items to a task, in their order and behind the position `after`, by one statement."""
        for position, item in enumerate(items, start=after + 1):
            item.task, item.position = task, position
        TaskItem.objects.bulk_create(items)


class TaskItem(models.Model):
    """A step of a task. `external_id` is the app's own name for it."""

    task = models.ForeignKey(Task, models.CASCADE, related_name="items", verbose_name=_("task"))
    name = EncryptedTextField(_("name"), max_length=MAX_NAME_LENGTH)
    url = models.CharField(_("web address"), max_length=MAX_URL_LENGTH, null=True, blank=True)
    external_id = models.CharField(_("external id"), max_length=MAX_EXTERNAL_ID_LENGTH, null=True, blank=True)
    completed_at = models.DateTimeField(_("completed"), null=True, blank=True)
    position = models.PositiveIntegerField(_("position"), default=0)
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now, editable=False)

    objects = TaskItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("task item")
        verbose_name_plural = _("task items")
        ordering = ["position", "pk"]
        constraints = [models.CheckConstraint(condition=~Q(name=""), name="task_item_has_name")]

    def __str__(self) -> str:
        return f"#{self.pk}"

    @property
    def is_done(self) -> bool:
        return self.completed_at is not None

    @transaction.atomic
    def complete(self) -> bool:
        """Tick the item; its task stays open, also when it was the last one. False if it is ticked already."""
        return self._mark(Q(completed_at=None, task__app__isnull=False), timezone.now())

    @transaction.atomic
    def reopen(self) -> bool:
        return self._mark(Q(completed_at__isnull=False, task__app__isnull=False), None)

    def _mark(self, condition: Q, completed_at: datetime | None) -> bool:
        now = timezone.now()
        # The task is locked first, as by the app's calls: in another order the two could wait for each other.
        Task.objects.select_for_update().filter(pk=self.task_id).first()
        found = TaskItem.objects.filter(condition, pk=self.pk).update(completed_at=completed_at, updated_at=now)
        if not found:
            return False
        self.completed_at, self.updated_at = completed_at, now
        self.task.touch()
        return True
