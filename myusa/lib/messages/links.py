"""Web and email addresses in plain text become links that lead exactly where the text says.

Django's `urlize` decodes and encodes an address again, and reads `&sect` in a query as a character. Here the `href` is the
address as it was written, escaped once for HTML. Each word is read once, so the time grows with the length of the text.
"""

import re
import unicodedata
from urllib.parse import quote

from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe

_WORDS = re.compile(r"(\s+)")
_SCHEME = re.compile(r"https?://(?=[^\s<>\"])", re.IGNORECASE)
# Characters that end an address inside a word (RFC 3986, appendix C).
_DELIMITER = re.compile(r"[<>\"]")
_EMAIL = re.compile(
    r"[A-Z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Z0-9](?:[A-Z0-9-]{0,61}[A-Z0-9])?\.)+[A-Z][A-Z0-9-]*[A-Z0-9]",
    re.IGNORECASE,
)
_BARE_DOMAIN = re.compile(
    r"(?:www\.(?:[\w-]{1,63}\.)+[^\W\d]{2,63}|(?:[\w-]{1,63}\.)+(?:com|edu|gov|int|mil|net|org))(?::\d{1,5})?(?:[/?#]\S*)?",
    re.IGNORECASE,
)
_OPENING = "([{<\"'“‘„«‹「『（【"
_CLOSING = {")": "(", "]": "[", "}": "{"}
# Punctuation that ends a sentence rather than an address.
_TRAILING = frozenset(".,:;!?'\"”’»›…>*。，、！？；：」』）】")
_ATTRIBUTES = 'rel="nofollow noopener noreferrer"'


def linked(text: str) -> SafeString:
    """Return `text` escaped for HTML, with its addresses as links.

    Without a scheme, a name under one of the generic top-level domains or one that starts with `www.` leads to https.
    Punctuation after an address is not part of it, unless the address is alone on its line or in angle brackets.
    """
    return mark_safe("\n".join(_line(line) for line in text.split("\n")))


def composed(text: str) -> str:
    """Return `text` in Unicode's normal form C, except for its addresses: a link leads where its author wrote."""
    words = _WORDS.split(text)
    return "".join(word if _word(word) != escape(word) else unicodedata.normalize("NFC", word) for word in words)


def _line(line: str) -> str:
    alone = line.strip()
    if _SCHEME.match(alone) and not _WORDS.search(alone) and not _DELIMITER.search(alone):
        before, _address, after = line.partition(alone)
        return f"{before}{_link(alone, alone)}{after}"
    return "".join(_word(word) for word in _WORDS.split(line))


def _word(word: str) -> str:
    if "://" in word:
        return _word_with_scheme(word)
    if "." not in word:
        return escape(word)
    core = word.lstrip(_OPENING)
    before = word[: len(word) - len(core)]
    core, after = _split_trailing(core)
    if _EMAIL.fullmatch(core):
        linked = _link(f"mailto:{quote(core, safe='@')}", core)
    elif "@" not in core and _BARE_DOMAIN.fullmatch(core):
        linked = _link(f"https://{core}", core)
    else:
        return escape(word)
    return f"{escape(before)}{linked}{escape(after)}"


def _word_with_scheme(word: str) -> str:
    parts, position = [], 0
    while found := _SCHEME.search(word, position):
        end = _DELIMITER.search(word, found.end())
        address = word[found.start() : end.start() if end else len(word)]
        in_brackets = word[found.start() - 1 : found.start()] == "<" and end is not None and end.group() == ">"
        if not in_brackets:
            address, _rest = _split_trailing(address)
        parts += [escape(word[position : found.start()]), _link(address, address)]
        position = found.start() + len(address)
    return "".join([*parts, escape(word[position:])])


def _split_trailing(address: str) -> tuple[str, str]:
    """Split off the punctuation behind an address: sentence ends, and brackets that were opened before it."""
    unclosed = {closing: address.count(closing) - address.count(opening) for closing, opening in _CLOSING.items()}
    end = len(address)
    while end:
        last = address[end - 1]
        if last not in _TRAILING and unclosed.get(last, 0) <= 0:
            break
        if last in unclosed:
            unclosed[last] -= 1
        end -= 1
    return address[:end], address[end:]


def _link(href: str, text: str) -> str:
    return f'<a href="{escape(href)}" {_ATTRIBUTES}>{escape(text)}</a>'
