"""A developer runs a scenario: steps turn green by what was observed, and by nothing that the developer says."""

import datetime
import json

import pytest
import time_machine
from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from developer_apps import jobs
from developer_apps.models import Call, Product, Run, Scenario, ScenarioStep, TestUser, TokenEvent
from developer_apps.runs import verbs
from developer_apps.runs.criteria import proofs
from myusa.lib.steps import InvalidTransition
from profiles.models import Profile
from tests.developer_apps.elsewhere import Proxy, basic, make_product, make_server
from tests.factories import Api, make_test_user, make_token

VERIFY = "/gateway/verify?product=parcels"


@pytest.fixture
def product(db):
    return make_product(
        "parcels",
        scopes={"parcels.read": "Read parcels"},
        sandbox_base_url="https://parcels.example.gov",
        criteria=["It signs in", "It sends", "It looks good"],
    )


@pytest.fixture
def server(product):
    return make_server(product)


@pytest.fixture
def subscribed(make_app, developer, team, product):
    return make_app(developer, team=team, scopes="profile.email parcels.read")


@pytest.fixture
def scenario(product):
    """A token, then a parcel that is sent."""
    found = Scenario.objects.create(product=product, title="Send a parcel")
    ScenarioStep.objects.create(scenario=found, position=1, title="Token", kind="token", criterion="It signs in")
    ScenarioStep.objects.create(
        scenario=found, position=2, title="Send", kind="call", endpoint="send", status="201", criterion="It sends"
    )
    return found


@pytest.fixture
def run(subscribed, scenario, developer):
    return verbs.start(subscribed.app, scenario, by=developer)


@pytest.fixture
def app(subscribed, server):
    """What the app under test does: `app.token()`, `app.call(run, status=…)`."""
    return AppUnderTest(subscribed, server)


class AppUnderTest:
    def __init__(self, application, server):
        self.application, self.server, self.bearer = application, server, make_token(application)

    def token(self):
        credentials = basic(self.application.client_id, self.application.client_secret)
        response = Api().post("/oauth/token", "grant_type=client_credentials", Authorization=credentials)
        assert response.status_code == 200, response.content
        self.bearer = response.json()["access_token"]
        return response["X-Request-Id"]

    def call(self, run, *, uid=None, status=201, endpoint="send", reported=True, **headers):
        """Check a call for the run's test user, and report its outcome as the resource server; return the trace ID."""
        acting = {"X_Test_User": uid or str(run.test_user.user.uid)}
        response = Proxy(self.server, self.bearer).get(VERIFY, X_Original_URI="/parcels", **acting, **headers)
        if response.status_code == 200 and reported:
            self.report(response["X-Trace-Id"], status=status, endpoint=endpoint)
        return response["X-Request-Id"]

    def report(self, trace_id, credentials=None, **fields):
        entry = {"trace_id": trace_id, "product": "parcels", "method": "POST", "latency_ms": 1, "status": 201, **fields}
        entry.setdefault("endpoint", "send")
        return Api().post(
            "/gateway/outcomes", {"outcomes": [entry]}, Authorization=basic(*(credentials or self.server))
        )


def look(run):
    """Return the run after a look, and for each step its trace ID or what is missing."""
    found = verbs.update(run)
    return found, [str(step.trace_id) if step.done_at else step.problem for step in found.steps.all()]


def test_each_step_turns_green_with_its_trace_id_and_the_run_passes(run, app):
    assert look(run)[1] == ["Not seen yet.", ""]

    token = app.token()
    assert look(run)[1] == [token, "No such call yet."]

    sent = app.call(run)
    found, steps = look(run)
    assert (found.state, steps) == (Run.State.PASSED, [token, sent])
    assert found.ended_at


def test_a_run_has_a_fresh_test_user_with_values_that_exist_nowhere_else(subscribed, scenario, developer):
    first = verbs.start(subscribed.app, scenario, by=developer)
    verbs.end(first, by=developer)
    second = verbs.start(subscribed.app, scenario, by=developer)

    assert first.test_user != second.test_user
    assert not set(first.values.values()) & set(second.values.values())
    profile = Profile.objects.of(second.test_user.user)
    assert profile.value("last_name") in second.values.values()


