"""Text that other people wrote, as its reader may see it.

Text of any script is accepted, typed or pasted. Invisible characters that mean nothing where they are get removed; line
and paragraph separators become line breaks. Refused is what can mislead a reader: control characters, overrides and
embeddings of the writing direction (UAX #9), hidden tags, private characters. In a header they would start another one;
in a text message they hide where a link leads. The implicit direction marks stay, because right-to-left text needs them.
"""

import re
import unicodedata

from django.utils.translation import gettext as _

_DIRECTION_MARKS = "\u061c\u200e\u200f"
# Shown as signs around or under digits and letters, though Unicode counts them among invisible format characters.
_SHOWN = re.compile(r"[\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f]")
# Joiners, the Mongolian vowel separator, and where a line may break or not in scripts without spaces.
_WITH_LETTERS = frozenset("\u034f\u180e\u200b\u200c\u200d\u2060")
_JOINERS = frozenset("\u200c\u200d")
_LETTERS = frozenset({"Lo", "Lm", "Mn", "Mc"})
_JOINED = _LETTERS | {"So", "Sk", "Cn"}
# Characters that belong to a block of their own, and are blank or invisible anywhere else.
_HANGUL_JAMO = re.compile(r"[\u1100-\u115e\u1161-\u11ff\ua960-\ua97f\ud7b0-\ud7ff]")
_BRAILLE = re.compile(r"[\u2801-\u28ff]")
_AT_HOME = {"\u115f": _HANGUL_JAMO, "\u1160": _HANGUL_JAMO, "\u2800": _BRAILLE}
# Soft hyphen, byte order mark, invisible operators, fillers, and the place of a picture that was not copied.
_REMOVED = frozenset("\u00ad\ufeff\u2061\u2062\u2063\u2064\u17b4\u17b5\u3164\uffa0\ufffc")
_LINE_BREAKS = re.compile("\r\n|[\r\x0b\x0c\x85\u2028\u2029]")
# England, Scotland and Wales: the emoji tag sequences that Unicode recommends for interchange.
_TAGGED_FLAG = re.compile(
    "\U0001f3f4\U000e0067\U000e0062(?:\U000e0065\U000e006e\U000e0067|\U000e0073\U000e0063\U000e0074"
    "|\U000e0077\U000e006c\U000e0073)\U000e007f"
)
# Bullets of word processors, which are private characters of the fonts Symbol and Wingdings.
_BULLETS = {"\uf0b7": "•", "\uf0a7": "▪", "\uf0a8": "◻", "\uf0d8": "➢", "\uf0e0": "→", "\uf0fc": "✓", "\uf0fe": "☑"}
_DENIED = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})


class ForbiddenCharacter(ValueError):
    """The text has a character that can mislead its reader. `position` counts characters of the text from 1."""

    def __init__(self, character: str, position: int) -> None:
        self.position = position
        name = unicodedata.name(character, "")
        self.character = f"U+{ord(character):04X}{f' {name}' if name else ''}"
        super().__init__(f"{self.character} at {position}")

    @property
    def message(self) -> str:
        """The sentence for the text's author."""
        text = _("Character %(position)d can mislead readers: %(character)s. Remove it.")
        return text % {"position": self.position, "character": self.character}


def read(text: str, *, lines: bool = False) -> str:
    """Return `text` as it is shown and stored; raise ForbiddenCharacter.

    With `lines`, line breaks and tabs are allowed; separators of lines and paragraphs become line breaks.
    """
    if text.isascii() and text.isprintable():
        return text
    kept, index = [], 0
    while index < len(text):
        if lines and (line_break := _LINE_BREAKS.match(text, index)):
            kept.append("\n")
            index = line_break.end()
        elif text[index] == "\U0001f3f4" and (flag := _TAGGED_FLAG.match(text, index)):
            kept.append(flag.group())
            index = flag.end()
        else:
            kept.append(_kept(text, index, lines=lines))
            index += 1
    return "".join(kept)


def _kept(text: str, index: int, *, lines: bool) -> str:
    """Return the character at `index` as it stays: itself, its replacement, or nothing; raise ForbiddenCharacter."""
    character = text[index]
    if character.isascii():
        if character.isprintable() or (lines and character in "\n\t"):
            return character
        raise ForbiddenCharacter(character, index + 1)
    if character in _REMOVED:
        return ""
    neighbors = text[index - 1 : index] + text[index + 1 : index + 2]
    if character in _WITH_LETTERS:
        kinds = _JOINED if character in _JOINERS else _LETTERS
        return character if any(_is_one_of(each, kinds) for each in neighbors) else ""
    if home := _AT_HOME.get(character):
        return character if home.search(neighbors) else ""
    if character in _BULLETS:
        return _BULLETS[character]
    if character in _DIRECTION_MARKS or _SHOWN.match(character):
        return character
    if unicodedata.category(character) in _DENIED or _is_noncharacter(character):
        raise ForbiddenCharacter(character, index + 1)
    return character


def _is_one_of(neighbor: str, kinds: frozenset[str]) -> bool:
    if neighbor.isascii() or "\u0300" <= neighbor <= "\u036f":  # accents, which Latin letters have, too
        return False
    return unicodedata.category(neighbor) in kinds


def _is_noncharacter(character: str) -> bool:
    return ord(character) & 0xFFFE == 0xFFFE or 0xFDD0 <= ord(character) <= 0xFDEF
