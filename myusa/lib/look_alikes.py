"""Whether two names look alike to a reader: the skeletons of Unicode Technical Standard #39, and a little more.

    look_alikes.key("Benefit Finder") == look_alikes.key("Вenеfit  finder")  # the second has Cyrillic letters

The standard compares characters only. Here case, spaces and punctuation make no difference either, and neither does a
capital I in place of a small l.
"""

import unicodedata
from functools import cache
from pathlib import Path

_DATA = Path(__file__).with_name("confusables.txt")
# What remains of names that consist of nothing else.
_IGNORED = frozenset("CZP")


def key(name: str) -> str:
    """Return what `name` has in common with every name that looks like it; "" if nothing of it can be compared."""
    text = name
    while (skeleton := _skeleton(text)) != text:
        text = skeleton
    return text


def _skeleton(text: str) -> str:
    """Return the skeleton (UTS #39 §4), folded, without what readers overlook."""
    prototypes = _prototypes()
    mapped = "".join(prototypes.get(each, each) for each in unicodedata.normalize("NFKD", text))
    folded = unicodedata.normalize("NFKD", mapped).casefold().replace("i", "l")
    return "".join(each for each in folded if unicodedata.category(each)[0] not in _IGNORED)


@cache
def _prototypes() -> dict[str, str]:
    found = {}
    for line in _DATA.read_text(encoding="ascii").splitlines():
        if line and not line.startswith("#"):
            prototype, alike = ([chr(int(code, 16)) for code in part.split()] for part in line.split(";"))
            found.update(dict.fromkeys(alike, "".join(prototype)))
    return found
