"""Showing what apps wrote: as text, with its addresses made clickable and nothing else."""

from django import template
from django.template.defaultfilters import linebreaks_filter
from django.utils.html import urlize
from django.utils.safestring import SafeString, mark_safe

from notifications.models import Delivery
from notifications.states import State

register = template.Library()

_KINDS = {
    State.SENT: "good",
    State.DELIVERED: "good",
    State.QUEUED: "waiting",
    State.SENDING: "waiting",
    State.UNKNOWN: "waiting",
    State.FAILED: "bad",
}


@register.filter
def as_text(text: str) -> SafeString:
    """Return escaped paragraphs whose web and email addresses are links that give nothing away to their target."""
    # Quotes of the text are escaped, so this attribute is always one that urlize wrote.
    linked = urlize(text, nofollow=True, autoescape=True).replace(
        ' rel="nofollow"', ' rel="nofollow noopener noreferrer"'
    )
    return mark_safe(linebreaks_filter(mark_safe(linked), autoescape=False))


@register.filter
def status_kind(delivery: Delivery) -> str:
    return _KINDS.get(State(delivery.state), "")
