"""What lists need: the links to their pages, and the headings above what is about as old."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django import template
from django.core.paginator import Page
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.text import capfirst
from django.utils.translation import gettext as _

register = template.Library()


@register.filter
def elided_range(page: "Page[Any]") -> Iterator[str | int]:
    """Return the numbers to link to: the first and last ones, and those around `page`."""
    return page.paginator.get_elided_page_range(page.number)


@register.filter
def recency(at: datetime) -> str:
    """Return the heading for what happened then: today, yesterday, the last 7 days, or the month."""
    days_ago = (timezone.localdate() - timezone.localdate(at)).days
    if days_ago <= 0:
        return _("Today")
    if days_ago == 1:
        return _("Yesterday")
    return _("Last 7 days") if days_ago < 7 else capfirst(date_format(timezone.localtime(at), "YEAR_MONTH_FORMAT"))
