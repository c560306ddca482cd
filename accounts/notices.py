"""Emails that tell people what happened to their account. A mail server that is down undoes none of it."""

from smtplib import SMTPException

import structlog

from accounts.models import User
from myusa.lib import mail

logger = structlog.get_logger(__name__)


def email_changed(user: User, old_email: str) -> None:
    """Tell the old address, in case its owner was not the one who changed it."""
    _send(old_email, "email_changed", user)


def second_factor_added(user: User) -> None:
    _send(user.email, "second_factor_added", user)


def second_factor_removed(user: User) -> None:
    _send(user.email, "second_factor_removed", user)


def recovery_codes_replaced(user: User) -> None:
    _send(user.email, "recovery_codes_replaced", user)


def account_deleted(email: str) -> None:
    _send(email, "account_deleted")


def _send(to: str, name: str, user: User | None = None) -> None:
    try:
        mail.send(to, f"accounts/{name}", {"user": user})
    except (OSError, SMTPException) as error:
        logger.error("notice_not_sent", notice=name, error=str(error))
