"""Logs: one JSON object a line in production, readable lines on a console, and no secrets in either.

structlog's own lines are rendered and written at once; what Django, Celery and gunicorn log goes through
the same processors by a standard handler. `LOG_FORMAT` is `json` or `console`, `LOG_LEVEL` a standard level.
"""

import logging
import logging.config
import re
import sys
from collections.abc import Mapping
from contextlib import suppress
from typing import Any

import structlog
from django.http import HttpRequest
from structlog.typing import EventDict, Processor

from myusa.lib.observability import request_id
from myusa.lib.observability.request_log import FILTERED, safe_path

# Values of these keys are never logged.
SECRET_KEYS = frozenset(
    "access_token assertion authorization body client_secret code code_challenge code_verifier cookie email email_address"
    " id_token idempotency_key password phone refresh_token secret session_key subject token totp totp_secret".split()
)
# What PostgreSQL adds to its message about an error: values of the row. They can have line breaks of their own. In what
# Celery writes about a failed job, they are in a quoted form, too.
_VALUES_OF_ROWS = re.compile(
    r"(?:\n|\\n)(?:DETAIL|CONTEXT):.*?(?=\n\n(?:The above exception|During handling)|\Z)", re.DOTALL
)


class StderrLogger:
    """Write each line to the standard error of the moment, so that tests and daemons may replace it.

    A line that cannot be written, because the disk of the log is full, is lost. The request or job goes on.
    """

    def msg(self, line: str) -> None:
        with suppress(OSError):
            sys.stderr.write(line + "\n")

    debug = info = warning = error = critical = fatal = exception = log = msg


def add_request_id(logger: object, method: str, event: EventDict) -> EventDict:
    """Put the id of the request or job in hand on the line."""
    if current := request_id.current():
        event["request_id"] = current
    return event


def redact(logger: object, method: str, event: EventDict) -> EventDict:
    """Replace the values of SECRET_KEYS."""
    for key in event.keys() & SECRET_KEYS:
        event[key] = FILTERED
    return event


def leave_out_rows(logger: object, method: str, event: EventDict) -> EventDict:
    """Take the values of rows out of messages and traces of database errors."""
    for key, value in event.items():
        if isinstance(value, str):
            event[key] = _VALUES_OF_ROWS.sub("", value)
    return event


def configure(options: Mapping[str, Any]) -> None:
    """Set up structlog and the standard library's logging (`settings.LOGGING_CONFIG` names this function)."""
    structlog.configure(
        processors=[*_shared(options["format"]), *_rendering(options["format"])],
        wrapper_class=structlog.make_filtering_bound_logger(options["level"]),
        logger_factory=lambda *names: StderrLogger(),
        cache_logger_on_first_use=True,
    )
    logging.config.dictConfig(standard_logging(options))


def standard_logging(options: Mapping[str, Any]) -> dict[str, Any]:
    """Return the `dictConfig` that gives lines of other libraries the same form."""
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {
            "structlog": {
                "()": structlog.stdlib.ProcessorFormatter,
                "foreign_pre_chain": [
                    structlog.stdlib.add_logger_name,
                    structlog.stdlib.ExtraAdder(),
                    *_shared(options["format"]),
                ],
                "processors": [_drop_bulky, *_rendering(options["format"])],
            }
        },
        "filters": {"with_trace": {"()": lambda: _has_trace}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "structlog"}},
        "root": {"handlers": ["stderr"], "level": options["level"]},
        "loggers": {
            "django": {"handlers": [], "level": "NOTSET", "propagate": True},
            # The line of each request tells its status; Django's own adds something only where it has a trace.
            "django.request": {"level": "ERROR", "filters": ["with_trace"]},
            "django.server": {"handlers": [], "level": "WARNING", "propagate": True},
            "celery": {"level": "WARNING"},
            "fido2": {"level": "WARNING"},  # its lines name passkeys
            "kombu": {"level": "WARNING"},
            "gunicorn.error": {"handlers": [], "level": options["level"], "propagate": True},
            "gunicorn.access": {"handlers": [], "propagate": False},
        },
    }


def _shared(form: str) -> list[Processor]:
    stamp = (
        structlog.processors.TimeStamper("%H:%M:%S", utc=False)
        if form == "console"
        else structlog.processors.TimeStamper("iso")
    )
    return [structlog.processors.add_log_level, stamp, add_request_id, redact]


def _rendering(form: str) -> list[Processor]:
    if form == "console":
        return [
            leave_out_rows,
            structlog.dev.ConsoleRenderer(
                colors=sys.stderr.isatty(), pad_event_to=0, exception_formatter=structlog.dev.plain_traceback
            ),
        ]
    return [structlog.processors.format_exc_info, leave_out_rows, structlog.processors.JSONRenderer(default=str)]


def _has_trace(record: logging.LogRecord) -> bool:
    return bool(record.exc_info)


def _drop_bulky(logger: object, method: str, event: EventDict) -> EventDict:
    """Drop what the bridge adds, and the request or the context of a job that Django and Celery attach to records."""
    request = event.get("request")
    if isinstance(request, HttpRequest):
        event["event"] = str(event["event"]).replace(request.path, safe_path(request))
    for key in ("_record", "_from_structlog", "request", "taskName", "data"):
        event.pop(key, None)
    return event
