"""A pseudo-locale: every translated string comes in ⟦brackets⟧, so what stayed English is what has none."""

import re
from collections.abc import Iterable, Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings
from django.utils.translation import trans_real

from scripts import catalogs

OPEN, CLOSE = "⟦", "⟧"
# Attributes that people read or hear.
READ = {"alt", "aria-label", "placeholder", "title", "data-label", "data-copied", "data-canceled", "data-exists"}
_UNREAD = {"script", "style", "code", "pre", "svg"}
_VOID = {"br", "hr", "img", "input", "link", "meta", "source", "wbr"}
_LETTERS = re.compile(r"[^\W\d_]{2,}")


def switch_on(monkeypatch: pytest.MonkeyPatch, only: str = "") -> set[str]:
    """Let gettext bracket what it returns, in every language or in one; return the texts that were looked up so far."""
    met: set[str] = set()
    catalog: Any = trans_real.DjangoTranslation
    gettext, ngettext = catalog.gettext, catalog.ngettext

    def one(self: Any, message: str) -> Any:
        if only not in ("", self.language()):
            return gettext(self, message)
        met.add(message)
        return _bracketed(message)

    def several(self: Any, singular: str, plural: str, number: float) -> Any:
        if only not in ("", self.language()):
            return ngettext(self, singular, plural, number)
        met.add(singular)
        return _bracketed(singular if number == 1 else plural)

    monkeypatch.setattr(catalog, "gettext", one)
    monkeypatch.setattr(catalog, "ngettext", several)
    return met


def not_collected(met: Iterable[str], code: str) -> list[str]:
    """Return those texts that neither our catalog nor one of the libraries has in a language (`scripts/catalogs.py`)."""
    ours = {key.looked_up() for key in catalogs.read(catalogs.LOCALE / code / "LC_MESSAGES" / "django.po")}
    names = {name for _code, name in settings.LANGUAGES}
    others: Any = vars(trans_real.translation(code))["_catalog"]
    return sorted(
        text for text in met if text and text not in ours | names and not others.get(text) and not others.get((text, 0))
    )


def write_catalog(folder: Path, code: str) -> None:
    """Write a compiled catalog without a text, which is all that makes a language known."""
    file = folder / code / "LC_MESSAGES" / "django.mo"
    file.parent.mkdir(parents=True)
    file.write_bytes(catalogs.compiled({}, code))


def english(page: str, *known: str) -> list[str]:
    """Return the texts of an HTML page or email that are not translated; `known` are values of people and apps."""
    reader = _Reader()
    reader.feed(page)
    return [text for text in reader.found if _LETTERS.search(_without(text, known))]


def english_text(text: str, *known: str) -> list[str]:
    """Return the stretches of a plain text that are not translated."""
    outside = re.sub(rf"{OPEN}.*?{CLOSE}", "\n", _flat(text), flags=re.DOTALL)
    lines = re.sub(r"https?://\S+|\S+@\S+", " ", outside).splitlines()
    return [line.strip() for line in lines if _LETTERS.search(_without(line, known))]


def _bracketed(message: str) -> str:
    if trans_real.CONTEXT_SEPARATOR in message:
        message = message.partition(trans_real.CONTEXT_SEPARATOR)[2]
    return f"{OPEN}{message}{CLOSE}" if message else ""


def _flat(text: str) -> str:
    """Return text whose brackets do not nest: a translated name within a translated sentence."""
    depth, parts = 0, []
    for character in text:
        depth += (character == OPEN) - (character == CLOSE)
        if not (character == OPEN and depth > 1) and not (character == CLOSE and depth > 0):
            parts.append(character)
    return "".join(parts)


def _without(text: str, known: tuple[str, ...]) -> str:
    for value in sorted(known, key=len, reverse=True):
        text = text.replace(value, " ")
    return re.sub(r"https?://\S+|\S+@\S+", " ", text)


class _Reader(HTMLParser):
    """Collects texts outside of brackets. A bracket may span several elements."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self._depth = 0
        self._unread: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag in _UNREAD:
            self._unread.append(tag)
        self.found += [
            value for name, value in attrs if name in READ and value for value in self._outside(value, separate=True)
        ]

    def handle_endtag(self, tag: str) -> None:
        if self._unread and self._unread[-1] == tag:
            self._unread.pop()

    def handle_data(self, data: str) -> None:
        outside = list(self._outside(data))
        if not self._unread:
            self.found += outside

    def _outside(self, text: str, *, separate: bool = False) -> Iterator[str]:
        depth, piece = 0 if separate else self._depth, ""
        for character in text:
            if character == OPEN:
                depth += 1
            elif character == CLOSE:
                depth -= 1
            elif depth == 0:
                piece += character
                continue
            if piece.strip():
                yield " ".join(piece.split())
            piece = ""
        if piece.strip():
            yield " ".join(piece.split())
        if not separate:
            self._depth = depth
