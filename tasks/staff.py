"""Tasks on the page of a person, for staff: from which app and in which state, never their texts."""

from django.db.models import Model
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from accounts.guards import person
from accounts.models import User
from myusa.lib.admin.desk import SHOWN_PER_KIND, Panel, StaffContribution, link_to, moment
from tasks.models import Task


def contribution() -> StaffContribution:
    return StaffContribution("tasks", panels=panels)


def panels(request: HttpRequest, row: Model) -> list[Panel]:
    if not isinstance(row, User) or not person(request).has_perm("tasks.view_task"):
        return []
    newest = Task.objects.of(row).select_related("app").with_items().order_by("-created_at")[:SHOWN_PER_KIND]
    rows = [
        [
            link_to(each),
            each.app_name,
            _state(each),
            _("%(done)d of %(count)d") % {"done": each.done_item_count, "count": each.item_count},
            moment(each.created_at),
        ]
        for each in newest
    ]
    head = [_("Task"), _("From"), _("State"), _("Items done"), _("Created")]
    more = f"{reverse('admin:tasks_task_changelist')}?user__id__exact={row.pk}"
    return [Panel(_("Tasks"), head, rows, more, _("All tasks"))]


def _state(task: Task) -> str:
    if task.dismissed_at:
        return _("dismissed")
    if task.was_closed:
        return _("closed with its app")
    return _("done") if task.is_done else _("open")
