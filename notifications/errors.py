"""The codes of the Notifications API."""

from django.utils.translation import gettext_lazy as _

from myusa.lib.http.errors import LIMIT, VALIDATION, declare

SUBJECT_REQUIRED = declare(
    "NOTIFICATION_SUBJECT_REQUIRED",
    400,
    VALIDATION,
    _("A notification needs a subject."),
    cause=_("“subject” is missing, empty or only spaces."),
    fix=_("Send a subject of 1 to 255 characters."),
)
SUBJECT_TOO_LONG = declare(
    "NOTIFICATION_SUBJECT_TOO_LONG",
    400,
    VALIDATION,
    _("The subject can have up to 255 characters."),
    cause=_("“subject” is longer than 255 characters."),
    fix=_("Shorten the subject, and put the rest into “body”."),
)
BODY_TOO_LONG = declare(
    "NOTIFICATION_BODY_TOO_LONG",
    400,
    VALIDATION,
    _("The body can have up to 20,000 characters."),
    cause=_("“body” is longer than 20,000 characters."),
    fix=_("Shorten the text, and link to a page with the rest."),
)
NOT_TEXT = declare(
    "NOTIFICATION_NOT_TEXT",
    400,
    VALIDATION,
    _("This value must be text."),
    cause=_("“subject” or “body” is a number, a list or an object."),
    fix=_("Send a string."),
)
FORBIDDEN_CHARACTER = declare(
    "NOTIFICATION_FORBIDDEN_CHARACTER",
    400,
    VALIDATION,
    _(
        "The text has a character that can mislead readers: a control character, an override of the writing direction,"
        " or a private one. The message names it and its position. Line breaks are allowed in the body only."
    ),
    cause=_("The text has an invisible character or one that reverses text. This often happens with copied text."),
    fix=_("Remove the character at the position that the message names."),
)
LIMIT_REACHED = declare(
    "NOTIFICATION_LIMIT_REACHED",
    429,
    LIMIT,
    _(
        "This app sent too many notifications, in total or to this person. Wait for the number of seconds in Retry-After."
    ),
    cause=_("Your app reached its limit of notifications, in total or to this person."),
    fix=_("Wait for the number of seconds in Retry-After. Combine messages and send only those that matter."),
)
