"""Checks that refuse an unsafe production start.

They run with every management command, when a Celery worker starts, and when the WSGI application is loaded, so that
no server comes up without them. `manage.py check --deploy` asks them of a machine with DEBUG on, too.
"""

from base64 import urlsafe_b64decode
from collections.abc import Iterator, Sequence
from email.utils import parseaddr
from importlib.util import find_spec
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from cryptography.fernet import Fernet
from django.apps import AppConfig
from django.conf import settings
from django.core import checks
from django.core.exceptions import ImproperlyConfigured
from django.utils.module_loading import import_string

from myusa.lib import limits, redis_servers

_RESERVED_ENDINGS = ("example", "test", "invalid", "localhost", "local")
_RESERVED_DOMAINS = ("example.com", "example.net", "example.org")
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
        raise ImproperlyConfigured(f"These settings aren't safe for production, so MyUSA doesn't start:\n{lines}")


def problems() -> Iterator[checks.CheckMessage]:
    """Yield what makes the present settings unsafe in production, DEBUG apart."""
    if settings.DEMO:
        yield _error(2, "DEMO is on. Everyone could read email and codes at /dev/outbox/.", "Set DEMO=false.")
    if settings.SECRET_KEY == settings.DEFAULT_SECRET_KEY or len(settings.SECRET_KEY) < 50:
        yield _error(3, "SECRET_KEY is the default or shorter than 50 characters.", "Set a random one.")
    if settings.DEFAULT_SECRET_KEY in settings.SECRET_KEY_FALLBACKS:
        yield _error(3, "SECRET_KEY_FALLBACKS has the default key, which everyone knows.", "Take it out.")
    yield from _encryption_problems()
    address = urlsplit(settings.BASE_URL)
    if address.scheme != "https" or not address.hostname:
        yield _error(5, "BASE_URL is not an https address.", "Set BASE_URL=https://…")
    if not settings.ALLOWED_HOSTS or any(host.startswith("*") for host in settings.ALLOWED_HOSTS):
        yield _error(6, "ALLOWED_HOSTS is empty or admits every host.", "Name the hosts of this site.")
    yield from _import_problems()
    if any(name in settings.EMAIL_BACKEND for name in _MAIL_THAT_GOES_NOWHERE):
        yield _error(7, "Email isn't sent to anyone.", "Set EMAIL_URL or EMAIL_BACKEND.")
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
            "Celery's broker is this process's memory, so no worker would get a job.",
            "Set REDIS_URL or CELERY_BROKER_URL.",
        )
    if not settings.REDIS_URL:
        yield _error(12, "Without Redis each process counts rate limits for itself.", "Set REDIS_URL.")
    yield from _proxy_problems()
    for name in ("DEFAULT_FROM_EMAIL", "SUPPORT_EMAIL"):
        if _is_reserved(parseaddr(getattr(settings, name))[1]):
            yield _error(14, f"{name} is the default, or at a reserved name where no mail arrives.", f"Set {name}.")
    yield from _file_problems()
    if settings.REDIS_URL and (problem := _redis_problem()):
        yield _error(16, f"Redis rejects what rate limits need: {problem.code}.", problem.hint)


def _debug_is_on() -> checks.CheckMessage:
    return _error(1, "DEBUG is on. Everyone could read email and codes at /dev/outbox/.", "Set DEBUG=false.")


def _encryption_problems() -> Iterator[checks.CheckMessage]:
    if not settings.ENCRYPTION_KEYS:
        yield _error(
            4, "There is no encryption key. Profile values could be read with SECRET_KEY.", "Set ENCRYPTION_KEYS."
        )
    for key in settings.ENCRYPTION_KEYS:
        try:
            Fernet(key)
        except ValueError:
            yield _error(
                4,
                "A key in ENCRYPTION_KEYS is not 32 bytes in url-safe base64.",
                "Generate it with Fernet.generate_key().",
            )
            return
    # Fernet signs with the first half of a key. A key with the same half would take another one's values for its own.
    if len({urlsafe_b64decode(key)[:16] for key in settings.ENCRYPTION_KEYS}) < len(set(settings.ENCRYPTION_KEYS)):
        yield _error(
            4,
            "Two keys in ENCRYPTION_KEYS begin with the same 16 bytes, so each may misread the other's values.",
            "Generate each key with Fernet.generate_key().",
        )


def _import_problems() -> Iterator[checks.CheckMessage]:
    """Yield what cannot send because it is not installed, or has another name."""
    try:
        import_string(settings.EMAIL_BACKEND)
    except ImportError:
        yield _error(
            7,
            f"EMAIL_BACKEND names no class that is installed: {settings.EMAIL_BACKEND}.",
            "Install requirements/production.txt, or set another EMAIL_BACKEND.",
        )
    if settings.SMS_PROVIDER == "twilio" and find_spec("twilio") is None:
        yield _error(
            9, "SMS_PROVIDER is twilio, but its client is not installed.", "Install requirements/production.txt."
        )


def _proxy_problems() -> Iterator[checks.CheckMessage]:
    count = settings.ALLAUTH_TRUSTED_PROXY_COUNT
    if settings.SECURE_PROXY_SSL_HEADER and count == 0:
        yield _error(
            13,
            "BEHIND_TLS_PROXY is on and TRUSTED_PROXY_COUNT is 0. Everyone would share the proxy's address and its limits.",
            "Set TRUSTED_PROXY_COUNT to the number of your proxies.",
        )
    if count > 0 and not settings.SECURE_PROXY_SSL_HEADER:
        yield _error(
            13,
            "TRUSTED_PROXY_COUNT is set and BEHIND_TLS_PROXY is off. Callers could choose the address that limits count.",
            "Set BEHIND_TLS_PROXY=true behind a proxy, or TRUSTED_PROXY_COUNT=0 without one.",
        )


def _is_reserved(address: str) -> bool:
    """Return whether an address is at no host, or at a name of RFC 2606 that no one can have."""
    domain = address.rpartition("@")[2].lower().rstrip(".")
    last = domain.rpartition(".")[2]
    return "." not in domain or last in _RESERVED_ENDINGS or domain.endswith(_RESERVED_DOMAINS)


def _file_problems() -> Iterator[checks.CheckMessage]:
    storage: Any = settings.STORAGES["default"]
    private = Path(storage["OPTIONS"]["location"]).resolve()
    served = [Path(folder).resolve() for folder in (settings.STATIC_ROOT, *settings.STATICFILES_DIRS)]
    if any(private == folder or folder in private.parents or private in folder.parents for folder in served):
        yield _error(
            15,
            "PRIVATE_FILES_DIR is inside a served folder, or contains one. Everyone could read private files.",
            "Set PRIVATE_FILES_DIR to a folder of its own.",
        )


def _redis_problem() -> redis_servers.Misconfiguration | None:
    """Ask Redis; an outage is none of these checks' business, because the site starts without it."""
    try:
        limits.probe()
    except redis.RedisError as error:
        return redis_servers.misconfiguration(error)
    return None


def _error(number: int, message: str, hint: str) -> checks.Error:
    return checks.Error(message, hint=hint, id=f"myusa.E{number:03}")
