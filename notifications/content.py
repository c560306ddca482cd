"""What a notification may say: plain text that its reader sees as its author wrote it."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from myusa.lib.http.errors import Problem, Problems
from myusa.lib.messages import links, plain_text
from myusa.lib.messages.plain_text import ForbiddenCharacter
from myusa.lib.typed_text import sent_line
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
    subject = _text(parameters, "subject", problems, sent_line)
    body = _text(parameters, "body", problems, _body)
    if not problems:
        problems += _about_subject(subject)
        problems += _about_body(body)
    if problems:
        raise Problems(problems)
    return Content(subject, body)


def _body(text: str) -> str:
    return links.composed(plain_text.read(text, lines=True))


def _text(parameters: dict[str, Any], name: str, problems: list[Problem], read: Callable[[str], str]) -> str:
    value = parameters.get(name)
    if value is None:
        return ""
    if not isinstance(value, str):
        problems.append(errors.NOT_TEXT.on(FIELD.format(name)))
        return ""
    try:
        return read(value)
    except ForbiddenCharacter as forbidden:
        problems.append(errors.FORBIDDEN_CHARACTER.on(FIELD.format(name), message=forbidden.message))
        return ""


def _about_subject(subject: str) -> list[Problem]:
    field = FIELD.format("subject")
    if not subject:
        return [errors.SUBJECT_REQUIRED.on(field)]
    return [errors.SUBJECT_TOO_LONG.on(field)] if len(subject) > SUBJECT_LENGTH else []


def _about_body(body: str) -> list[Problem]:
    return [errors.BODY_TOO_LONG.on(FIELD.format("body"))] if len(body) > BODY_LENGTH else []
