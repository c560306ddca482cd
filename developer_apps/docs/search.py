"""Search over the documentation, the reference and the error codes: an index in memory, built from the pages themselves.

It is SQLite's FTS5, whatever database the site uses: some hundred short texts that change with the code alone. Each
process builds it at its first search, in a fraction of a second.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from threading import Lock

from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from developer_apps.docs import articles, context, reference
from developer_apps.docs.pages import pages
from developer_apps.models import Product

MAX_WORDS = 200  # characters of a query
SHOWN = 30
_COLUMNS = "kind UNINDEXED, title, url UNINDEXED, text"
# Weights of the columns, and the signs around a found word: no text of ours contains them.
_QUERY = (
    "SELECT kind, title, url, snippet(entry, 3, '\x02', '\x03', '…', 28) FROM entry "
    "WHERE entry MATCH ? ORDER BY bm25(entry, 0, 8, 0, 1) LIMIT 100"
)
_lock = Lock()


@dataclass(frozen=True)
class Hit:
    """One thing that a search found. `excerpt` has the words that were found in <mark>."""

    kind: str | Promise
    title: str
    url: str
    excerpt: SafeString


PAGE, OPERATION, ERROR, PRODUCT = "page", "operation", "error", "product"
KINDS = {PAGE: _("Page"), OPERATION: _("API reference"), ERROR: _("Error code"), PRODUCT: _("API product")}


def find(query: str) -> list[Hit]:
    """Return what has all words of `query`, or else any of them: exact titles first, then by relevance."""
    words = [word for word in query[:MAX_WORDS].split() if re.search(r"\w", word)]
    if not words:
        return []
    phrases = ['"{}" *'.format(word.replace('"', '""')) for word in words]
    rows = _rows(" AND ".join(phrases)) or _rows(" OR ".join(phrases))
    asked = " ".join(words).casefold()
    rows.sort(key=lambda row: row[1].casefold() != asked)
    hits = [Hit(KINDS[kind], title, url, _marked(text)) for kind, title, url, text in rows[:SHOWN]]
    return [*_products(words), *hits]


def _rows(expression: str) -> list[tuple[str, str, str, str]]:
    with _lock:
        return _index().execute(_QUERY, [expression]).fetchall()


@lru_cache(maxsize=1)
def _index() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute(f"CREATE VIRTUAL TABLE entry USING fts5({_COLUMNS}, tokenize='porter unicode61')")
    connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", _entries())
    return connection


def _entries() -> Iterator[tuple[str, str, str, str]]:
    for page in pages().values():
        url = reverse("developer_apps:docs_page", args=[page.slug])
        for number, section in enumerate(articles.sections_of(page.slug)):
            plain = " ".join(re.sub(r"\]\([^)]*\)|[\[`*#|]|---", " ", " ".join(section.blocks)).split())
            if number == 0:
                yield PAGE, str(page.title), url, f"{page.summary} {plain}"
            else:
                yield PAGE, f"{page.title}: {section.title}", f"{url}#{section.anchor}", plain
    for error in context.error_codes():
        url = reverse("developer_apps:docs_error", args=[error.anchor])
        yield ERROR, error.code, url, f"{error.status} {error.message} {error.cause} {error.fix}"
    for operation in reference.operations():
        names = " ".join(each.name for each in [*operation.parameters, *operation.body])
        url = f"{reverse('developer_apps:docs_reference')}#{operation.anchor}"
        text = f"{operation.summary} {operation.description} {names}"
        yield OPERATION, f"{operation.method} {operation.path}", url, text


def _products(words: list[str]) -> list[Hit]:
    """Find products by name: they are rows that staff change."""
    found = Product.objects.listed()
    for word in words:
        found = found.filter(name__icontains=word)
    return [
        Hit(
            KINDS[PRODUCT],
            each.name,
            reverse("developer_apps:product", args=[each.slug]),
            mark_safe(escape(each.summary)),
        )
        for each in found[:3]
    ]


def _marked(text: str) -> SafeString:
    return mark_safe(escape(text).replace("\x02", "<mark>").replace("\x03", "</mark>"))