def test_calls_for_other_test_users_show_nothing_and_the_page_says_so(run, app, team, sign_in, developer):
    other = make_test_user(team)
    app.token()
    app.call(run, uid=str(other.user.uid))

    assert look(run)[1][1] == "No such call yet."
    assert "another test user" in sign_in(developer).get(run.get_absolute_url()).content.decode()


def test_tokens_and_calls_of_another_app_show_nothing(run, server, product, make_app, developer, team):
    other = make_app(developer, team=team, scopes="parcels.read")
    elsewhere = AppUnderTest(other, server)
    elsewhere.token()
    elsewhere.call(run)

    assert look(run)[1] == ["Not seen yet.", ""]


def test_a_call_counts_once_its_outcome_is_reported(run, app):
    app.token()
    trace_id = app.call(run, reported=False)
    assert look(run)[1][1] == "A call arrived. The API has not reported its result yet."

    app.report(trace_id)

    assert look(run)[0].state == Run.State.PASSED


def test_a_developer_who_reports_on_their_own_behalf_moves_no_step(run, app, subscribed):
    app.token()
    trace_id = app.call(run, reported=False)

    forged = app.report(trace_id, credentials=(subscribed.client_id, subscribed.client_secret))

    assert (forged.status_code, forged.json()["errors"][0]["code"]) == (401, "RESOURCE_SERVER_UNKNOWN")
    assert look(run)[0].state == Run.State.RUNNING


def test_reports_of_a_server_of_another_product_move_no_step(run, app):
    foreign = make_server(make_product("letters"))
    app.token()
    trace_id = app.call(run, reported=False)

    assert app.report(trace_id, credentials=foreign).json()["results"] == [{"result": "not_yours"}]
    assert look(run)[0].state == Run.State.RUNNING


def test_a_late_report_moves_no_step(run, app):
    app.token()
    trace_id = app.call(run, reported=False)
    Call.objects.update(at=timezone.now() - datetime.timedelta(hours=25))

    assert app.report(trace_id).json()["results"] == [{"result": "too_late"}]
    assert look(run)[0].state == Run.State.RUNNING


def test_a_replayed_report_counts_as_one_call(run, app):
    run.steps.filter(position=2).update(times=2)
    app.token()
    trace_id = app.call(run, reported=False)

    results = [app.report(trace_id, payload_digest="a").json()["results"][0]["result"] for _number in range(3)]

    assert results == ["recorded", "duplicate", "duplicate"]
    assert look(run)[1][1] == "1 of 2 different payloads so far."


def test_a_scenario_that_staff_change_during_a_run_does_not_change_it(run, app, scenario):
    scenario.steps.filter(position=2).update(status="404", title="Something else")
    scenario.steps.filter(position=1).delete()
    Scenario.objects.filter(pk=scenario.pk).update(title="New name", is_active=False)

    app.token()
    app.call(run)

    found, _steps = look(run)
    assert (found.state, found.title) == (Run.State.PASSED, "Send a parcel")
    assert [step.title for step in found.steps.all()] == ["Token", "Send"]


def test_a_deleted_scenario_leaves_its_runs(run, app, scenario):
    scenario.delete()
    app.token()
    app.call(run)

    assert look(run)[0].state == Run.State.PASSED


def test_a_product_without_a_sandbox_address_cannot_be_run(subscribed, product, scenario, developer, sign_in):
    Product.objects.filter(pk=product.pk).update(sandbox_base_url="")

    response = sign_in(developer).post(
        reverse("developer_apps:start_run", args=[subscribed.app.pk]), {"scenario": scenario.pk}, follow=True
    )

    assert "The Parcels has no sandbox URL yet, so you can’t call it." in response.content.decode()
    assert not Run.objects.exists()


