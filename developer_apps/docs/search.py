"""Search over documentation, reference, error codes, FAQ, articles and changelog: an index in memory.

It is SQLite's FTS5, whatever database the site uses: some hundred short texts. Each process builds it at its first
search, in a fraction of a second, and again when staff changed one of them.
"""

import re
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from threading import Lock

from django.db.models import Count, Max
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.html import escape
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from developer_apps.docs import articles, context, openapi, reference, search_words
from developer_apps.docs import help as helping
from developer_apps.docs.pages import pages
from developer_apps.docs.places import document_of
from developer_apps.models import ChangelogEntry, HelpArticle, Product
from myusa.lib.http.errors import CATALOG

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


PAGE, OPERATION, ERROR, PRODUCT, QUESTION, ARTICLE, CHANGE = (
    "page",
    "operation",
    "error",
    "product",
    "question",
    "article",
    "change",
)
KINDS = {
    PAGE: _("Page"),
    OPERATION: _("API reference"),
    ERROR: _("Error code"),
    PRODUCT: _("API product"),
    QUESTION: _("FAQ"),
    ARTICLE: _("Article"),
    CHANGE: _("Changelog"),
}


Row = tuple[str, str, str, str]


@dataclass(frozen=True)
class Found:
    """What a search found. `corrected` is what was searched in place of misspelled words; `has_all` is whether each has all words."""

    hits: list[Hit] = field(default_factory=list)
    corrected: str = ""
    has_all: bool = True


def find(query: str) -> Found:
    """Return what has all words of `query`, or those that it may mean, or else some: exact names first, then by relevance."""
    words = search_words.words_of(query[:MAX_WORDS])
    if not words:
        return Found()
    with _lock:
        index, vocabulary = _index(_version())
        tried, rows = words, _rows(index, words, " AND ")
        if not rows:
            tried = search_words.corrected(words, vocabulary)
            rows = _rows(index, tried, " AND ") if tried != words else []
        # A question whose words appear together by chance: no title is about any of them.
        is_chance = search_words.is_question(query) and not any(search_words.in_title(tried, row[1])[0] for row in rows)
        has_all, enough = bool(rows) or len(tried) < 2, len(tried) // 2 + 1
        if not rows or is_chance:
            rows, enough = _rows(index, tried, " OR "), 1
    rows = _exact_first(_by_title(rows, tried, enough), query.strip())
    hits = [Hit(KINDS[kind], title, url, _marked(text)) for kind, title, url, text in rows[:SHOWN]]
    return Found(hits, " ".join(tried) if tried != words else "", has_all)


def _rows(index: sqlite3.Connection, words: list[str], operator: str) -> list[Row]:
    return index.execute(_QUERY, [operator.join(map(search_words.expression, words))]).fetchall()


def _by_title(rows: list[Row], words: list[str], enough: int) -> list[Row]:
    """Put first what has most of the words, and `enough` of them, in its title; of these the shortest title.

    Where titles are equally good, explanations come before error codes and endpoints. News come last.
    """

    def place(row: Row) -> tuple[bool, int, bool, float]:
        found, share = search_words.in_title(words, row[1])
        if found < enough:
            found, share = 0, 0
        return row[0] == CHANGE, -found, bool(found) and row[0] in (ERROR, OPERATION), -share

    return sorted(rows, key=place)


def _exact_first(rows: list[Row], query: str) -> list[Row]:
    """Put first what the query names: an error code, an endpoint, a title; then the error codes of a status."""
    statuses = set(re.findall(r"\b[45]\d\d\b", query))
    names = {re.sub(r"[\s-]+", "_", text).upper() for text in (query, *query.split())}
    codes = {code for name in names for code in (name, f"OAUTH_{name}")} & CATALOG.keys()
    path = next((search_words.shape_of(word) for word in query.split() if "/" in word), "")
    asked = query.casefold()

    def place(row: Row) -> int:
        kind, title, _url, _text = row
        if (kind == ERROR and title in codes) or title.casefold() == asked:
            return 0
        if kind == OPERATION and path and search_words.shape_of(title.split()[-1]) == path:
            return 1
        return 2 if kind == ERROR and str(CATALOG[title].status) in statuses else 3

    return sorted(rows, key=place)


