"""The Tasks API in the documentation: its page, and the requests that pages show and tests send."""

from django.utils.translation import gettext_lazy as _

from developer_apps.contributions import USER, Example, Page

PAGE = Page(
    "tasks",
    _("Tasks API"),
    _("Create tasks for people and see which ones they completed."),
    "tasks/docs.html",
    goal=_("Send a person tasks"),
    errors="TASK_",
)

ITEM = {
    "id": 4110,
    "name": "Scan the lease",
    "url": "https://app.example.gov/renewal/lease",
    "external_id": "lease",
    "completed_at": None,
    "task_id": 871,
    "created_at": "2026-11-03T15:20:11.482Z",
    "updated_at": "2026-11-03T15:20:11.482Z",
}
TASK = {
    "id": 871,
    "name": "Renew your parking permit",
    "url": "https://app.example.gov/renewal",
    "completed_at": None,
    "dismissed_at": None,
    "user_id": 3012,
    "created_at": "2026-11-03T15:20:11.482Z",
    "updated_at": "2026-11-03T15:20:11.482Z",
    "app_id": 27,
    "task_items": [ITEM],
}
CHANGED_AT = "2026-11-04T09:00:02.113Z"
NAME_MISSING = {
    "errors": [
        {
            "code": "TASK_NAME_REQUIRED",
            "message": "A task needs a name.",
            "category": "VALIDATION",
            "reference": "https://…/developer/docs/errors/task-name-required",
            "status": "400",
            "traceId": "5b0c3f0e-6a61-4f6e-9c43-0f1f6a2d7a10",
            "field": "task.name",
        }
    ]
}


EXAMPLES = [
    Example("tasks_list", "GET", "/api/v1/tasks", token=USER, answer=[TASK]),
    Example(
        "task_create",
        "POST",
        "/api/v1/tasks",
        token=USER,
        body={
            "task": {
                "name": "Renew your parking permit",
                "url": "https://app.example.gov/renewal",
                "task_items_attributes": [
                    {"name": "Scan the lease", "url": "https://app.example.gov/renewal/lease", "external_id": "lease"}
                ],
            }
        },
        answer=TASK,
    ),
    Example("task_read", "GET", "/api/v1/tasks/{task_id}", token=USER, answer=TASK),
    Example(
        "task_update",
        "PUT",
        "/api/v1/tasks/{task_id}",
        token=USER,
        body={
            "task": {
                "name": "Renew your resident permit",
                "task_items_attributes": [{"id": "{task_item_id}", "name": "Scan both pages of the lease"}],
            }
        },
        answer={
            **TASK,
            "name": "Renew your resident permit",
            "updated_at": CHANGED_AT,
            "task_items": [{**ITEM, "name": "Scan both pages of the lease", "updated_at": CHANGED_AT}],
        },
    ),
    Example(
        "task_complete",
        "PATCH",
        "/api/v1/tasks/{task_id}",
        token=USER,
        body={"task": {"completed": True}},
        answer={
            **TASK,
            "completed_at": CHANGED_AT,
            "updated_at": CHANGED_AT,
            "task_items": [{**ITEM, "completed_at": CHANGED_AT, "updated_at": CHANGED_AT}],
        },
    ),
    Example("task_items", "GET", "/api/v1/tasks/{task_id}/task_items", token=USER, answer=[ITEM]),
    Example(
        "task_item_create",
        "POST",
        "/api/v1/tasks/{task_id}/task_items",
        token=USER,
        body={"task_item": {"name": "Pay the fee"}},
        answer={**ITEM, "id": 4111, "name": "Pay the fee", "url": None, "external_id": None},
    ),
    Example(
        "task_item_complete",
        "PATCH",
        "/api/v1/tasks/{task_id}/task_items/{task_item_id}",
        token=USER,
        body={"task_item": {"complete": True}},
        answer={**ITEM, "completed_at": CHANGED_AT, "updated_at": CHANGED_AT},
    ),
    Example("task_delete", "DELETE", "/api/v1/tasks/{task_id}", token=USER, answer=TASK),
    Example("task_item_read", "GET", "/api/v1/tasks/{task_id}/task_items/{task_item_id}", token=USER, answer=ITEM),
    Example(
        "task_item_update",
        "PUT",
        "/api/v1/tasks/{task_id}/task_items/{task_item_id}",
        token=USER,
        body={"task_item": {"name": "Scan both pages of the lease"}},
        answer={**ITEM, "name": "Scan both pages of the lease", "updated_at": CHANGED_AT},
    ),
    Example("task_item_delete", "DELETE", "/api/v1/tasks/{task_id}/task_items/{task_item_id}", token=USER, answer=ITEM),
    Example(
        "task_name_missing",
        "POST",
        "/api/v1/tasks",
        token=USER,
        status=400,
        body={"task": {"name": ""}},
        answer=NAME_MISSING,
    ),
]
