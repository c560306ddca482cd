"""The codes of the Notifications API."""

from django.utils.translation import gettext_lazy as _

from myusa.lib.http.errors import LIMIT, VALIDATION, declare

SUBJECT_REQUIRED = declare("NOTIFICATION_SUBJECT_REQUIRED", 400, VALIDATION, _("A notification needs a subject."))
SUBJECT_TOO_LONG = declare(
    "NOTIFICATION_SUBJECT_TOO_LONG", 400, VALIDATION, _("The subject may have at most 255 characters.")
)
BODY_TOO_LONG = declare(
    "NOTIFICATION_BODY_TOO_LONG", 400, VALIDATION, _("The body may have at most 20,000 characters.")
)
NOT_TEXT = declare("NOTIFICATION_NOT_TEXT", 400, VALIDATION, _("This value must be text."))
FORBIDDEN_CHARACTER = declare(
    "NOTIFICATION_FORBIDDEN_CHARACTER",
    400,
    VALIDATION,
    _(
        "The text has a character that can mislead readers: a control character, an override of the writing direction,"
        " or a private one. The message names it and its position. Line breaks and tabs are allowed in the body only."
    ),
)
LIMIT_REACHED = declare(
    "NOTIFICATION_LIMIT_REACHED",
    429,
    LIMIT,
    _(
        "This app has sent too many notifications, in all or to this person. Wait for the number of seconds in Retry-After."
    ),
)
