"""The articles of the documentation without the page around them: as HTML, as Markdown, and as sections for the search."""

import re
from dataclasses import dataclass, field
from functools import lru_cache
from html.parser import HTMLParser
from urllib.parse import urljoin

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse

from developer_apps.docs import context

FRAME = "developer_apps/docs/article.html"
_VOID = {"br", "hr", "img", "input", "link", "meta"}
_LEFT_OUT = {"button", "form", "input", "label", "nav", "script", "svg"}
_BLOCKS = {
    "article",
    "caption",
    "figcaption",
    "figure",
    "div",
    "dl",
    "dt",
    "dd",
    "details",
    "section",
    "summary",
    "p",
    "ul",
    "ol",
    "table",
}
_HEADINGS = {"h1": "#", "h2": "##", "h3": "###", "h4": "####"}
_INLINE = {"strong": "**", "b": "**", "em": "*", "code": "`"}


@dataclass
class Section:
    """What is below one heading, as Markdown. `anchor` is the heading's id."""

    title: str
    anchor: str
    blocks: list[str] = field(default_factory=list)


@lru_cache(maxsize=200)
def sections_of(path: str) -> tuple[Section, ...]:
    """Return the sections of an article by its path below /developer/docs/. It is rendered once per process."""
    template, values = context.of(path)
    reader = _Reader(urljoin(settings.BASE_URL, reverse("developer_apps:docs") + path))
    reader.feed(render_to_string(template, {**values, "frame": FRAME}))
    reader.close()
    return tuple(reader.finished())


def outline(path: str) -> list[Section]:
    """Return the sections of an article that its page links to, none if there are few."""
    found = [section for section in sections_of(path) if section.anchor and section.blocks[0].startswith("## ")]
    return found if len(found) > 2 else []


def markdown(path: str) -> str:
    """Return an article as Markdown (CommonMark with tables), with absolute links."""
    return "\n\n".join(block for section in sections_of(path) for block in section.blocks) + "\n"


class _Reader(HTMLParser):
    """Writes the HTML of our own templates as Markdown. Controls and what only screen readers get are left out."""

    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.sections = [Section("", "")]
        self.skipped = 0
        self.text = ""
        self.prefix = ""
        self.lists: list[int] = []
        self.links: list[str] = []
        self.language = ""
        self.is_code = False
        self.rows: list[list[str]] | None = None

    def finished(self) -> list[Section]:
        self._flush()
        return [section for section in self.sections if section.blocks]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        found = {name: value or "" for name, value in attrs}
        if self.skipped or tag in _LEFT_OUT or "usa-sr-only" in found.get("class", ""):
            self.skipped += tag not in _VOID
            return
        if language := re.search(r"code-pane--(\w+)", found.get("class", "")):
            self.language = language[1]
        if tag in _HEADINGS:
            self._flush()
            self.sections.append(Section("", found.get("id", "")))
            self.prefix = _HEADINGS[tag] + " "
        elif tag == "pre":
            self._flush()
            self.is_code = True
        elif tag == "table":
            self._flush()
            self.rows = []
        elif tag == "tr" and self.rows is not None:
            self.rows.append([])
        elif tag in ("ul", "ol"):
            self._flush()
            self.lists.append(0 if tag == "ul" else 1)
        elif tag == "li":
            self._start_item()
        elif tag == "a":
            self.text += "["
            self.links.append(urljoin(self.address, found.get("href", "")))
        elif tag in _INLINE and not self.is_code:
            self.text += _INLINE[tag]
        elif tag in _BLOCKS:
            self._flush()
        elif tag == "br":
            self.text += " "

    def handle_endtag(self, tag: str) -> None:
        if self.skipped:
            self.skipped -= tag not in _VOID
            return
        if tag in _HEADINGS:
            self.sections[-1].title = " ".join(self.text.split()).replace("`", "")
            self._flush()
        elif tag == "pre":
            code, self.text, self.is_code = self.text.strip("\n"), "", False
            self.sections[-1].blocks.append(f"```{self.language}\n{code}\n```")
            self.language = ""
        elif tag in ("td", "th") and self.rows:
            self.rows[-1].append(" ".join(self.text.split()).replace("|", "\\|"))
            self.text = ""
        elif tag == "table" and self.rows is not None:
            self._write_table(self.rows)
            self.rows = None
        elif tag in ("ul", "ol"):
            self._flush()
            self.lists.pop()
        elif tag == "a" and self.links:
            self.text += f"]({self.links.pop()})"
        elif tag in _INLINE and not self.is_code:
            self.text += _INLINE[tag]
        elif tag in _BLOCKS or tag == "li":
            self._flush()

    def handle_data(self, data: str) -> None:
        if not self.skipped:
            self.text += data

    def _start_item(self) -> None:
        self._flush()
        if not self.lists:
            return
        number = self.lists[-1]
        self.lists[-1] += bool(number)
        self.prefix = "   " * (len(self.lists) - 1) + (f"{number}. " if number else "- ")

    def _flush(self) -> None:
        """End a paragraph, an item or a heading. In a cell of a table it is a space."""
        if self.rows:
            self.text += " "
            return
        text = " ".join(self.text.split())
        if text:
            blocks, line = self.sections[-1].blocks, self.prefix + text
            if re.match(r" *(-|\d+\.) ", self.prefix) and blocks and re.match(r" *(-|\d+\.) ", blocks[-1]):
                blocks[-1] += "\n" + line
            else:
                blocks.append(line)
            self.prefix = ""
        self.text = ""

    def _write_table(self, rows: list[list[str]]) -> None:
        lines = [f"| {' | '.join(row)} |" for row in rows if row]
        if lines:
            rule = "|" + " --- |" * len(rows[0])
            self.sections[-1].blocks.append("\n".join([lines[0], rule, *lines[1:]]))
