from django.urls import path, register_converter

from tasks import views


class _OneOf:
    """A path converter for the verbs of a table."""

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class TaskVerb(_OneOf):
    regex = "|".join(views.TASK_VERBS)


class ItemVerb(_OneOf):
    regex = "|".join(views.ITEM_VERBS)


register_converter(TaskVerb, "task_verb")
register_converter(ItemVerb, "item_verb")

app_name = "tasks"
urlpatterns = [
    path("tasks/", views.show, name="list"),
    path("tasks/<int:task_id>/<task_verb:verb>", views.change, name="change"),
    path("tasks/items/<int:item_id>/<item_verb:verb>", views.change_item, name="change_item"),
]
