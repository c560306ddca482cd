"""What a notification may say: plain text whose reader sees what stands there.

Refused are control characters (line breaks and tabs in a body apart), changes of the writing direction, invisible
characters, private ones and noncharacters: in a header they would start another one, in a text message they hide
where a link leads. The two joiners of several scripts and of emoji are let through where they join such characters.
"""

import unicodedata
from dataclasses import dataclass
from typing import Any

from myusa.lib.errors import Problem, Problems
from notifications import errors

SUBJECT_LENGTH = 255
BODY_LENGTH = 20_000
FIELD = "notification.{}"
_JOINERS = ("\u200c", "\u200d")
_DENIED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Letters, joined forms and emoji parts that can stand beside a joiner.
_JOINABLE = frozenset({"Lo", "Lm", "Mn", "Mc", "So", "Sk", "Cn"})
# Invisible, though Unicode counts them among letters and marks: Hangul fillers, a blank braille cell, a joiner of marks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


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


def is_misleading(text: str, *, lines: bool = False) -> bool:
    """Tell whether `text` holds a character that is refused; `lines` allows line breaks and tabs."""
    if lines:
        text = text.replace("\n", "").replace("\t", "")
    if text.isascii():
        return not text.isprintable()
    return any(_is_denied(text, index, character) for index, character in enumerate(text))


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


def _is_denied(text: str, index: int, character: str) -> bool:
    if character.isascii():
        return not character.isprintable()
    if character in _JOINERS:
        return not (_is_joinable(text[index - 1 : index]) and _is_joinable(text[index + 1 : index + 2]))
    if character in _BLANK or ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF:
        return True
    return unicodedata.category(character) in _DENIED


def _is_joinable(neighbor: str) -> bool:
    return bool(neighbor) and not neighbor.isascii() and unicodedata.category(neighbor) in _JOINABLE
