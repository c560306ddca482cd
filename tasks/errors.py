"""The codes of the Tasks API."""

from django.utils.translation import gettext_lazy as _

from myusa.lib.http.errors import LIMIT, VALIDATION, declare

TASK_NAME_REQUIRED = declare(
    "TASK_NAME_REQUIRED",
    400,
    VALIDATION,
    _("A task needs a name."),
    cause=_("“name” is missing, empty or only spaces."),
    fix=_("Send a name of 1 to 255 characters."),
)
TASK_NAME_TOO_LONG = declare(
    "TASK_NAME_TOO_LONG",
    400,
    VALIDATION,
    _("A task’s name can have up to 255 characters."),
    cause=_("“name” is longer than 255 characters."),
    fix=_("Shorten the name. Put details on the page that “url” links to."),
)
TASK_ITEM_NAME_REQUIRED = declare(
    "TASK_ITEM_NAME_REQUIRED",
    400,
    VALIDATION,
    _("A task item needs a name."),
    cause=_("An item’s “name” is missing, empty or only spaces. “field” shows which item."),
    fix=_("Send a name of 1 to 255 characters for each item."),
)
TASK_ITEM_NAME_TOO_LONG = declare(
    "TASK_ITEM_NAME_TOO_LONG",
    400,
    VALIDATION,
    _("A task item’s name can have up to 255 characters."),
    cause=_("An item’s “name” is longer than 255 characters. “field” shows which item."),
    fix=_("Shorten the name. Put details on the page that the item’s “url” links to."),
)
TASK_URL_INVALID = declare(
    "TASK_URL_INVALID",
    400,
    VALIDATION,
    _(
        "A task or item URL must start with http:// or https://, have no user name, and be at most 2,000 characters long."
    ),
    cause=_("The URL is relative, has another scheme or a user name, or is longer than 2,000 characters."),
    fix=_("Send an absolute URL that starts with https://."),
)
TASK_COMPLETED_AT_INVALID = declare(
    "TASK_COMPLETED_AT_INVALID",
    400,
    VALIDATION,
    _("“completed_at” must be a time in ISO 8601, such as 2014-07-08T17:59:22.487Z, or null."),
    cause=_("The value isn’t a time in ISO 8601."),
    fix=_("Send a time such as the one in the message. Send null to open the task or item again."),
)
TASK_LIMIT_REACHED = declare(
    "TASK_LIMIT_REACHED",
    409,
    LIMIT,
    _("An app can have 5,000 tasks per person. Delete some to add new ones."),
    cause=_("Your app has 5,000 tasks for this person."),
    fix=_("Delete tasks that are completed or out of date."),
)
TASK_ITEM_LIMIT_REACHED = declare(
    "TASK_ITEM_LIMIT_REACHED",
    409,
    LIMIT,
    _("A task can have up to 1,000 items."),
    cause=_("The task has 1,000 items."),
    fix=_("Delete items, or create another task."),
)
