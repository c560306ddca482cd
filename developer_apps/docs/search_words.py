"""What people type into the search, as expressions of SQLite's FTS5: without filler words, with synonyms, and corrected."""

import re
from collections.abc import Collection
from difflib import get_close_matches

MAX_QUESTION = 8  # words
MIN_BEGINNING = 5  # characters: shorter words begin too many others, and the stems of "logs" and "login" are alike
MAX_CORRECTED = 5  # words of one query: finding a similar one reads the whole vocabulary
_PART = re.compile(r"[^\W_]{4,}")  # shorter ones have too many similar words
_ENDING = re.compile(r"(?<=\w{3})(?:ing|ed|es|s)$")
_FILLERS = frozenset(
    "a an and are as at be can can't do does doesn't don't for from get how i if in is isn't it me my need not of on or our"
    " problem that the there this to use want we what when where which why will with you your".split()
)
# What people call it elsewhere, and what it is called here. Names of several words are looked for first.
SYNONYMS = {
    "account deleted": "deletes their account",
    "android": "public client",
    "api key": "client secret",
    "attach file": "attachment",
    "auth": "authorization",
    "authenticate": "connecting people",
    "authentication": "connecting people",
    "backend": "app itself",
    "batch": "bulk",
    "bug": "error",
    "callback": "redirect URI",
    "changes": "changelog",
    "client assertion": "private_key_jwt",
    "client credentials": "app itself",
    "cost": "quota",
    "cron job": "app itself",
    "cursor": "page by page",
    "daemon": "app itself",
    "delete account": "deletes their account",
    "deleted account": "deletes their account",
    "dummy": "test",
    "fake": "test",
    "id token": "OpenID",
    "ios": "public client",
    "login": "connecting people",
    "logout": "sign out",
    "logs": "your calls",
    "machine": "app itself",
    "message": "notification",
    "messages": "notification",
    "mobile app": "public client",
    "mock": "test user",
    "mtls": "mutual TLS",
    "native app": "public client",
    "next page": "page by page",
    "oidc": "OpenID",
    "outage": "status",
    "page size": "page by page",
    "pagination": "page by page",
    "paging": "page by page",
    "price": "quota",
    "pricing": "quota",
    "production access": "going to production",
    "ratelimit": "rate limit",
    "redirect_uri_mismatch": "OAUTH_REDIRECT_URI_DIFFERS",
    "rest api": "API reference",
    "sdk": "generated clients",
    "security hole": "vulnerability",
    "security issue": "vulnerability",
    "server to server": "app itself",
    "service account": "app itself",
    "signin": "connecting people",
    "signout": "sign out",
    "sla": "status",
    "sms": "notification",
    "spa": "single page",
    "sso": "connecting people",
    "swagger": "OpenAPI",
    "text message": "notification",
    "throttling": "rate limit",
    "token expired": "TOKEN_INVALID",
    "unauthorized": "401",
    "uptime": "status",
    "user info": "profile",
    "userinfo": "profile",
    "webhook": "callback",
}
_PHRASES = re.compile(rf"\b(?:{'|'.join(name for name in SYNONYMS if ' ' in name)})\b", re.IGNORECASE)


def words_of(query: str) -> list[str]:
    """Return the words of a query that are worth a search: all of them, if all are fillers. Of paths, without values.

    A name of several words that has a synonym counts as one word.
    """
    phrases, rest = _PHRASES.findall(query), _PHRASES.sub(" ", query)
    parts = [part for word in rest.split() for part in (shape_of(word).split("{}") if "/" in word else [word])]
    found = phrases + [part for part in parts if re.search(r"\w", part)]
    return [word for word in found if word.casefold().strip("?!.,") not in _FILLERS] or found


def expression(word: str) -> str:
    """Return what finds a word, its other forms, words that begin so if it is long enough, and its synonym."""
    found = f'"{_quoted(word)}"' + " *" * (len(word) >= MIN_BEGINNING)
    other = _synonym(word)
    return f'({found} OR "{_quoted(other)}")' if other else found


def is_question(query: str) -> bool:
    """Return whether someone typed a question or a few words, rather than pasted a sentence of a page or an error."""
    return len(query.split()) <= MAX_QUESTION and not query.rstrip().endswith(".")


def in_title(words: list[str], title: str) -> tuple[int, float]:
    """Return how many of the words a title has, in any form or as its synonym, and which share of the title they are.

    The placeholders of a path, such as `{number}`, are not what it is about.
    """
    there = re.findall(r"[a-z\d]+", re.sub(r"\{.*?\}", "", title.casefold()))

    def parts_in_title(word: str) -> int:
        stems = [_ENDING.sub("", part) for part in re.findall(r"[a-z\d]+", word.casefold())]
        return sum(any(each.startswith(stem) for each in there) for stem in stems)

    found = sum(max(parts_in_title(word), parts_in_title(_synonym(word))) for word in words)
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


def _synonym(word: str) -> str:
    return SYNONYMS.get(word.casefold().strip("?!.,"), "")


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
