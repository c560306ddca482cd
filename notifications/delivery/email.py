"""The email that brings a notification: a text and an HTML part, and the headers that let a mail program unsubscribe."""

from email.utils import formataddr, parseaddr

from django.conf import settings
from django.core.mail.message import sanitize_address
from django.template.loader import get_template
from django.utils.translation import gettext as _

from myusa.lib.messages import smtp
from myusa.lib.messages.automatic_email import AutomaticEmail
from notifications.delivery import outcomes
from notifications.delivery.messages import Message
from notifications.delivery.outcomes import Result
from notifications.models.deliveries import message_id
from notifications.states import Reason
from notifications.unsubscribe import Subscription


def compose(message: Message) -> AutomaticEmail:
    """Return the email, with the same Message-ID whenever it is made (RFC 8058 for its List-Unsubscribe headers)."""
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
            "List-Unsubscribe": f"<{unsubscribe}>",
            "List-Unsubscribe-Post": "List-Unsubscribe=One-Click",
        },
    )
    email.attach_alternative(get_template("notifications/mail/notification.html").render(context), "text/html")
    return email


def send(message: Message) -> Result:
    """Hand the email over, and tell what came of it. Raises only for what our own code does wrong."""
    email = compose(message)
    if not smtp.is_configured():
        return _send_otherwise(message, email)
    envelope = email.message()
    try:
        recipient = sanitize_address(message.email, email.encoding or settings.DEFAULT_CHARSET)
        recipient.encode("ascii")
    except (ValueError, UnicodeError):
        return outcomes.refused(message, Reason.ADDRESS_REFUSED, "the address is malformed")
    sender = parseaddr(settings.DEFAULT_FROM_EMAIL)[1]
    try:
        answer = smtp.pool.send(sender, recipient, envelope.as_bytes(linesep="\r\n"))
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
    return outcomes.later(message, str(failure))


def _send_otherwise(message: Message, email: AutomaticEmail) -> Result:
    """Send by a mail backend that is no SMTP: its errors do not say whether the message was taken."""
    try:
        email.send()
    except Exception as error:
        return outcomes.repeat(message, type(error).__name__)
    return outcomes.sent(message, "")


def _from(message: Message) -> str:
    name, address = parseaddr(settings.DEFAULT_FROM_EMAIL)
    if message.app_id is None:
        return formataddr((name, address))
    return formataddr((_("%(app)s via %(site)s") % {"app": message.sender, "site": settings.SITE_NAME}, address))
