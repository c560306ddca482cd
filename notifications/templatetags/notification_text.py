"""Showing what apps wrote: as text, with its addresses made clickable and nothing else."""

from django import template
from django.template.defaultfilters import linebreaks_filter
from django.utils.safestring import SafeString, mark_safe

from myusa.lib.messages.links import linked
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
    return mark_safe(linebreaks_filter(linked(text), autoescape=False))


@register.filter
def status_kind(delivery: Delivery) -> str:
    return _KINDS.get(State(delivery.state), "")
