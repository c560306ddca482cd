"""Both names of a task's address work: /tasks/:id, and /task/:id of the first documentation."""

from django.urls import path, register_converter
from django.urls.converters import IntConverter

from tasks.api.v1 import views


class RowId(IntConverter):
    """A number that a key can have: longer ones name nothing, and databases refuse them."""

    regex = "[0-9]{1,18}"


register_converter(RowId, "row_id")

urlpatterns = [
    path("tasks", views.TaskListView.as_view(), name="tasks"),
    path("tasks/<row_id:task_id>", views.TaskView.as_view(), name="task"),
    path("tasks/<row_id:task_id>/task_items", views.ItemListView.as_view(), name="task_items"),
    path("tasks/<row_id:task_id>/task_items/<row_id:item_id>", views.ItemView.as_view(), name="task_item"),
    # schema=None: API documents describe each call once.
    path("task/<row_id:task_id>", views.TaskView.as_view(schema=None), name="task_singular"),
    path("task/<row_id:task_id>/task_items", views.ItemListView.as_view(schema=None), name="task_items_singular"),
    path(
        "task/<row_id:task_id>/task_items/<row_id:item_id>",
        views.ItemView.as_view(schema=None),
        name="task_item_singular",
    ),
]
