"""Start a run, look at what was observed, and end it."""

import datetime
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import Q
from django.forms.models import model_to_dict
from django.utils import timezone
from django.utils.translation import gettext as _

from developer_apps import contributions, traffic
from developer_apps.docs.places import place
from developer_apps.models import App, Call, Environment, Outcome, Run, RunStep, Scenario, TestUser, TokenEvent
from developer_apps.models.runs import StepFields
from developer_apps.runs.matching import CALL, Event, match
from developer_apps.sandbox.test_users import create_test_user, remove_test_user
from developer_apps.traffic import token_events
from myusa.lib import history, one_by_one
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

LASTS = datetime.timedelta(hours=Run.MAX_HOURS)
LOOKED_AT = 5_000  # events of one run
MAX_A_DAY = 50  # runs of one app
KEEP_TEST_USERS = datetime.timedelta(days=7)
COPIED = [field.name for field in StepFields._meta.get_fields()]


@transaction.atomic
def start(app: App, scenario: Scenario, *, by: "User") -> Run:
    """Start a run with a new test user; raise InvalidTransition if the app cannot run the scenario now."""
    App.objects.select_for_update().get(pk=app.pk)
    _refuse(app, scenario)
    steps = list(scenario.steps.all())
    now = timezone.now()
    try:
        with transaction.atomic():
            run = Run.objects.create(
                app=app,
                product=scenario.product,
                scenario=scenario,
                title=scenario.title,
                started_by=by,
                started_at=now,
                ends_at=now + LASTS,
            )
    except IntegrityError:
        raise InvalidTransition(_("A run of this scenario isn’t finished. Finish it or end it first.")) from None
    RunStep.objects.bulk_create(RunStep(run=run, **_copy(step)) for step in steps)
    run.test_user = create_test_user(app.team, name=_("Run %(number)d") % {"number": run.pk}, by=by, is_of_run=True)
    run.values = _fill(run.test_user)
    run.save(update_fields=["test_user", "values"])
    history.record(app, "run_started", by=by, after={"run": str(run)})
    return run


@transaction.atomic
def update(run: Run, *, now: datetime.datetime | None = None) -> Run:
    """Mark the steps that were observed until now; a run with all of them has passed, one out of time has failed."""
    moment = now or timezone.now()
    run = Run.objects.select_for_update().get(pk=run.pk)
    if not run.is_running:
        return run
    traffic.flush()
    steps = list(run.steps.all())
    results = match(steps, events_of(run))
    for step, result in zip(steps, results, strict=True):
        _note(step, result)
    if all(step.done_at for step in steps):
        _end(run, Run.State.PASSED, moment)
    elif moment >= run.ends_at:
        _end(run, Run.State.FAILED, moment)
    return run


@transaction.atomic
def end(run: Run, *, by: "User") -> Run:
    """End a run before all its steps were observed. It has failed then, and says what was missing."""
    run = update(run)
    if not run.is_running:
        raise InvalidTransition(_("This run has ended."))
    _end(run, Run.State.FAILED, timezone.now())
    history.record(run.app, "run_ended", by=by, after={"run": str(run)})
    return run


@transaction.atomic
def disconnect(run: Run, *, by: "User") -> None:
    """Disconnect the app from the run's test user, as a person would; raise InvalidTransition if it is not connected."""
    connected = (
        run.app.authorizations.live().filter(user__test_user=run.test_user_id).first() if run.test_user_id else None
    )
    if not run.is_running or connected is None:
        raise InvalidTransition(_("Your app is not connected to the test user of this run."))
    connected.disconnect(by=by)
    token_events.note(run.app_id, token_events.DISCONNECTED, user_id=connected.user_id)


