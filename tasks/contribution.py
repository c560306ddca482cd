"""What tasks add to people's accounts and to the developer portal."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.contributions import AccountContribution, HomeItem, HomePanel
from accounts.own_data import Rows
from developer_apps.contributions import ApiContribution, Scope, ScopeGroup
from myusa.lib.http.times import iso
from tasks import docs
from tasks.models import Task, TaskItem

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models import App


SCOPE = "tasks"
# Tasks that the home page lists.
ON_HOME = 3


def account() -> AccountContribution:
    return AccountContribution("tasks", exports={"tasks": export}, home_panels=[home_panel])


def api() -> ApiContribution:
    scope = Scope(
        SCOPE,
        gettext_lazy("Give you tasks and read which of them you completed"),
        gettext_lazy("Create tasks for the person and see which ones they completed"),
    )
    return ApiContribution(
        "tasks",
        product="tasks",
        scope_groups=[ScopeGroup("tasks", gettext_lazy("Tasks"), [scope], request=gettext_lazy("Give you tasks"))],
        reads=gettext_lazy("{app} checked the tasks it gave you"),
        writes=gettext_lazy("{app} added or changed a task"),
        first_call="/api/v1/tasks",
        paths=("/task",),
        docs_page=docs.PAGE,
        examples=docs.EXAMPLES,
        obligations=obligations,
        app_deleted=keep_name,
        demo_endpoints=[("tasks", "GET"), ("tasks", "POST")],
    )


def obligations(app: "App") -> str:
    count = Task.objects.filter(app=app, user__test_user=None).open().count()
    words = ngettext(
        "People have %(count)d open task from this app.", "People have %(count)d open tasks from this app.", count
    )
    return words % {"count": count} if count else ""


def keep_name(app: "App") -> None:
    """Write the app's name on its tasks, which outlive it."""
    Task.objects.filter(app=app).update(former_app=app.name)


def export(user: "User") -> Rows:
    """Return every task that any app created for `user`, with its items, oldest first."""
    tasks = Task.objects.of(user).select_related("app").with_items()
    return Rows(_task(task) for task in tasks.iterator(chunk_size=Rows.READ_TOGETHER))


def home_panel(request: HttpRequest) -> HomePanel | None:
    tasks = Task.objects.of(request.user).open()  # type: ignore[arg-type]
    count, link = tasks.count(), reverse("tasks:list")
    first = tasks.select_related("app").order_by("-created_at", "-pk")[:ON_HOME]
    text = ngettext("%(count)s task is open.", "%(count)s tasks are open.", count) % {"count": count}
    return HomePanel(
        title=_("Tasks"),
        text=text if count else _("Nothing to do. Tasks from your connected apps appear here."),
        link=link,
        link_text=_("See all tasks"),
        order=10,
        icon="tasks",
        items=[HomeItem(task.name, f"{link}#task-{task.pk}", task.app_name) for task in first],
    )


def _task(task: Task) -> dict[str, Any]:
    return {
        "app": task.app_name,
        "name": task.name,
        "url": task.url,
        "created_at": iso(task.created_at),
        "completed_at": iso(task.completed_at),
        "dismissed_at": iso(task.dismissed_at),
        "items": [_item(item) for item in task.items.all()],
    }


def _item(item: TaskItem) -> dict[str, Any]:
    return {"name": item.name, "url": item.url, "completed_at": iso(item.completed_at)}
