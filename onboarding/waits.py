"""How long a production request usually waits for others, computed from the last 90 days."""

from collections.abc import Iterator
from datetime import timedelta
from itertools import groupby, pairwise

from auditlog.models import LogEntry
from django.contrib.contenttypes.models import ContentType
from django.db.models import F
from django.utils import timezone

from myusa.lib import waiting
from onboarding.models import Demo, ProductionRequest
from onboarding.states import STATES, STEPS, State, Turn

TARGETS = {step.verb: step.target for step in STEPS}
# States in which others than the team have the next step.
WAITING = frozenset(state for state, info in STATES.items() if info.turn in (Turn.STAFF, Turn.OFFICER))


def usual(state: str) -> waiting.Wait | None:
    """Return how long requests usually stay in `state`, or wait for the result of a demo; None with too few to say."""
    if state == State.DEMO_SCHEDULED:
        return waiting.usual(results())
    return waiting.usual(stays(State(state))) if state in WAITING else None


def stays(state: State) -> Iterator[timedelta]:
    """Return how long each stay in `state` took that ended in the last 90 days."""
    now = timezone.now()
    kind = ContentType.objects.get_for_model(ProductionRequest)
    entries = (
        LogEntry.objects.filter(content_type=kind, timestamp__gt=now - 2 * waiting.WINDOW, changes__has_key="state")
        .order_by("object_id", "timestamp", "pk")
        .values_list("object_id", "timestamp", "additional_data__verb")
    )
    for _request, steps in groupby(entries, key=lambda entry: entry[0]):
        for (_id, begun, verb), (_same, ended, _next) in pairwise(steps):
            if TARGETS.get(verb) == state and ended > now - waiting.WINDOW:
                yield ended - begun


def results() -> Iterator[timedelta]:
    """Return how long each demo that was rated in the last 90 days waited for its result, from its beginning."""
    rated = Demo.objects.filter(rated_at__gt=timezone.now() - waiting.WINDOW)
    return (max(wait, timedelta()) for wait in rated.values_list(F("rated_at") - F("slot__starts_at"), flat=True))
