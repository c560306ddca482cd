"""Runs of the demo: one that passed, one that failed, and one that waits for a visitor's calls. Their calls are simulated."""

from typing import TYPE_CHECKING, Any

from django.utils import timezone
from django.utils.crypto import get_random_string
from django.utils.translation import gettext as _

from developer_apps import traffic
from developer_apps.models import App, Call, Environment, Product, Run, Scenario
from developer_apps.runs import verbs
from developer_apps.traffic import token_events

if TYPE_CHECKING:
    from accounts.models import User

# State → position of its scenario, and what the app does: a token event, or endpoint, method, status and response.
SAMPLES: dict[str, tuple[int, list[Any]]] = {
    Run.State.PASSED: (
        0,
        [
            "client",
            ("submit_application", "POST", 201, ""),
            ("read_case_status", "GET", 200, "received"),
            ("read_case_status", "GET", 200, "received"),
            ("read_case_status", "GET", 200, "approved"),
        ],
    ),
    Run.State.FAILED: (2, [("read_case_status", "GET", 404, ""), ("read_case_status", "GET", 401, "")]),
    Run.State.RUNNING: (1, []),
}


def seed(app: App, product: Product, *, by: "User") -> dict[str, Run]:
    """Start the runs that are missing; return one for each state. Do not call this inside a transaction.

    There are none while the product has no sandbox address.
    """
    if not product.sandbox_base_url:
        return {}
    scenarios = list(Scenario.objects.filter(product=product, is_active=True))
    found: dict[str, Run] = {}
    for state, (position, actions) in SAMPLES.items():
        if position < len(scenarios):
            existing = app.runs.filter(scenario=scenarios[position], state=state).first()
            found[str(state)] = existing or _make(app, scenarios[position], actions, state, by)
    return found


def _make(app: App, scenario: Scenario, actions: list[Any], state: str, by: "User") -> Run:
    if other := app.runs.running().filter(scenario=scenario).first():
        verbs.end(other, by=by)
    run = verbs.start(app, scenario, by=by)
    for action in actions:
        if isinstance(action, str):
            token_events.note(app.pk, action)
        else:
            _call(run, *action)
    run = verbs.update(run)
    if state == Run.State.FAILED and run.is_running:
        run = verbs.end(run, by=by)
    if actions:
        Run.objects.filter(pk=run.pk).update(title=_("%(scenario)s (simulated)") % {"scenario": scenario.title})
    return run


def _call(run: Run, endpoint: str, method: str, status: int, response: str) -> None:
    assert run.test_user is not None
    payload = get_random_string(8) if method == "POST" else f"{run.pk}"
    traffic.record(
        app_id=run.app_id,
        environment=Environment.SANDBOX,
        product=run.product.slug,
        endpoint=endpoint,
        method=method,
        status=status,
        latency_us=9_000,
        token_kind=traffic.TokenKind.TEST_USER,
        user_id=run.test_user.user_id,
        outcome=traffic.Outcome.SIMULATED,
        payload=payload,
        at=timezone.now(),
    )
    traffic.flush()
    newest = Call.objects.filter(user_id=run.test_user.user_id).order_by("-at", "-pk")[:1]
    Call.objects.filter(pk__in=list(newest.values_list("pk", flat=True))).update(response_digest=response)
