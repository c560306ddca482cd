"""Runs on a production request: which step of which run proves each criterion, for the team, for staff and on the scorecard."""

import uuid

import pytest
from django.urls import reverse
from django.utils import timezone

from developer_apps.models import Product, Run, RunStep, Scenario, ScenarioStep
from onboarding import review_warnings, runs
from onboarding.models import ProductionRequest
from onboarding.states import State
from tests.onboarding.test_booking import ratings

EASY, SHOWN = "The form is easy", "The answer is shown"


@pytest.fixture
def scenario(product):
    """The form is supported by a step, the answer is proven by one, and nothing is about the third criterion."""
    Product.objects.filter(pk=product.pk).update(criteria=[EASY, SHOWN, "It looks good"])
    product.refresh_from_db()
    found = Scenario.objects.create(product=product, title="Fill it in")
    ScenarioStep.objects.create(scenario=found, position=1, title="Fill", kind="call", criterion=EASY, is_proof=False)
    ScenarioStep.objects.create(scenario=found, position=2, title="Show", kind="call", criterion=SHOWN)
    return found


def make_run(app, scenario, *, done=2, state=Run.State.PASSED):
    """Make an ended run with its first `done` steps observed."""
    now = timezone.now()
    run = Run.objects.create(
        app=app,
        product=scenario.product,
        scenario=scenario,
        title=scenario.title,
        state=state,
        ends_at=now,
        ended_at=now,
    )
    for number, step in enumerate(scenario.steps.all()):
        seen = {"done_at": now, "trace_id": uuid.uuid4()} if number < done else {"problem": "No such call yet."}
        fields = {name: getattr(step, name) for name in ("position", "title", "kind", "criterion", "is_proof")}
        RunStep.objects.create(run=run, **fields, **seen)
    return run


def test_team_and_staff_see_which_step_proves_each_criterion(reach, scenario, developer, staff, sign_in):
    request = reach(State.REQUESTED)
    run = make_run(request.app, scenario)
    admin = reverse("admin:onboarding_productionrequest_change", args=[request.pk])

    for page in (
        sign_in(developer).get(request.get_absolute_url()).content.decode(),
        sign_in(staff).get(admin).content.decode(),
    ):
        assert "Proven" in page
        assert "Supported" in page
        assert "Staff judge this in the demo." in page
        for step in run.steps.all():
            assert f"{run}, step {step.position}: {step.title}" in page
            assert str(step.trace_id) in page


def test_criteria_say_that_a_run_can_prove_them(reach, scenario):
    request = reach(State.REQUESTED)

    said = [str(runs.words(proof)) for proof in runs.proofs_by_criterion(request).values()]

    assert said == [
        "A run can support this. No run has yet. Judge by what you see.",
        "A run can prove this. No run has yet.",
        "No scenario is about this. Judge by what you see.",
    ]


def test_the_scorecard_names_the_proof_staff_confirm_and_it_is_kept(reach, scenario, staff, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    run = make_run(request.app, scenario)
    demo = request.demos.get()
    clock.move_to(demo.slot.starts_at)
    browser = sign_in(staff)
    address = reverse("admin:onboarding_step", args=[request.pk, "pass_demo"])
    shown = run.steps.get(criterion=SHOWN)

    form = browser.get(address).content.decode()

    assert f"Proven by {run}, step 2: Show. Trace ID: {shown.trace_id}" in form
    assert f"Supported by {run}, step 1: Fill." in form
    assert "checked" not in form, "nothing is decided for staff"

    posted = {f"passed-{product}-{position}": "pass" for product, position in ratings(demo)}
    browser.post(address, {**posted, "version": request.version})
    request.refresh_from_db()
    assert request.state == State.DEMO_PASSED
    assert list(demo.scores.values_list("run_step__title", flat=True)) == ["Fill", "Show", None]


def test_a_run_cannot_decide_a_criterion_for_staff(reach, scenario, staff, sign_in, clock):
    request = reach(State.DEMO_SCHEDULED)
    make_run(request.app, scenario)
    clock.move_to(request.demos.get().slot.starts_at)

    response = sign_in(staff).post(
        reverse("admin:onboarding_step", args=[request.pk, "pass_demo"]), {"version": request.version}
    )

    assert response.status_code == 400
    assert response.content.decode().count("Decide about this criterion.") == 3


def test_staff_are_warned_of_a_newest_run_that_failed(reach, scenario):
    request = reach(State.REQUESTED)
    make_run(request.app, scenario)
    assert not runs.warnings(runs.of(request))

    failed = make_run(request.app, scenario, done=1, state=Run.State.FAILED)

    warning = f"{scenario.product}: {failed} failed at step 2: Show. No such call yet."
    assert warning in [str(each) for each in review_warnings.about(request, [])]
    assert runs.proofs_by_criterion(request)[scenario.product_id, 1].is_proven, "the passed run stays a proof"


def test_runs_of_other_apps_prove_nothing(reach, scenario, make_app, developer):
    request = reach(State.REQUESTED)
    make_run(make_app(developer).app, scenario)

    assert not any(proof.step for proof in runs.proofs_by_criterion(request).values())


def test_requests_without_runs_are_shown(reach, developer, sign_in):
    page = sign_in(developer).get(reach(State.BUILDING).get_absolute_url()).content.decode()

    assert "Run a scenario" in page
    assert ProductionRequest.objects.count() == 1
