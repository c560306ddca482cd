"""Addresses in texts as links."""

from django import template
from django.utils.safestring import SafeString

from myusa.lib.messages import links

register = template.Library()


@register.filter
def linked(text: object) -> SafeString:
    """Return the escaped text with its addresses as links, each leading exactly where the text says."""
    return links.linked(str(text))
