"""What a notification may say: plain text whose reader sees what stands there."""

from dataclasses import dataclass
from typing import Any

from myusa.lib.http.errors import Problem, Problems
from myusa.lib.messages.plain_text import is_misleading
from notifications import errors

SUBJECT_LENGTH = 255
BODY_LENGTH = 20_000
FIELD = "notification.{}"


@dataclass(frozen=True, slots=True)
class Content:
    """The subject and text of a notification, checked."""

    subject: str
    body: str


def read(parameters: dict[str, Any]) -> Content:
    """Return the content that an app sent; raise `Problems` that name every wrong field."""
    problems: list[Problem] = []
    subject = _text(parameters, "subject", problems)
    body = _text(parameters, "body", problems).replace("\r\n", "\n").replace("\r", "\n")
    subject = subject.strip(" ")
    if not problems:
        problems += _about_subject(subject)
        problems += _about_body(body)
    if problems:
        raise Problems(problems)
    return Content(subject, body)


def _text(parameters: dict[str, Any], name: str, problems: list[Problem]) -> str:
    value = parameters.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        problems.append(errors.NOT_TEXT.on(FIELD.format(name)))
        return ""
    return value


def _about_subject(subject: str) -> list[Problem]:
    field = FIELD.format("subject")
    if is_misleading(subject):
        return [errors.FORBIDDEN_CHARACTER.on(field)]
    if not subject.strip():
        return [errors.SUBJECT_REQUIRED.on(field)]
    return [errors.SUBJECT_TOO_LONG.on(field)] if len(subject) > SUBJECT_LENGTH else []


def _about_body(body: str) -> list[Problem]:
    field = FIELD.format("body")
    if len(body) > BODY_LENGTH:
        return [errors.BODY_TOO_LONG.on(field)]
    return [errors.FORBIDDEN_CHARACTER.on(field)] if is_misleading(body, lines=True) else []
