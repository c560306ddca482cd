"""Go the way of a person who signs in: ask for a code, read the mail, enter the code."""

import re
import time
from typing import Any

from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, hotp_value
from django.core import mail
from django.test import Client

from accounts.models import User

SIGN_IN, CODE = "/users/sign_in", "/users/sign_in/code"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"


def last_code() -> str:
    """Return the code of the newest mail: it is alone on a line."""
    return codes_of(mail.outbox[-1])[0]


def codes_of(message: Any) -> list[str]:
    return re.findall(r"^\d{6}$", message.body, re.MULTILINE)


def ask_for_code(browser: Client, email: str, **data: Any) -> Any:
    return browser.post(SIGN_IN, {"email": email, **data})


def enter_code(browser: Client, code: str, path: str = CODE) -> Any:
    return browser.post(path, {"code": code})


def sign_in_by_code(browser: Client, email: str, next_path: str = "") -> Any:
    """Return the answer to the right code."""
    query = {"next": next_path} if next_path else {}
    browser.post(SIGN_IN, {"email": email, **query})
    return browser.post(CODE, {"code": last_code(), **query})


def is_signed_in(browser: Client) -> bool:
    return "_auth_user_id" in browser.session


def wrong(code: str) -> str:
    return f"{(int(code) + 1) % 10**6:06}"


def add_second_factor(user: User, secret: str = SECRET) -> str:
    """Give `user` an authenticator app and recovery codes; return the app's secret."""
    TOTP.activate(user, secret)
    RecoveryCodes.activate(user)
    return secret


def app_code(secret: str = SECRET, *, steps: int = 0) -> str:
    """Return what the authenticator app shows now, or `steps` half minutes later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))
