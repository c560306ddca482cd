"""Read settings from the environment and `.env`. What cannot be taken is refused by the name of its variable.

Importing `myusa` reads the file, before anything else of the project is imported.
"""

import json
import math
import os
import re
from collections.abc import Callable, Iterable, Sequence
from email.utils import parseaddr
from pathlib import Path
from typing import Any, NoReturn
from urllib.parse import urlsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parent.parent
SWITCHES = {
    **dict.fromkeys(("true", "on", "yes", "y", "ok", "1"), True),
    **dict.fromkeys(("false", "off", "no", "n", "0"), False),
}
_LINE = re.compile(r"\s*(#.*)?|(export )?[A-Za-z_0-9]+=.*")
_NAME = r"(?:[a-z0-9_-]+(?:\.[a-z0-9_-]+)*\.?|\[[0-9a-f:.]+\])"
_HOST = re.compile(rf"\*|\.?{_NAME}", re.IGNORECASE)
# A trusted origin may be all hosts below a domain.
_ORIGIN = re.compile(rf"https?://(?:\*\.)?{_NAME}(?::[0-9]{{1,5}})?")


def read_file() -> None:
    """Read ENV_FILE, or `.env` where there is one, into the environment, whose own values win."""
    named = os.environ.get("ENV_FILE")
    path = ROOT / (named or ".env")
    if named or path.exists():
        try:
            lines = path.read_text(encoding="utf-8").splitlines()
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            raise ImproperlyConfigured(f"ENV_FILE: {path} cannot be read ({reason}).") from error
        for number, line in enumerate(lines, 1):
            if not _LINE.fullmatch(line):
                raise ImproperlyConfigured(f"ENV_FILE: line {number} of {path} is neither NAME=value nor a comment.")
        environ.Env.read_env(path)
    # For prometheus_client an empty name is a folder, too.
    if not os.environ.get("PROMETHEUS_MULTIPROC_DIR"):
        os.environ.pop("PROMETHEUS_MULTIPROC_DIR", None)


class Env:
    """The values of variables. Space around one is ignored, and an empty one means the default."""

    def str(self, name: Any, default: Any, *, choices: Sequence[Any] = ()) -> Any:
        """Return a text, which is one of `choices` where there are some."""
        value = _given(name) or default
        if choices and value not in choices:
            _refuse(name, f"must be {_or(each for each in choices if each)}, not {value!r}")
        return value

    def bool(self, name: Any, default: Any) -> Any:
        value = _given(name)
        if value and value.lower() not in SWITCHES:
            _refuse(name, f"must be true or false, not {value!r}")
        return SWITCHES[value.lower()] if value else default

    def int(self, name: Any, default: Any, *, minimum: Any = 1) -> Any:
        return _number(int, name, "a whole number", default, minimum)

    def float(self, name: Any, default: Any, *, minimum: Any = 0.001) -> Any:
        return _number(float, name, "a number", default, minimum)

    def list(self, name: Any, default: Any, *, each: Callable[[Any, Any], Any] | None = None) -> Any:
        """Return what is between the commas; `each(name, value)` refuses what an item cannot be."""
        value = _given(name)
        items = [item for item in map(str.strip, value.split(",")) if item] if value else default
        return [each(name, item) for item in items] if each else items

    def json(self, name: Any, default: Any) -> Any:
        """Return an object."""
        try:
            value = json.loads(_given(name)) if _given(name) else default
        except ValueError:
            value = None
        if not isinstance(value, dict):
            _refuse(name, "must be an object in JSON")
        return value

    def url(
        self,
        name: Any,
        default: Any = "",
        *,
        schemes: Sequence[Any] = ("https", "http"),
        check: Callable[[Any], Any] = urlsplit,
    ) -> Any:
        """Return an address with one of `schemes`; `check` raises ValueError for others. No error repeats it: it may
        have a password."""
        value = _given(name)
        if value:
            try:
                parts = urlsplit(value)
                is_usable = parts.scheme in schemes and value.isprintable() and " " not in value
                if is_usable and parts.scheme in ("https", "http"):
                    is_usable = bool(parts.hostname) and parts.port != 0
                check(value)
            except ValueError:  # a port that is no number, a bracket that is not closed
                is_usable = False
            if not is_usable:
                _refuse(name, f"must be an address that begins with {_or(f'{each}://' for each in schemes)}")
        return value or default

    def origin(self, name: Any, default: Any) -> Any:
        """Return the address of a site as browsers write it: scheme, host and port, without a slash at the end."""
        value = origin(name, (_given(name) or default).rstrip("/").lower())
        if "*" in value:
            _refuse(name, f"must name one host, not {value!r}")
        return value.removesuffix(":443" if value.startswith("https:") else ":80")

    def email(self, name: Any, default: Any) -> Any:
        """Return an email address, which may have a name before it."""
        value = _given(name) or default
        local, _at, domain = parseaddr(value)[1].rpartition("@")
        if value and (not local or not _HOST.fullmatch(domain) or not value.isprintable()):
            _refuse(name, f"must be an email address, not {value!r}")
        return value

    def path(self, name: Any, default: Any) -> Any:
        """Return a folder. One that does not begin with a slash is in the project."""
        return ROOT / (_given(name) or default)

    def database(self, name: Any, default: Any) -> Any:
        """Return the settings of a database for Django."""
        address = self.url(name, default, schemes=("postgres", "postgresql", "sqlite"))
        config = _parsed(name, environ.Env.db_url_config, address)
        if not config["NAME"]:
            _refuse(name, "must name a database: postgres://USER:PASSWORD@HOST:PORT/NAME")
        return config

    def mail_server(self, name: Any) -> Any:
        """Return the settings of a mail server for Django, none if the variable is empty."""
        return _parsed(name, environ.Env.email_url_config, _given(name)) if _given(name) else {}


def host(name: str, value: str) -> str:
    """Return the name of a host; refuse what has more than that, because no request would fit it."""
    if not _HOST.fullmatch(value):
        _refuse(name, f"names hosts without scheme, port and path, not {value!r}")
    return value


def origin(name: str, value: str) -> str:
    """Return scheme, host and port; refuse what has more or less."""
    if not _ORIGIN.fullmatch(value):
        _refuse(name, f"must be https://HOST or http://HOST, with a port if need be and no path, not {value!r}")
    return value


def _given(name: str) -> str:
    return os.environ.get(name, "").strip()


def _number(kind: Callable[[str], Any], name: str, what: str, default: Any, minimum: float) -> Any:
    value = _given(name)
    if not value:
        return default
    try:
        number = kind(value)
    except ValueError:
        number = math.nan
    if not minimum <= number < math.inf:
        _refuse(name, f"must be {what} from {minimum} up, not {value!r}")
    return number


def _or(words: Iterable[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last


def _parsed(name: str, parse: Callable[[str], Any], value: str) -> Any:
    try:
        return parse(value)
    except (ValueError, ImproperlyConfigured):
        _refuse(name, "is no address that can be used. Percent-encode special characters of its user name and password")


def _refuse(name: str, problem: str) -> NoReturn:
    # The chain would show the value again, which may be a password.
    raise ImproperlyConfigured(f"{name} {problem}.") from None