def events_of(run: Run) -> list[Event]:
    """Return what was observed of a run, in the order of time: calls for its test user, and token events of its app."""
    if run.test_user is None:
        return []
    during = {"app_id": run.app_id, "at__gte": run.started_at, "at__lt": run.ended_at or run.ends_at}
    calls = Call.objects.filter(
        user_id=run.test_user.user_id, product_id=run.product_id, environment=Environment.SANDBOX, **during
    )
    # A client's own token belongs to no user; tokens of other test users say nothing about this run.
    tokens = TokenEvent.objects.filter(Q(user=None) | Q(user=run.test_user.user_id), **during)
    counts_simulated = settings.DEMO  # as in evidence: the demo's own data are simulated
    events = [
        *(
            Event(
                at=call.at,
                kind=CALL,
                trace_id=call.trace_id,
                method=call.method,
                endpoint=call.endpoint,
                status=call.status,
                outcome=Outcome.REPORTED if counts_simulated and call.outcome == Outcome.SIMULATED else call.outcome,
                payload=call.payload_digest,
                response=call.response_digest,
            )
            for call in calls.order_by("at", "pk")[:LOOKED_AT]
        ),
        *(Event(event.at, event.kind, event.trace_id) for event in tokens[:LOOKED_AT]),
    ]
    return sorted(events, key=lambda event: event.at)


def calls_for_others(run: Run) -> bool:
    """Return whether the app called the product since the run began, but not for the run's test user."""
    if run.test_user is None:
        return False
    calls = Call.objects.filter(app_id=run.app_id, at__gte=run.started_at, environment=Environment.SANDBOX)
    newest = calls.order_by("-at").values_list("product_id", "user_id")[:20]
    return any(product == run.product_id and user != run.test_user.user_id for product, user in newest)


def end_overdue() -> int:
    """Update the runs whose time is over; return how many."""
    overdue = Run.objects.running().filter(ends_at__lte=timezone.now())
    return one_by_one.take(update, overdue)


def remove_old_test_users() -> int:
    """Delete the test users of runs that ended a week ago, and old token events; return how many test users."""
    before = timezone.now() - KEEP_TEST_USERS
    TokenEvent.objects.filter(at__lt=before).delete()
    found = list(TestUser.objects.filter(runs__ended_at__lt=before).distinct())
    one_by_one.take(lambda test_user: remove_test_user(test_user, by=None), found)
    return len(found)


def _refuse(app: App, scenario: Scenario) -> None:
    """Raise InvalidTransition with the reason if the app cannot run the scenario now."""
    product = scenario.product
    if app.is_blocked:
        raise InvalidTransition(_("This app is blocked."))
    if not scenario.is_active or not scenario.steps.exists():
        raise InvalidTransition(_("This scenario isn’t available right now."))
    if not app.subscriptions.filter(product=product).exists():
        raise InvalidTransition(_("Add the %(product)s to your app first.") % {"product": product})
    if not place(product, Environment.SANDBOX).url:
        raise InvalidTransition(
            _("The %(product)s has no sandbox URL yet, so you can’t call it.") % {"product": product}
        )
    since = timezone.now() - datetime.timedelta(days=1)
    if app.runs.filter(started_at__gte=since).count() >= MAX_A_DAY:
        raise InvalidTransition(
            _("An app can start %(count)d runs per day. Try again tomorrow.") % {"count": MAX_A_DAY}
        )


def _copy(step: StepFields) -> dict[str, object]:
    return model_to_dict(step, fields=COPIED)


def _fill(test_user: TestUser) -> dict[str, str]:
    """Give a test user data that no one else has; return them by label."""
    made: dict[str, str] = {}
    for each in contributions.registered:
        if each.fill_fresh:
            made |= each.fill_fresh(test_user.user)
    return made


def _note(step: RunStep, result: Event | str) -> None:
    """Store what was found for a step, if that is news."""
    found = (result.at, result.trace_id, "") if isinstance(result, Event) else (None, None, result)
    if found != (step.done_at, step.trace_id, step.problem):
        step.done_at, step.trace_id, step.problem = found
        step.save(update_fields=["done_at", "trace_id", "problem"])


def _end(run: Run, state: str, now: datetime.datetime) -> None:
    Run.objects.filter(pk=run.pk, state=Run.State.RUNNING).update(state=state, ended_at=now)
    run.refresh_from_db()
