"""Tags of the documentation's templates: Markdown, request examples, tables from the code."""

import json
import re
from textwrap import dedent
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.utils.safestring import SafeString, mark_safe

from developer_apps import scopes
from developer_apps.contributions import ScopeGroup
from developer_apps.docs import code, examples, flows, rendering, starters

register = template.Library()
_CODE = re.compile(r"(<pre\b.*?</pre>|<textarea\b.*?</textarea>)", re.DOTALL)
_SPACES = re.compile(r"\s+")
_HEADING = re.compile(r'(<h[23] id="([^"]+)"[^>]*>)(.*?)(</h[23]>)', re.DOTALL)


class MarkdownNode(template.Node):
    def __init__(self, nodelist: NodeList) -> None:
        self.nodelist = nodelist

    def render(self, context: template.Context) -> SafeString:
        plain = context.autoescape
        context.autoescape = False
        try:
            text = self.nodelist.render(context)
        finally:
            context.autoescape = plain
        reader = context.get("reader")
        return rendering.render(reader.fill(dedent(text)) if reader else dedent(text))


@register.tag
def markdown(parser: Parser, token: Token) -> MarkdownNode:
    """Render Markdown between {% markdown %} and {% endmarkdown %}: trusted text only, never user input."""
    nodelist = parser.parse(("endmarkdown",))
    parser.delete_first_token()
    return MarkdownNode(nodelist)


@register.filter
def heading_links(html: SafeString) -> SafeString:
    """Link each heading that has an id to itself, so its address can be copied. A heading with a link keeps its own."""
    return mark_safe(_HEADING.sub(_linked, html))


@register.filter
def squeezed(html: SafeString) -> SafeString:
    """Leave out the spaces that only indent the HTML: a fifth of a long page, compressed. Code keeps its own."""
    parts = _CODE.split(html)
    return mark_safe("".join(part if number % 2 else _SPACES.sub(" ", part) for number, part in enumerate(parts)))


def _linked(heading: re.Match[str]) -> str:
    start, anchor, words, end = heading.groups()
    return heading[0] if "<a" in words else f'{start}<a class="heading-link" href="#{anchor}">{words}</a>{end}'


@register.inclusion_tag("developer_apps/docs/parts/example.html", takes_context=True)
def example(context: template.Context, slug: str) -> dict[str, Any]:
    """Show a request in each language, with the values of the reader's app, and its response."""
    found = examples.examples()[slug]
    reader = context.get("reader")
    samples = [(key, name, reader.fill(text) if reader else text) for key, name, text in code.samples(found)]
    return {"example": found, "samples": samples, "status_line": code.status_line(found.status)}


@register.inclusion_tag("components/code_tabs.html")
def starter(topic: str, *languages: str) -> dict[str, Any]:
    """Show a part of the programs in examples/, in each language or in those that are named."""
    found = [each for each in starters.samples(topic) if not languages or each[0] in languages]
    return {"id": f"starter-{topic}", "samples": found}


@register.inclusion_tag("developer_apps/docs/parts/flow.html")
def flow(slug: str) -> dict[str, Any]:
    """Show a sequence diagram: drawn, and as a list of its steps."""
    found = flows.flows()[slug]
    return {"flow": found, "drawings": flows.drawings(found)}


@register.simple_tag
def scope_groups() -> list[ScopeGroup]:
    return scopes.grouped()


@register.simple_tag
def sample_error() -> SafeString:
    return rendering.code(json.dumps(examples.sample_error(), indent=2, ensure_ascii=False))
