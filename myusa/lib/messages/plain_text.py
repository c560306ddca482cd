"""Text that other people wrote, whose reader shall see what stands there.

Misleading are control characters (line breaks and tabs of longer texts apart), changes of the writing direction,
invisible characters, private ones and noncharacters: in a header they would start another one, in a text message they
hide where a link leads. The two joiners of several scripts and of emoji are let through where they join such characters.
"""

import unicodedata

_JOINERS = ("\u200c", "\u200d")
_DENIED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})
# Letters, joined forms and emoji parts that can stand beside a joiner.
_JOINABLE = frozenset({"Lo", "Lm", "Mn", "Mc", "So", "Sk", "Cn"})
# Invisible, though Unicode counts them among letters and marks: Hangul fillers, a blank braille cell, a joiner of marks.
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")


def is_misleading(text: str, *, lines: bool = False) -> bool:
    """Tell whether `text` holds a character that is refused; `lines` allows line breaks and tabs."""
    if lines:
        text = text.replace("\n", "").replace("\t", "")
    if text.isascii():
        return not text.isprintable()
    return any(_is_denied(text, index, character) for index, character in enumerate(text))


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
