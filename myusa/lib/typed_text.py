"""What people type or paste, in the one form in which it is stored and compared.

Phones, word processors and web pages add characters that no one sees, and write digits and dashes in many ways.
"""

import unicodedata
from collections.abc import Callable
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from myusa.lib.messages import plain_text

# Invisible, though Unicode counts them among letters and symbols: Hangul fillers and a blank Braille cell.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")
_INVISIBLE = frozenset({"Zs", "Zl", "Zp", "Cf"})
_TRUNK = "00"  # how most of the world dials another country; no number of the United States begins so


def canonical_text(text: str) -> str:
    """Return text in Unicode's normal form C, without spaces and invisible characters at its ends."""
    text = unicodedata.normalize("NFC", text)
    start, end = _core(text, is_invisible)
    return text[start:end]


def _core(text: str, is_ignored: Callable[[str], bool]) -> tuple[int, int]:
    """Return where the text begins and ends without the ignored characters around it."""
    start, end = 0, len(text)
    while start < end and is_ignored(text[start]):
        start += 1
    while start < end and is_ignored(text[end - 1]):
        end -= 1
    return start, end


def is_invisible(character: str) -> bool:
    """Return whether a character leaves no mark of its own: a space, a formatting character, a filler."""
    return character.isspace() or character in _BLANK or unicodedata.category(character) in _INVISIBLE


def letters_and_digits(text: str) -> str:
    """Return only the letters and digits of a code, each in its plain form (NFKC)."""
    return "".join(each for each in unicodedata.normalize("NFKC", text) if each.isalnum())


def plain_digits(text: str) -> str:
    """Return text with full-width and other compatibility forms of digits as 0 to 9 (NFKC)."""
    return unicodedata.normalize("NFKC", text)


def dialed(number: str) -> str:
    """Return a phone number as it is dialed: without invisible characters, and with + for the prefix 00."""
    plain = "".join(_separator(each) for each in plain_digits(number)).strip()
    return f"+{plain.removeprefix(_TRUNK)}" if plain.startswith(_TRUNK) else plain


def safe_text(text: str, *, lines: bool = False) -> str:
    """Return text in canonical form without invisible characters that mean nothing; raise ForbiddenCharacter.

    A tab between words of one line becomes a space: cells of a table are pasted with them. The place of a forbidden
    character counts from the beginning of what was typed.
    """
    return canonical_text(_read(text if lines else text.replace("\t", " "), is_invisible, lines=lines))


def sent_line(text: str) -> str:
    """Return a line that a program sent, in normal form C and without spaces around it; raise ForbiddenCharacter.

    Unlike `safe_text` it keeps direction marks at the ends, which a program sends on purpose.
    """
    line = _read(text.replace("\t", " "), str.isspace)
    return unicodedata.normalize("NFC", line).strip() if canonical_text(line) else ""


def _read(text: str, is_ignored: Callable[[str], bool], *, lines: bool = False) -> str:
    """Read text without the ignored characters around it, so that what was before it counts in places."""
    text = unicodedata.normalize("NFC", text)
    start, end = _core(text, is_ignored)
    return plain_text.read(" " * start + text[start:end], lines=lines)


def _separator(character: str) -> str:
    """Return a typographic space or dash as a plain one, any other character as it is."""
    if unicodedata.category(character) == "Pd" or character == "\u2212":  # the minus sign
        return "-"
    return " " if is_invisible(character) else character


class TextField(forms.CharField):
    """A text that is stored in canonical form; with a textarea it may have several lines.

    Characters that mislead its readers are refused, and named with their place (`plain_text`).
    """

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        if not isinstance(text, str):
            return text
        try:
            return safe_text(text, lines=isinstance(self.widget, forms.Textarea))
        except plain_text.ForbiddenCharacter as error:
            raise ValidationError(error.message, code="forbidden_character") from error


class TelephoneField(TextField):
    """A phone number as people write it, with plain digits and separators. Others check that it is one."""

    def to_python(self, value: Any) -> str | None:
        text = super().to_python(value)
        return dialed(text) if isinstance(text, str) else text
