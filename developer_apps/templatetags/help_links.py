"""Links to the FAQ and articles, on pages where they help."""

from typing import Any

import structlog
from django import template
from django.db import DatabaseError

from developer_apps.docs import help as helping
from developer_apps.models import HelpArticle

logger = structlog.get_logger(__name__)
register = template.Library()


@register.inclusion_tag("developer_apps/help/parts/links.html")
def help_links(topic: str) -> dict[str, Any]:
    """List what is published about a topic: a key of `help.PLACES`, or the slug of a page of the documentation."""
    if not topic:
        return {"articles": []}
    try:
        found = HelpArticle.objects.about(topic)
    except DatabaseError as error:  # error pages have these links too
        logger.warning("help_links_missing", error=type(error).__name__)
        found = []
    return {"articles": [(article, helping.url_of(article)) for article in found]}