def _version() -> tuple[object, ...]:
    """Return what changes whenever staff change what is published."""
    texts = (HelpArticle.objects.published(), ChangelogEntry.objects.published())
    counts = [value for each in texts for value in each.aggregate(Count("pk"), Max("changed_at")).values()]
    columns = ("slug", "name", "agency", "summary", "overview", "scopes", "openapi")
    return (*counts, *map(repr, Product.objects.listed().values_list(*columns)))


@lru_cache(maxsize=1)
def _index(version: tuple[object, ...]) -> tuple[sqlite3.Connection, frozenset[str]]:
    """Return the index of the texts as they are and the words in it, by a version that changes with what staff write."""
    connection = sqlite3.connect(":memory:", check_same_thread=False)
    connection.execute(f"CREATE VIRTUAL TABLE entry USING fts5({_COLUMNS}, tokenize='porter unicode61')")
    entries = list(_entries())
    connection.executemany("INSERT INTO entry VALUES (?, ?, ?, ?)", entries)
    return connection, search_words.vocabulary_of([f"{title} {text}" for _kind, title, _url, text in entries])


def _entries() -> Iterator[Row]:
    for page in pages().values():
        url = reverse("developer_apps:docs_page", args=[page.slug])
        for number, section in enumerate(articles.sections_of(page.slug)):
            plain = _plain(section)
            if number == 0:
                yield PAGE, str(page.title), url, f"{page.summary} {plain}"
            else:
                yield PAGE, f"{page.title}: {section.title}", f"{url}#{section.anchor}", plain
    yield (
        PAGE,
        str(_("System status")),
        reverse("home:status"),
        str(_("The status page: is MyUSA down? Outages and incidents of 90 days.")),
    )
    for error in context.error_codes():
        url = reverse("developer_apps:docs_error", args=[error.anchor])
        yield ERROR, error.code, url, f"{error.status} {error.message} {error.cause} {error.fix}"
    for operation in reference.operations():
        names = " ".join(each.name for each in [*operation.parameters, *operation.body])
        url = f"{reverse('developer_apps:docs_reference')}#{operation.anchor}"
        text = f"{operation.summary} {operation.description} {names}"
        yield OPERATION, f"{operation.method} {operation.path}", url, text
    for product in Product.objects.listed():
        yield from _of_product(product)
    for article in HelpArticle.objects.published():
        kind, url = QUESTION if article.is_question else ARTICLE, helping.url_of(article)
        for section in helping.sections_of(article):
            title = f"{article.title}: {section.title}" if section.anchor else section.title
            yield kind, title, f"{url}#{section.anchor}" if section.anchor else url, _plain(section)
    for entry in ChangelogEntry.objects.published().select_related("product"):
        about = entry.product.name if entry.product else ""
        section = articles.Section(entry.title, "", [entry.text, about, str(entry.get_kind_display())])
        yield CHANGE, entry.title, reverse("developer_apps:changelog_entry", args=[entry.slug]), _plain(section)


def _of_product(product: Product) -> Iterator[Row]:
    """Yield the page of a product, and its operations if another agency serves them."""
    url = reverse("developer_apps:product", args=[product.slug])
    labels = " ".join(f"{name} {label}" for name, label in product.scopes.items())
    blocks = [product.summary, product.overview, product.agency, labels]
    yield PRODUCT, product.name, url, _plain(articles.Section(product.name, "", blocks))
    document = document_of(product)
    if document and not product.is_built_in:
        for operation in openapi.operations(document):
            text = f"{product.name} {operation.summary} {operation.description}"
            yield OPERATION, f"{operation.method} {operation.path}", f"{url}#{operation.anchor}", text


def _plain(section: articles.Section) -> str:
    """Return the words of a section, without the signs of Markdown."""
    return " ".join(re.sub(r"\]\([^)]*\)|[\[`*#|]|---", " ", " ".join(section.blocks)).split())


def _marked(text: str) -> SafeString:
    return mark_safe(escape(text).replace("\x02", "<mark>").replace("\x03", "</mark>"))
