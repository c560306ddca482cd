"""The calls of the Tasks API, version 1: what an app made for the person whose token it holds."""

from collections.abc import Callable
from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from developer_apps.api import idempotency, paging
from developer_apps.api.views import UserResourceView
from myusa.lib.http.errors import NOT_FOUND
from myusa.lib.http.openapi import answers
from myusa.lib.http.parsers import WrappedParameters
from tasks.api.v1 import schema
from tasks.api.v1.parameters import item_change, task_change
from tasks.api.v1.shapes import item_json, task_json
from tasks.changes import ItemChange, TaskChange, change_task, create_task, remove_task
from tasks.contribution import SCOPE
from tasks.models import Task, TaskItem


class TasksView(WrappedParameters, UserResourceView):
    product = "tasks"
    required_scopes = frozenset({SCOPE})

    def find_task(self, task_id: int) -> Task:
        task = Task.objects.made_by(self.access.app_id, self.access.user_id).filter(pk=task_id).with_items().first()
        if task is None:
            raise NOT_FOUND.problem()
        return task

    def find_item(self, task_id: int, item_id: int) -> TaskItem:
        made = {"task__app_id": self.access.app_id, "task__user_id": self.access.user_id}
        item = TaskItem.objects.filter(**made, task_id=task_id, pk=item_id).first()
        if item is None:
            raise NOT_FOUND.problem()
        return item

    def change(self, task_id: int, change: TaskChange) -> Task:
        return change_task(self.access.app_id, self.access.user_id, task_id, change)

    def once(self, request: Request, wanted: dict[str, Any], create: Callable[[], dict[str, Any]]) -> dict[str, Any]:
        return idempotency.once(
            request, app_id=self.access.app_id, user_id=self.access.user_id, wanted=wanted, create=create
        )


class TaskListView(TasksView):
    endpoint = "tasks"
    wrapper = "task"

    @extend_schema(
        operation_id="list_tasks",
        summary="List the app's tasks for this person, oldest first",
        parameters=paging.PARAMETERS,
        responses=answers(schema.TaskSerializer(many=True), 400),
    )
    def get(self, request: Request) -> Response:
        tasks = Task.objects.made_by(self.access.app_id, self.access.user_id).with_items()
        return paging.listed(request, tasks, task_json)

    @extend_schema(
        operation_id="create_task",
        summary="Create a task for the person",
        parameters=[idempotency.PARAMETER],
        request=schema.NEW_TASK,
        responses=answers(schema.TaskSerializer, 404, 409, takes_body=True),
    )
    def post(self, request: Request) -> Response:
        wanted = self.parameters(request)
        change = task_change(wanted, is_new=True)
        return Response(
            self.once(request, wanted, lambda: task_json(create_task(self.access.app_id, self.access.user_id, change)))
        )


class TaskView(TasksView):
    endpoint = "task"
    wrapper = "task"

    @extend_schema(
        operation_id="read_task",
        summary="Read a task. /task/{task_id} also works",
        responses=answers(schema.TaskSerializer, 404),
    )
    def get(self, request: Request, task_id: int) -> Response:
        return Response(task_json(self.find_task(task_id)))

    @extend_schema(
        operation_id="change_task",
        summary="Change a task and its items. Fields you leave out don’t change",
        request=schema.CHANGED_TASK,
        responses=answers(schema.TaskSerializer, 404, 409, takes_body=True),
    )
    def put(self, request: Request, task_id: int) -> Response:
        change = task_change(self.parameters(request), is_new=False)
        return Response(task_json(self.change(task_id, change)))

    @extend_schema(
        operation_id="change_task_in_part",
        summary="The same as PUT",
        request=schema.CHANGED_TASK,
        responses=answers(schema.TaskSerializer, 404, 409, takes_body=True),
    )
    def patch(self, request: Request, task_id: int) -> Response:
        return self.put(request, task_id)

    @extend_schema(
        operation_id="delete_task",
        summary="Delete a task with its items. Returns the deleted task",
        responses=answers(schema.TaskSerializer, 404),
    )
    def delete(self, request: Request, task_id: int) -> Response:
        return Response(task_json(remove_task(self.access.app_id, self.access.user_id, task_id)))


class ItemListView(TasksView):
    endpoint = "task_items"
    wrapper = "task_item"

    @extend_schema(
        operation_id="list_task_items",
        summary="List the items of a task",
        responses=answers(schema.TaskItemSerializer(many=True), 404),
    )
    def get(self, request: Request, task_id: int) -> Response:
        return Response([item_json(item) for item in self.find_task(task_id).items.all()])

    @extend_schema(
        operation_id="create_task_item",
        summary="Add an item to a task",
        parameters=[idempotency.PARAMETER],
        request=schema.NEW_ITEM,
        responses=answers(schema.TaskItemSerializer, 404, 409, takes_body=True),
    )
    def post(self, request: Request, task_id: int) -> Response:
        wanted = self.parameters(request)
        change = TaskChange(items=[item_change(wanted, pk=None)])
        return Response(
            self.once(request, wanted, lambda: item_json(list(self.change(task_id, change).items.all())[-1]))
        )


class ItemView(TasksView):
    endpoint = "task_item"
    wrapper = "task_item"

    @extend_schema(
        operation_id="read_task_item", summary="Read an item", responses=answers(schema.TaskItemSerializer, 404)
    )
    def get(self, request: Request, task_id: int, item_id: int) -> Response:
        return Response(item_json(self.find_item(task_id, item_id)))

    @extend_schema(
        operation_id="change_task_item",
        summary="Change an item. Fields you leave out don’t change",
        request=schema.CHANGED_ITEM,
        responses=answers(schema.TaskItemSerializer, 404, takes_body=True),
    )
    def put(self, request: Request, task_id: int, item_id: int) -> Response:
        change = item_change(self.parameters(request), pk=item_id)
        task = self.change(task_id, TaskChange(items=[change]))
        return Response(next(item_json(item) for item in task.items.all() if item.pk == item_id))

    @extend_schema(
        operation_id="change_task_item_in_part",
        summary="The same as PUT",
        request=schema.CHANGED_ITEM,
        responses=answers(schema.TaskItemSerializer, 404, takes_body=True),
    )
    def patch(self, request: Request, task_id: int, item_id: int) -> Response:
        return self.put(request, task_id, item_id)

    @extend_schema(
        operation_id="delete_task_item",
        summary="Remove an item. Returns the removed item",
        responses=answers(schema.TaskItemSerializer, 404),
    )
    def delete(self, request: Request, task_id: int, item_id: int) -> Response:
        item = self.find_item(task_id, item_id)
        self.change(task_id, TaskChange(items=[ItemChange(item_id, remove=True)]))
        return Response(item_json(item))
