"""What the links to the pages of a list need."""

from collections.abc import Iterator
from typing import Any

from django import template
from django.core.paginator import Page

register = template.Library()


@register.filter
def elided_range(page: "Page[Any]") -> Iterator[str | int]:
    """Return the numbers to link to: the first and last ones, and those around `page`."""
    return page.paginator.get_elided_page_range(page.number)
