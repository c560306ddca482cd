"""The codes of the Tasks API."""

from django.utils.translation import gettext_lazy as _

from myusa.lib.http.errors import LIMIT, VALIDATION, declare

TASK_NAME_REQUIRED = declare("TASK_NAME_REQUIRED", 400, VALIDATION, _("A task needs a name."))
TASK_NAME_TOO_LONG = declare("TASK_NAME_TOO_LONG", 400, VALIDATION, _("The name of a task has at most 255 characters."))
TASK_ITEM_NAME_REQUIRED = declare("TASK_ITEM_NAME_REQUIRED", 400, VALIDATION, _("A task item needs a name."))
TASK_ITEM_NAME_TOO_LONG = declare(
    "TASK_ITEM_NAME_TOO_LONG", 400, VALIDATION, _("The name of a task item has at most 255 characters.")
)
TASK_URL_INVALID = declare(
    "TASK_URL_INVALID",
    400,
    VALIDATION,
    _("A URL of a task or item starts with http:// or https://, holds no user name, and has at most 2,000 characters."),
)
TASK_COMPLETED_AT_INVALID = declare(
    "TASK_COMPLETED_AT_INVALID",
    400,
    VALIDATION,
    _("“completed_at” takes a time in ISO 8601, such as 2014-07-08T17:59:22.487Z, or null."),
)
TASK_LIMIT_REACHED = declare(
    "TASK_LIMIT_REACHED",
    409,
    LIMIT,
    _("An app may hold 5,000 tasks per person. Delete some to make room for new ones."),
)
TASK_ITEM_LIMIT_REACHED = declare("TASK_ITEM_LIMIT_REACHED", 409, LIMIT, _("A task holds at most 1,000 items."))