def test_blocked_apps_and_apps_without_the_product_cannot_run(
    subscribed, scenario, developer, superuser, make_app, team
):
    stranger = make_app(developer, team=team, scopes="profile.email")
    with pytest.raises(InvalidTransition, match="Add the Parcels"):
        verbs.start(stranger.app, scenario, by=developer)
    subscribed.app.block(by=superuser, reason="Spam")
    subscribed.app.refresh_from_db()
    with pytest.raises(InvalidTransition, match="blocked"):
        verbs.start(subscribed.app, scenario, by=developer)


def test_one_scenario_has_one_run_at_a_time(run, subscribed, scenario, developer):
    with pytest.raises(InvalidTransition, match="isn’t finished"):
        verbs.start(subscribed.app, scenario, by=developer)
    assert Run.objects.count() == 1
    assert TestUser.objects.filter(team=subscribed.app.team).count() == 1


def test_an_app_has_a_number_of_runs_a_day(subscribed, scenario, developer, monkeypatch):
    monkeypatch.setattr(verbs, "MAX_A_DAY", 2)
    for _number in range(2):
        verbs.end(verbs.start(subscribed.app, scenario, by=developer), by=developer)
    with pytest.raises(InvalidTransition, match="2 runs per day"):
        verbs.start(subscribed.app, scenario, by=developer)


def test_a_run_that_is_ended_early_has_failed_and_says_where(run, app, developer, sign_in):
    app.token()
    app.call(run, status=500)
    browser = sign_in(developer)

    browser.post(reverse("developer_apps:end_run", args=[run.app_id, run.pk]))

    page = browser.get(run.get_absolute_url()).content.decode()
    assert "The run stopped at step 2: Send." in page
    assert "The last call got 500 instead of 201." in page
    assert "data-done" in page
    assert Run.objects.get().state == Run.State.FAILED


def test_a_run_ends_by_itself_when_its_time_is_over(run, app):
    app.token()
    with time_machine.travel(run.ends_at + datetime.timedelta(minutes=1)):
        jobs.end_overdue_runs()
        app.call(run)
        assert look(run)[0].state == Run.State.FAILED
    assert [bool(step.done_at) for step in run.steps.all()] == [True, False]


def test_a_run_can_be_repeated_and_says_what_broke(subscribed, scenario, developer, app):
    for status, state in ((201, Run.State.PASSED), (500, Run.State.FAILED)):
        run = verbs.start(subscribed.app, scenario, by=developer)
        app.token()
        app.call(run, status=status)
        found = verbs.update(run)
        if found.is_running:
            found = verbs.end(found, by=developer)
        assert found.state == state
    assert found.steps.get(position=2).problem == "The last call got 500 instead of 201."


def test_a_person_who_disconnects_the_app_is_asked_again(subscribed, product, developer, app, sign_in):
    scenario = Scenario.objects.create(product=product, title="Consent")
    ScenarioStep.objects.create(scenario=scenario, title="Ask again", kind="consent")
    run = verbs.start(subscribed.app, scenario, by=developer)
    make_token(subscribed, run.test_user.user, "profile.email")
    browser = sign_in(developer)
    address = reverse("developer_apps:disconnect_run", args=[run.app_id, run.pk])

    assert "disconnected your app" in browser.post(address, follow=True).content.decode()
    assert not subscribed.app.authorizations.live().exists()
    assert look(run)[1] == ["The app has not asked the test user to sign in again yet."]
    assert "not connected" in browser.post(address, follow=True).content.decode()

    TokenEvent.objects.create(app=subscribed.app, user=run.test_user.user, kind="code")
    assert look(run)[0].state == Run.State.PASSED


def test_a_revocation_by_the_app_is_observed(subscribed, product, developer, app):
    scenario = Scenario.objects.create(product=product, title="Tidy up")
    ScenarioStep.objects.create(scenario=scenario, title="Revoke", kind="revoked")
    run = verbs.start(subscribed.app, scenario, by=developer)

    revoked = Api().post("/oauth/revoke", f"token={app.bearer}")

    assert look(run)[1] == [revoked["X-Request-Id"]]


