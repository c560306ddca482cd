"""Turn the Markdown of our own documentation into HTML: headings that can be linked, tables and code that can scroll."""

from typing import Any

from django.utils.html import format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from django.utils.translation import gettext
from markdown_it import MarkdownIt
from markdown_it.token import Token

_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


def render(text: str) -> SafeString:
    """Return trusted Markdown as HTML. The id of a heading is the slug of its text."""
    tokens = _parser.parse(text)
    for index, token in enumerate(tokens):
        if token.type == "heading_open":
            token.attrSet("id", slugify(tokens[index + 1].content.replace("`", "")))
        elif token.type == "table_open":
            token.attrSet("class", "usa-table")
    return mark_safe(_parser.renderer.render(tokens, _parser.options, {}))


def _scrolling_table(self: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return '<div class="table-scroll" tabindex="0">' + self.renderToken(tokens, index, options, env)


def _end_of_table(self: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return self.renderToken(tokens, index, options, env) + "</div>"


def _scrolling_code(self: Any, tokens: list[Token], index: int, options: Any, env: Any) -> str:
    return str(code(tokens[index].content.rstrip("\n")))


def code(text: str) -> SafeString:
    """Return a block of code that the keyboard can scroll, with a button that copies it (`copy.js`)."""
    return format_html(
        '<div class="copy"><pre tabindex="0"><code>{}</code></pre>'
        '<button class="usa-button usa-button--outline usa-button--small" type="button" hidden data-copy data-copied="{}">'
        '{}</button><span class="usa-sr-only" role="status" data-copy-status></span></div>\n',
        text,
        gettext("Copied"),
        gettext("Copy code"),
    )


_parser.add_render_rule("table_open", _scrolling_table)
_parser.add_render_rule("table_close", _end_of_table)
_parser.add_render_rule("fence", _scrolling_code)
_parser.add_render_rule("code_block", _scrolling_code)
