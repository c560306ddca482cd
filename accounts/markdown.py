"""Markdown that staff write, as HTML that is safe to show."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import slugify
from markdown_it import MarkdownIt

_TAGS = set("h2 h3 h4 h5 h6 p ul ol li strong em a blockquote code pre hr br table thead tbody tr th td".split())
_HEADINGS = ("h2", "h3", "h4", "h5", "h6")
_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


def render(text: str, *, deeper: int = 0, with_anchors: bool = False) -> SafeString:
    """Return `text` as HTML of few tags, without scripts, styles or images; links lead to http(s) and mail only.

    Its headings are moved `deeper` by so many levels, where the text appears below a heading of its own. `with_anchors`
    gives them the ids of `headings`.
    """
    tokens = _parser.parse(text)
    for index, token in enumerate(tokens):
        if token.type.startswith("heading_"):
            token.tag = f"h{min(int(token.tag[1:]) + deeper, 6)}"
        if with_anchors and token.type == "heading_open":
            token.attrSet("id", _anchor(tokens[index + 1].content))
    html = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}, **({tag: {"id"} for tag in _HEADINGS} if with_anchors else {})},
        set_tag_attribute_values={"pre": {"tabindex": "0"}},  # wide code scrolls, also by the keyboard
        url_schemes={"http", "https", "mailto"},
    )
    return mark_safe(html)


def headings(text: str) -> list[tuple[str, str]]:
    """Return the ids and the words of the `##` headings of `text`."""
    tokens = _parser.parse(text)
    found = [tokens[index + 1].content for index, token in enumerate(tokens) if _is_heading(token.type, token.tag)]
    return [(_anchor(words), words.replace("`", "")) for words in found]


def _is_heading(kind: str, tag: str) -> bool:
    return kind == "heading_open" and tag == "h2"


def _anchor(words: str) -> str:
    """Return an id that no id of a page's frame is equal to."""
    return f"s-{slugify(words)}"
