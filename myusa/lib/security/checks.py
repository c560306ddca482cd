"""Checks that refuse an unsafe production start.

They run with every management command, when a Celery worker starts, and when the WSGI application is loaded, so that
no server comes up without them. `manage.py check --deploy` asks them of a machine with DEBUG on, too.
"""

from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import urlsplit

from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured

_MAIL_THAT_GOES_NOWHERE = ("filebased", "console", "locmem", "dummy")


@checks.register(checks.Tags.security)
def production_is_safe(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """Return what makes this production unsafe: with DEBUG off it is one, and so it is where people reach it by https."""
    if settings.DEBUG:
        return [_debug_is_on()] if settings.BASE_URL.startswith("https:") else []
    return list(problems())


@checks.register(checks.Tags.security, deploy=True)
def debug_is_off(app_configs: Sequence[AppConfig] | None, **kwargs: Any) -> list[checks.CheckMessage]:
    """For `check --deploy`, which asks about a production even when DEBUG is on."""
    if not settings.DEBUG:
        return []
    return [_debug_is_on(), *problems()]


def refuse_unsafe_start() -> None:
    """Raise ImproperlyConfigured, naming every problem, if this is an unsafe production."""
    found = production_is_safe(None)
    if found:
        lines = "\n".join(f"  {problem.id}: {problem.msg} {problem.hint or ''}".rstrip() for problem in found)
        raise ImproperlyConfigured(f"This is no safe production, so it does not start:\n{lines}")


def problems() -> Iterator[checks.CheckMessage]:
    """Yield what makes the present settings unsafe in production, DEBUG apart."""
    if settings.DEMO:
        yield _error(2, "DEMO is on: everybody could read mail and codes at /dev/outbox/.", "Set DEMO=false.")
    if settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY or len(settings.SECRET_KEY) < 50:
        yield _error(3, "SECRET_KEY is the default or shorter than 50 characters.", "Make a random one.")
    if settings.DEFAULT_SECRET_KEY in settings.SECRET_KEY_FALLBACKS:
        yield _error(3, "SECRET_KEY_FALLBACKS holds the default key, which everybody knows.", "Take it out.")
    yield from _encryption_problems()
    address = urlsplit(settings.BASE_URL)
    if address.scheme != "https" or not address.hostname:
        yield _error(5, "BASE_URL is not an https address.", "Set BASE_URL=https://…")
    if not settings.ALLOWED_HOSTS or any(host.startswith("*") for host in settings.ALLOWED_HOSTS):
        yield _error(6, "ALLOWED_HOSTS is empty or admits every host.", "Name the hosts of this site.")
    if any(name in settings.EMAIL_BACKEND for name in _MAIL_THAT_GOES_NOWHERE):
        yield _error(7, "Mail is not sent to anybody.", "Set EMAIL_URL or EMAIL_BACKEND.")
    if settings.SMS_PROVIDER == "file":
        yield _error(8, "Text messages are written to files.", "Set SMS_PROVIDER=twilio.")
    if settings.SMS_PROVIDER == "twilio" and not all(
        (settings.TWILIO_ACCOUNT_SID, settings.TWILIO_AUTH_TOKEN, settings.TWILIO_FROM_NUMBER)
    ):
        yield _error(
            9,
            "SMS_PROVIDER is twilio, but its account is not set.",
            "Set TWILIO_ACCOUNT_SID, TWILIO_AUTH_TOKEN and TWILIO_FROM_NUMBER.",
        )
    if settings.DATABASES["default"]["ENGINE"].endswith("sqlite3"):
        yield _error(10, "The database is SQLite, which one writer at a time can use.", "Set DATABASE_URL=postgres://…")
    if settings.CELERY_BROKER_URL.startswith("memory"):
        yield _error(
            11,
            "Celery's broker is this process's memory: no worker would get a job.",
            "Set REDIS_URL or CELERY_BROKER_URL.",
        )
    if not settings.REDIS_URL:
        yield _error(12, "Without Redis each process counts rate limits for itself.", "Set REDIS_URL.")


def _debug_is_on() -> checks.CheckMessage:
    return _error(1, "DEBUG is on: everybody could read mail and codes at /dev/outbox/.", "Set DEBUG=false.")


def _encryption_problems() -> Iterator[checks.CheckMessage]:
    if not settings.ENCRYPTION_KEYS:
        yield _error(
            4, "There is no encryption key: profile values could be read with SECRET_KEY.", "Set ENCRYPTION_KEYS."
        )
    for key in settings.ENCRYPTION_KEYS:
        try:
            Fernet(key)
        except ValueError:
            yield _error(
                4, "A key in ENCRYPTION_KEYS is not 32 bytes in url-safe base64.", "Make it with Fernet.generate_key()."
            )


def _error(number: int, message: str, hint: str) -> checks.Error:
    return checks.Error(message, hint=hint, id=f"myusa.E{number:03}")