def test_nothing_of_tokens_is_kept_without_a_run(app):
    app.token()

    assert not TokenEvent.objects.exists()


def test_people_outside_the_team_see_no_run(run, rival, outsider, sign_in, client):
    for path in ("run", "run_steps", "end_run", "disconnect_run"):
        address = reverse(f"developer_apps:{path}", args=[run.app_id, run.pk])
        for person in (rival, outsider):
            browser = sign_in(person)
            assert (browser.post if "_run" in path else browser.get)(address).status_code == 404
    assert Run.objects.get().is_running


def test_a_run_of_another_app_is_not_found(run, application, developer, sign_in):
    address = reverse("developer_apps:run", args=[application.app.pk, run.pk])

    assert sign_in(developer).get(address).status_code == 404


@pytest.mark.parametrize("number", ["", "x", "0", "999999", "-1", "9" * 30])
def test_a_scenario_that_does_not_exist_starts_nothing(number, subscribed, developer, sign_in):
    response = sign_in(developer).post(
        reverse("developer_apps:start_run", args=[subscribed.app.pk]), {"scenario": number}
    )

    assert response.status_code == 404


def test_plain_members_can_run_scenarios(subscribed, scenario, teammate, sign_in):
    browser = sign_in(teammate)
    assert "Send a parcel" in browser.get(reverse("developer_apps:runs", args=[subscribed.app.pk])).content.decode()

    response = browser.post(reverse("developer_apps:start_run", args=[subscribed.app.pk]), {"scenario": scenario.pk})

    assert response.url == Run.objects.get().get_absolute_url()


def test_test_users_of_runs_are_removed_a_week_after_and_the_results_stay(run, app, developer):
    app.token()
    app.call(run)
    look(run)
    Run.objects.update(ended_at=timezone.now() - datetime.timedelta(days=8))

    jobs.remove_test_users_of_runs()

    found = Run.objects.get()
    assert (found.test_user, found.state) == (None, Run.State.PASSED)
    assert all(step.trace_id for step in found.steps.all())


def test_test_users_of_runs_are_no_default_and_do_not_use_up_the_teams_number(run, team, monkeypatch, developer):
    assert not run.test_user.is_default
    monkeypatch.setattr("developer_apps.sandbox.test_users.MAX_TEST_USERS", 1)
    assert verbs.create_test_user(team, name="Tess", by=developer).is_default


def test_criteria_say_which_step_of_which_run_proves_them(subscribed, product, run, app):
    before = proofs(subscribed.app, product)
    assert [(each.is_covered, each.is_proven) for each in before] == [(True, False), (True, False), (False, False)]

    app.token()
    sent = app.call(run)
    look(run)

    after = proofs(subscribed.app, product)
    assert [each.is_proven for each in after] == [True, True, False]
    assert str(after[1].step.trace_id) == sent
    assert after[1].step.run == run


def test_a_failed_run_proves_nothing(subscribed, product, run, app, developer):
    app.token()
    verbs.end(run, by=developer)

    assert not any(each.is_proven for each in proofs(subscribed.app, product))


def test_the_first_product_has_scenarios_for_all_default_criteria():
    seeds = json.loads((settings.BASE_DIR / "developer_apps/seeds/scenarios.json").read_text())
    named = {step.get("criterion") for each in seeds["case-status"] for step in each["steps"]}

    assert set(Product().criteria) <= named


def test_the_page_of_a_product_says_which_criteria_a_run_proves(product, scenario, client):
    ScenarioStep.objects.create(scenario=scenario, title="Look", kind="call", criterion="It looks good", is_proof=False)
    Product.objects.filter(pk=product.pk).update(criteria=["It signs in", "It looks good", "It is quick"])

    page = " ".join(client.get(f"/developer/products/{product.slug}/").content.decode().split())

    for criterion, words in (
        ("It signs in", "(a run can prove this)"),
        ("It looks good", "(a run supports this, and staff judge it)"),
        ("It is quick", "(staff judge this)"),
    ):
        assert f'{criterion} <span class="small muted">{words}</span>' in page
