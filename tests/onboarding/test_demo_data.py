"""The demo's requests, and the traffic that can be replayed for any app."""

import io
from datetime import timedelta

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from developer_apps.models import Call, Client, Product, Run
from developer_apps.runs.verbs import events_of
from developer_apps.scopes import register_scopes
from developer_apps.traffic import evidence_figures
from myusa.lib.demo import Cast
from onboarding import demo, evidence
from onboarding.models import Demo, ProductionRequest, RequestEmail
from onboarding.states import State

pytestmark = pytest.mark.usefixtures("in_demo")


@pytest.fixture
def cast(developer, superuser):
    return Cast(base_url="http://127.0.0.1:8160", users={"developer": developer, "staff": superuser})


def test_there_is_a_request_in_each_state(cast):
    described = demo.seed(cast)
    assert set(described["requests"]) == set(State.values)
    for state, address in described["requests"].items():
        number = int(address.rstrip("/").rsplit("/", 1)[1])
        assert ProductionRequest.objects.get(pk=number).state == state
    assert not RequestEmail.objects.exclude(outgoing_email__state="sent").exists()


def test_one_demo_is_in_the_coming_days_whenever_the_demo_starts(cast, clock):
    demo.seed(cast)
    for _start in range(2):
        upcoming = [each.request.app.name for each in Demo.objects.upcoming() if not each.has_begun]
        assert upcoming == [demo.UPCOMING]
        clock.move_to(timezone.now() + timedelta(days=10))
        demo.seed(Cast(base_url=cast.base_url, users=cast.users))


def test_a_second_start_changes_nothing(cast):
    first = demo.seed(cast)
    again = Cast(base_url=cast.base_url, users=cast.users, remembered=first)
    assert demo.seed(again) == first


def test_there_is_a_run_in_each_state(cast):
    Product.objects.filter(slug="case-status").update(sandbox_base_url="http://127.0.0.1:8161")

    described = demo.seed(cast)["runs"]

    assert set(described) == {"running", "passed", "failed"}
    for state, address in described.items():
        run = Run.objects.get(pk=int(address.rstrip("/").rsplit("/", 1)[1]))
        assert run.state == state
        assert ("simulated" in run.title) == (state != "running")
    again = Cast(base_url=cast.base_url, users=cast.users)
    assert demo.seed(again)["runs"] == described


def test_simulated_calls_move_no_run_outside_of_the_demo(cast, settings):
    Product.objects.filter(slug="case-status").update(sandbox_base_url="http://127.0.0.1:8161")
    demo.seed(cast)
    passed = Run.objects.get(state="passed")
    settings.DEMO = False

    assert not [event for event in events_of(passed) if event.is_known_call]


def test_the_production_app_has_working_keys(cast):
    described = demo.seed(cast)["apps"]["production"]
    client = Client.objects.get(client_id=described["client_id"])
    assert client.environment == "production"
    assert client.secrets.live().get().last_four == described["client_secret"][-4:]


def test_replayed_traffic_is_complete_evidence(application, product, developer):
    register_scopes(application.app, ["visa.read"], by=developer)
    Product.objects.filter(pk=product.pk).update(min_consecutive_days=5, min_calls=100, min_distinct=20)
    product.refresh_from_db()
    call_command("replay_traffic", application.app.pk, days=5, stdout=io.StringIO())
    figures = evidence_figures(application.app, product)
    assert figures.calls == Call.objects.count() == 150
    assert figures.longest_run == 5
    assert evidence.assess(product, figures).is_met


def test_replay_refuses_bad_arguments(application, db):
    for arguments in (["0"], [str(application.app.pk)], [str(application.app.pk), "--days", "0"]):
        with pytest.raises(CommandError):
            call_command("replay_traffic", *arguments)
