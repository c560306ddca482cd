"""Hand codes over to the mail server or the provider of text messages, and store what they said."""

from datetime import timedelta
from email.utils import parseaddr
from typing import Any
from urllib.parse import urlencode, urlsplit

import structlog
from django.conf import settings
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.code_links import sign_in_link, stop_link, stop_texts_link
from accounts.models import OneTimeCode, User
from accounts.models.attempts import CodeGuard
from accounts.models.codes import LEASE, Failure
from accounts.models.user import TEST_USER_DOMAIN
from myusa.lib import languages
from myusa.lib.database.encryption import UnreadableValue, readable
from myusa.lib.leases import wait_after
from myusa.lib.messages import mail, sms
from myusa.lib.messages.mail import NotSent
from myusa.lib.observability import tallies
from myusa.lib.security.digests import keyed_digest

# Waits after a temporary refusal, in seconds.
FIRST_WAIT, LONGEST_WAIT = 2.0, 15.0
# Clocks of ours and of a provider may differ by this much.
CLOCKS_DIFFER = timedelta(minutes=2)

logger = structlog.get_logger(__name__)


def party(code: OneTimeCode) -> str:
    """Who can keep a worker waiting: the recipient's mail domain, or the provider of text messages."""
    if code.purpose == code.Purpose.PHONE:
        return "sms"
    try:
        return readable(code.recipient).rpartition("@")[2].lower()
    except UnreadableValue:
        return ""


def deliver(code: OneTimeCode) -> None:
    """Send a code that this process has taken, and store the result. No code stops the others, whatever happens."""
    try:
        if _is_deliverable(code):  # what is not looks the same as what was sent
            with code.kept(LEASE), languages.written_in(code.language):
                _hand_over(code)
    except sms.Uncertain:
        _sent(code, failure=Failure.UNCERTAIN)
    except sms.Refused as refusal:
        _refused(code, refusal.kind or Failure.REFUSED)
    except NotSent as refusal:
        if refusal.is_permanent:
            _refused(code, Failure.REFUSED)
        else:
            _postpone(code)
    except (sms.Unavailable, UnreadableValue):
        _postpone(code)
    except Exception as error:  # its text may hold the address
        logger.error("code_failed_here", code=code.pk, purpose=code.purpose, error=type(error).__name__)
        code.is_uncertain = code.purpose == code.Purpose.PHONE
        _postpone(code)
    else:
        _sent(code)


def _hand_over(code: OneTimeCode) -> None:
    minutes = settings.SIGN_IN_CODE_AGE // 60
    if code.purpose == code.Purpose.PHONE:
        _text(code, _text_message(code, minutes))
        return
    taken = code.purpose == code.Purpose.CHANGE_EMAIL and _accounts_of(code.recipient).exists()
    template, context = (
        ("accounts/address_taken", {"link": settings.BASE_URL + reverse("accounts:sign_in")})
        if taken
        else (f"accounts/code_{code.purpose}", _mail_context(code, minutes))
    )
    mail.send(readable(code.recipient), template, context, message_id=_message_id(code))


def _text(code: OneTimeCode, text: str) -> None:
    """Send a text message, unless a process that ended sent it before: then its provider has it."""
    number = readable(code.recipient)
    if code.was_dropped:
        code.is_uncertain = True
        if sms.provider().find(number, text, since=code.created_at - CLOCKS_DIFFER):
            return
        code.is_uncertain = False
    sms.send(number, text)


def _text_message(code: OneTimeCode, minutes: int) -> str:
    """Return the text. Its last line binds it to this site: phones fill the code in here alone (WICG SMS one-time codes)."""
    words = _("%(code)s is your %(site)s code. It expires in %(minutes)d minutes. Don't share it. Not you? %(link)s")
    facts = {"code": code.code, "site": settings.SITE_NAME, "minutes": minutes}
    text = words % {**facts, "link": stop_texts_link(code.pk, code.identity)}
    return f"{text}\n\n@{urlsplit(settings.BASE_URL).hostname} #{code.code}"


def _is_deliverable(code: OneTimeCode) -> bool:
    """Return whether the recipient may get codes: neither a test user nor a person whose account staff deactivated."""
    if code.purpose == code.Purpose.PHONE:
        return True
    inactive = _accounts_of(code.recipient).filter(is_active=False).exists()
    return not inactive and not code.recipient.endswith(f"@{TEST_USER_DOMAIN}")


def _message_id(code: OneTimeCode) -> str:
    """Return the Message-ID of the email: the same if it is sent again."""
    host = parseaddr(settings.DEFAULT_FROM_EMAIL)[1].rpartition("@")[2]
    return f"<code.{keyed_digest('code-message', code.identity)[:32]}@{host}>"


def _mail_context(code: OneTimeCode, minutes: int) -> dict[str, Any]:
    link = f"{settings.BASE_URL}{reverse('accounts:code')}?{urlencode({'code': code.code})}"
    if code.purpose == code.Purpose.CONFIRM:
        link = settings.BASE_URL + reverse("accounts:security")
    context = {"code": code.code, "link": link, "minutes": minutes, "at": code.created_at}
    if CodeGuard.objects.of(code.allowance_digest).is_off and code.purpose == code.Purpose.SIGN_IN:
        context["link"] = context["sign_in_link"] = sign_in_link(code.pk)
    return {**context, "stop_link": stop_link(code.recipient_digest)}


def _sent(code: OneTimeCode, failure: str = "") -> None:
    now = timezone.now()
    expires_at = now + timedelta(seconds=settings.SIGN_IN_CODE_AGE)
    # Whichever process holds the row by now: the code is sent.
    OneTimeCode.objects.filter(pk=code.pk).update(sent_at=now, expires_at=expires_at, due_at=None, failure=failure)
    _count(code, "sent")


def _refused(code: OneTimeCode, failure: str) -> None:
    logger.warning("code_refused", code=code.pk, purpose=code.purpose, failure=str(failure))
    code.finish(failure=failure, expires_at=timezone.now())
    _count(code, "failed")


def _postpone(code: OneTimeCode) -> None:
    again = timezone.now() + wait_after(code.attempts, first=FIRST_WAIT, longest=LONGEST_WAIT)
    logger.warning("code_not_sent", code=code.pk, purpose=code.purpose, attempts=code.attempts)
    failure = Failure.UNCERTAIN if code.is_uncertain else Failure.UNAVAILABLE
    if again >= code.expires_at:
        code.finish(failure=failure)
        _count(code, "failed")
    else:
        code.try_again(again, failure=failure)
        _count(code, "later")


def _count(code: OneTimeCode, result: str) -> None:
    channel = "sms" if code.purpose == code.Purpose.PHONE else "email"
    tallies.add("messages", channel=channel, kind="code", result=result)


def _accounts_of(email: str) -> "QuerySet[User]":
    return User.objects.filter(email=email)
