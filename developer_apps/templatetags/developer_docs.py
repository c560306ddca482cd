"""Tags of the documentation's templates: Markdown, request examples, tables from the code."""

import json
from textwrap import dedent
from typing import Any

from django import template
from django.template.base import NodeList, Parser, Token
from django.utils.safestring import SafeString

from developer_apps import scopes
from developer_apps.contributions import ScopeGroup
from developer_apps.docs import code, examples, rendering

register = template.Library()


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


@register.inclusion_tag("developer_apps/docs/parts/example.html", takes_context=True)
def example(context: template.Context, slug: str) -> dict[str, Any]:
    """Show a request in each language, with the values of the reader's app, and its response."""
    found = examples.examples()[slug]
    reader = context.get("reader")
    samples = [(key, name, reader.fill(text) if reader else text) for key, name, text in code.samples(found)]
    return {"example": found, "samples": samples, "status_line": code.status_line(found.status)}


@register.simple_tag
def scope_groups() -> list[ScopeGroup]:
    return scopes.grouped()


@register.simple_tag
def sample_error() -> SafeString:
    return rendering.code(json.dumps(examples.sample_error(), indent=2, ensure_ascii=False))
