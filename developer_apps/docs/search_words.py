"""What people type into the search, as expressions of SQLite's FTS5: without filler words, with synonyms, and corrected."""

import re
from collections.abc import Collection
from difflib import get_close_matches

MAX_QUESTION = 8  # words
MAX_CORRECTED = 5  # words of one query: finding a similar one reads the whole vocabulary
_PART = re.compile(r"[^\W_]{4,}")  # shorter ones have too many similar words
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s)$")
_FILLERS = frozenset(
    "a an and are as at be can can't do does doesn't don't for from get how i if in is isn't it me my need not of on or our"
    " that the there this to use want we what when where which why will with you your".split()
)
# What people call it elsewhere, and what it is called here.
SYNONYMS = {
    "auth": "authorization",
    "authenticate": "sign in",
    "authentication": "sign in",
    "bug": "error",
    "callback": "redirect URI",
    "changes": "changelog",
    "login": "sign in",
    "logout": "sign out",
    "machine": "app itself",
    "message": "notification",
    "messages": "notification",
    "mock": "test user",
    "oidc": "OpenID",
    "outage": "status",
    "pricing": "quota",
    "ratelimit": "rate limit",
    "sdk": "generated clients",
    "signin": "sign in",
    "signout": "sign out",
    "sso": "sign in",
    "throttling": "rate limit",
    "unauthorized": "401",
    "webhook": "callback",
}


def words_of(query: str) -> list[str]:
    """Return the words of a query that are worth a search: all of them, if all are fillers. Of paths, without values."""
    parts = [part for word in query.split() for part in (shape_of(word).split("{}") if "/" in word else [word])]
    found = [part for part in parts if re.search(r"\w", part)]
    return [word for word in found if word.casefold().strip("?!.,") not in _FILLERS] or found


def expression(word: str) -> str:
    """Return what finds a word, its other forms, words that begin so, and its synonym."""
    found = f'"{_quoted(word)}" *'
    other = SYNONYMS.get(word.casefold().strip("?!.,"))
    return f'({found} OR "{_quoted(other)}")' if other else found


def is_question(query: str) -> bool:
    """Return whether someone typed a question or a few words, rather than pasted a sentence of a page or an error."""
    return len(query.split()) <= MAX_QUESTION and not query.rstrip().endswith(".")


def in_title(words: list[str], title: str) -> tuple[int, float]:
    """Return how many of the words a title has, in any form, and which share of the title they are."""
    there = re.findall(r"[a-z\d]+", title.casefold())
    stems = [_ENDING.sub("", part) for word in words for part in re.findall(r"[a-z\d]+", word.casefold())]
    found = sum(any(each.startswith(stem) for each in there) for stem in stems)
    return found, found / len(there) if there else 0


def corrected(words: list[str], vocabulary: Collection[str]) -> list[str]:
    """Return the words with those that appear nowhere replaced by the most similar ones that do."""
    unknown = [part for word in words for part in _PART.findall(word) if not _is_known(part.casefold(), vocabulary)]
    similar = {
        part: (get_close_matches(part.casefold()[:40], vocabulary, n=1, cutoff=0.75) or [part])[0]
        for part in unknown[:MAX_CORRECTED]
    }
    return [_PART.sub(lambda match: similar.get(match[0], match[0]), word) for word in words]


def vocabulary_of(texts: list[str]) -> frozenset[str]:
    return frozenset(word for text in texts for word in _PART.findall(text.casefold()))


def _is_known(part: str, vocabulary: Collection[str]) -> bool:
    return part in vocabulary or part in SYNONYMS


def shape_of(address: str) -> str:
    """Return a path without host and query, with `{}` for its placeholders and values: what has a digit, except versions."""
    path = re.sub(r"^\w+://[^/]*|[?#].*", "", address).rstrip("/")
    parts = [
        "{}" if part.startswith("{") or (re.search(r"\d", part) and not re.fullmatch(r"v\d+", part)) else part
        for part in path.split("/")
    ]
    return "/".join(parts)


def _quoted(text: str) -> str:
    return text.replace('"', '""')
