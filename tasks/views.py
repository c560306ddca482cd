"""The pages of a person's tasks: complete, reopen, dismiss."""

from collections.abc import Callable
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Page, Paginator
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import pgettext_lazy
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST, require_safe

from developer_apps.models import App
from tasks.models import Task, TaskItem, TaskQuerySet

TASKS_PER_PAGE = 20
Verb = tuple[Callable[[Any], bool], str | Promise]

SHOWN: dict[str, tuple[str | Promise, Callable[[TaskQuerySet], TaskQuerySet]]] = {
    "open": (pgettext_lazy("tasks", "Open"), TaskQuerySet.open),
    "done": (pgettext_lazy("tasks", "Done"), TaskQuerySet.done),
    "dismissed": (_("Dismissed"), TaskQuerySet.dismissed),
}
TASK_VERBS: dict[str, Verb] = {
    "complete": (Task.complete, _("Task done. The app will see it. You can find it under “Done”.")),
    "reopen": (Task.reopen, _("The task is open again.")),
    "dismiss": (Task.dismiss, _("Task dismissed. You can find it under “Dismissed”.")),
    "bring-back": (Task.bring_back, _("The task is back on your list.")),
}
ITEM_VERBS: dict[str, Verb] = {
    "complete": (TaskItem.complete, _("Checked off. The app will see it.")),
    "reopen": (TaskItem.reopen, _("The item is open again.")),
}


@login_required
@never_cache
@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """My tasks: open, done or dismissed ones, of all apps or of one."""
    mine = Task.objects.of(request.user)  # type: ignore[arg-type]
    shown = request.GET.get("show", "open")
    shown = shown if shown in SHOWN else "open"
    apps = App.objects.filter(tasks__in=mine).distinct().order_by("name", "pk")
    app = next((app for app in apps if str(app.pk) == request.GET.get("app")), None)
    tasks = SHOWN[shown][1](mine.filter(app=app) if app else mine)
    context = {
        "shown": shown,
        "tabs": _tabs(shown, app),
        "apps": apps,
        "app": app,
        "page": _page(request, tasks),
        "here": _address(shown, app, request.GET.get("page")),
    }
    return render(request, "tasks/list.html", context)


@login_required
@require_POST
def change(request: HttpRequest, task_id: int, verb: str) -> HttpResponse:
    """Complete, reopen, dismiss or bring back one of my tasks."""
    task = get_object_or_404(Task.objects.of(request.user), pk=task_id)  # type: ignore[arg-type]
    return _do(request, task, TASK_VERBS[verb])


@login_required
@require_POST
def change_item(request: HttpRequest, item_id: int, verb: str) -> HttpResponse:
    """Tick or untick an item of one of my tasks."""
    mine = TaskItem.objects.of(request.user).select_related("task")  # type: ignore[arg-type]
    item = get_object_or_404(mine, pk=item_id)
    return _do(request, item, ITEM_VERBS[verb], f"#task-{item.task_id}")


def _do(request: HttpRequest, row: Task | TaskItem, verb: Verb, fragment: str = "") -> HttpResponse:
    act, message = verb
    if act(row):
        messages.success(request, str(message))
    return redirect(_back(request) + fragment)


def _back(request: HttpRequest) -> str:
    """Return the list as the person saw it, from the query that the form carries; never another address."""
    query = QueryDict(request.POST.get("back", "").partition("?")[2][:200])
    kept = {name: query[name] for name in ("show", "app", "page") if name in query}
    return _with_query(kept)


def _address(shown: str, app: App | None, page: str | None = None) -> str:
    query = {"show": "" if shown == "open" else shown, "app": str(app.pk) if app else "", "page": page or ""}
    return _with_query({name: value for name, value in query.items() if value})


def _with_query(values: dict[str, str]) -> str:
    query = QueryDict(mutable=True)
    query.update(values)
    return reverse("tasks:list") + (f"?{query.urlencode()}" if values else "")


def _tabs(shown: str, app: App | None) -> list[dict[str, Any]]:
    return [
        {"label": label, "url": _address(name, app), "current": name == shown}
        for name, (label, _filter) in SHOWN.items()
    ]


def _page(request: HttpRequest, tasks: TaskQuerySet) -> Page[Task]:
    newest_first = tasks.select_related("app").with_items().order_by("-created_at", "-pk")
    return Paginator(newest_first, TASKS_PER_PAGE).get_page(request.GET.get("page"))
