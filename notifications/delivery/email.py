"""The email for a notification: a text and an HTML part, and the headers for unsubscribing in a mail program."""

import re
from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail.message import sanitize_address
from django.template.loader import get_template
from django.utils.translation import gettext as _

from myusa.lib import languages
from myusa.lib.messages import mail, smtp, tracking
from myusa.lib.messages.automatic_email import AutomaticEmail
from notifications.delivery import outcomes
from notifications.delivery.messages import Message
from notifications.delivery.outcomes import Blame, Result
from notifications.models.deliveries import message_id
from notifications.states import Reason
from notifications.unsubscribe import Subscription

_GREYLISTING = re.compile(r"gr[ae]y-?list", re.IGNORECASE)


def compose(message: Message) -> AutomaticEmail:
    """Return the email in the person's language."""
    with languages.written_in(message.language):
        return _compose(message)


def _compose(message: Message) -> AutomaticEmail:
    """Return the email, with the same Message-ID at each call (List-Unsubscribe headers: RFC 8058)."""
    unsubscribe = Subscription(message.user_id, message.app_id).url
    context = {
        "SITE_NAME": settings.SITE_NAME,
        "BASE_URL": settings.BASE_URL,
        "SUPPORT_EMAIL": settings.SUPPORT_EMAIL,
        "sender": message.sender,
        "subject": message.subject,
        "body": message.body,
        "link": f"{settings.BASE_URL}/notifications/{message.notification_id}/",
        "link_text": _("Open it in your inbox"),
        "settings_link": f"{settings.BASE_URL}/settings/notifications",
        "unsubscribe": unsubscribe,
        "is_announcement": message.app_id is None,
    }
    email = AutomaticEmail(
        subject=message.subject,
        body=get_template("notifications/mail/notification.txt").render(context),
        from_email=_from(message),
        to=[message.email],
        headers={
            "Message-ID": message_id(message.uid),
            **mail.one_click(unsubscribe),
        },
    )
    email.attach_alternative(get_template("notifications/mail/notification.html").render(context), "text/html")
    return email


def send(message: Message) -> Result:
    """Hand the email over and return the result. Raises only for errors of our own code."""
    email = compose(message)
    if not smtp.is_configured():
        return _send_by_backend(message, email)
    email.extra_headers |= tracking.headers(message.reference)
    envelope = email.message()
    try:
        recipient = sanitize_address(message.email, email.encoding or settings.DEFAULT_CHARSET)
        recipient.encode("ascii")
    except (ValueError, UnicodeError):
        return outcomes.refused(message, Reason.ADDRESS_REFUSED, "the address is malformed")
    try:
        answer = smtp.pool.send(tracking.return_path(message.reference), recipient, envelope.as_bytes(linesep="\r\n"))
    except smtp.Failed as failure:
        return _result(message, failure)
    return outcomes.sent(message, answer)


def _result(message: Message, failure: smtp.Failed) -> Result:
    if failure.is_about_address:
        return outcomes.refused(message, Reason.ADDRESS_REFUSED, str(failure))
    if failure.is_permanent:
        return outcomes.refused(message, Reason.MESSAGE_REFUSED, str(failure))
    if failure.stage == smtp.Stage.ANSWER and failure.code == 0:
        return outcomes.repeat(message, str(failure))
    return outcomes.later(message, str(failure), _blame(failure))


def _blame(failure: smtp.Failed) -> Blame:
    """Return who is asked less after a failure that is not about the message."""
    if failure.stage <= smtp.Stage.SENDER or failure.code == 421:
        return Blame.SERVER
    # A greylisting server refuses each mailbox once, and wants to be asked again.
    is_of_domain = failure.stage == smtp.Stage.RECIPIENT and not _GREYLISTING.search(failure.answer)
    return Blame.DOMAIN if is_of_domain else Blame.NOBODY


def _send_by_backend(message: Message, email: AutomaticEmail) -> Result:
    """Send by a mail backend other than SMTP, such as one of django-anymail."""
    email.metadata = {tracking.METADATA: message.reference}
    try:
        email.send()
    except Exception as error:
        return _backend_failure(message, error)
    status = getattr(email, "anymail_status", None)
    provider_id = getattr(status, "message_id", None)
    return outcomes.sent(message, "", provider_id=provider_id if isinstance(provider_id, str) else "")


def _backend_failure(message: Message, error: Exception) -> Result:
    """Return what an error of a backend means: most do not say whether the message was taken."""
    if isinstance(error, tracking.REFUSED_BY_SERVICE):
        return outcomes.refused(message, Reason.MESSAGE_REFUSED, type(error).__name__)
    if status := getattr(error, "status_code", None):  # the service responded, so it did not take the message
        return outcomes.later(message, f"{type(error).__name__}: HTTP {status}")
    return outcomes.repeat(message, type(error).__name__)


def _from(message: Message) -> str:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    if message.app_id is None:
        return formataddr((name, address))
    return formataddr((_("%(app)s via %(site)s") % {"app": message.sender, "site": settings.SITE_NAME}, address))
