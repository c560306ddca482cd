"""Markdown that staff write, as HTML that is safe to show."""

import nh3
from django.utils.safestring import SafeString, mark_safe
from markdown_it import MarkdownIt

_TAGS = set("h2 h3 h4 h5 h6 p ul ol li strong em a blockquote code pre hr br table thead tbody tr th td".split())
_parser = MarkdownIt("commonmark", {"html": False}).enable("table")


def render(text: str, *, deeper: int = 0) -> SafeString:
    """Return `text` as HTML of few tags, without scripts, styles or images; links lead to http(s) and mail only.

    Its headings are moved `deeper` by so many levels, where the text appears below a heading of its own.
    """
    tokens = _parser.parse(text)
    for token in tokens:
        if token.type.startswith("heading_"):
            token.tag = f"h{min(int(token.tag[1:]) + deeper, 6)}"
    html = nh3.clean(
        _parser.renderer.render(tokens, _parser.options, {}),
        tags=_TAGS,
        attributes={"a": {"href"}},
        set_tag_attribute_values={"pre": {"tabindex": "0"}},  # wide code scrolls, also by the keyboard
        url_schemes={"http", "https", "mailto"},
    )
    return mark_safe(html)
