"""Calls that a developer makes up move no figure, by whatever way they are sent. Only a resource server's word counts."""

import datetime

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone

from developer_apps.access import quota
from developer_apps.models import Call, Scenario, ScenarioStep
from developer_apps.runs import verbs
from developer_apps.traffic import evidence_figures
from developer_apps.traffic.activity import activity_of
from developer_apps.traffic.analytics import Selection, report
from onboarding import evidence
from tests.developer_apps.elsewhere import OUTCOMES, VERIFY, Proxy, basic, make_product, make_server, outcome, record
from tests.factories import Api, make_token

INTROSPECT = "/oauth/introspect"
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture
def product(db):
    return make_product("parcels", scopes={"parcels.read": "Read parcels"}, sandbox_base_url="https://parcels.example")


@pytest.fixture
def subscribed(make_app, developer, team, product):
    return make_app(developer, team=team, scopes="profile.email parcels.read")


@pytest.fixture
def run(subscribed, product, developer):
    scenario = Scenario.objects.create(product=product, title="Send a parcel")
    ScenarioStep.objects.create(scenario=scenario, title="Send", kind="call", endpoint="parcel")
    return verbs.start(subscribed.app, scenario, by=developer)


@pytest.fixture
def server(product):
    return make_server(product)


@pytest.fixture
def open_check(subscribed, server, run):
    """The trace ID of a real call of the run whose outcome the API has not reported."""
    user = str(run.test_user.user.uid)
    response = Proxy(server, make_token(subscribed)).get(VERIFY, X_Original_URI="/parcels/1", X_Test_User=user)
    return response["X-Trace-Id"]


def figures(app, product, run):
    """Everything that is counted about the app, and that people see of it."""
    today = timezone.now().astimezone(datetime.UTC).date()
    people = [membership.user for membership in app.team.memberships.all()]
    return {
        "evidence": evidence_figures(app, product),
        "bars": evidence.assess(product, evidence_figures(app, product)).criteria,
        "analytics": report(app, Selection(today - datetime.timedelta(days=6), today)),
        "log": list(Call.objects.order_by("pk").values()),
        "activity": [activity_of(user) for user in (*people, run.test_user.user)],
        "quota": [hit.remaining for _product, _environment, hit in quota.left(app, [product])],
        "run": list(verbs.update(run).steps.values("done_at", "trace_id", "problem")),
    }


def attacks(application, run, server, trace_id):
    """Yield what a developer can send, with the status and the error code of the response."""
    caller, stranger = Api(make_token(application)), Api()
    own = basic(application.client_id, application.client_secret)
    foreign = make_server(make_product("letters"))
    about = {"X_Original_URI": "/made/up", "X_Test_User": str(run.test_user.user.uid), "X_Product": "parcels"}
    refused = (401, "RESOURCE_SERVER_UNKNOWN")

    for header in (None, own, f"Bearer {make_token(application)}", basic(server[0], "guessed"), basic(server[0], "")):
        asking = {"X_Resource_Server": header} if header else {}
        yield "a check", caller.get(VERIFY, **about, **asking), refused
        yield "a check with a fault", caller.get(VERIFY, X_Sandbox_Fault="not_found", **about, **asking), refused
    for method in METHODS:
        yield "a check as of Envoy", caller.request(method, "/gateway/verify/parcels/made/up", **about), refused
    yield (
        "a check by another server",
        Proxy(foreign, make_token(application)).get(VERIFY, **about),
        (
            403,
            "PRODUCT_NOT_SERVED",
        ),
    )
    question = f"token={make_token(application)}&product=parcels&method=GET&uri=/made/up"
    in_body = f"{question}&client_id={application.client_id}&client_secret={application.client_secret}"
    for response in (
        stranger.post(INTROSPECT, question, Authorization=own),
        stranger.post(INTROSPECT, in_body),
        caller.post(INTROSPECT, question),
        stranger.post(INTROSPECT, question),
        stranger.post(INTROSPECT, question, Authorization=basic(server[0], "guessed")),
    ):
        yield "introspection", response, (401, "OAUTH_INVALID_CLIENT")
    yield (
        "introspection by another server",
        stranger.post(INTROSPECT, question, Authorization=basic(*foreign)),
        (200, ""),
    )
    entry = outcome(trace_id)
    for path in (OUTCOMES, f"{OUTCOMES}/"):
        for response in (
            stranger.post(path, entry, Authorization=own),
            stranger.post(path, entry, X_Resource_Server=basic(*server)),
            stranger.post(path, {**entry, "client_id": server[0], "client_secret": server[1]}),
            caller.post(path, {"outcomes": [entry] * 100}),
        ):
            yield "a report", response, refused
    yield "a report by another server", stranger.post(OUTCOMES, entry, Authorization=basic(*foreign)), (200, "")


def test_made_up_calls_move_no_figure_by_any_way(subscribed, product, run, server, open_check):
    app = subscribed.app
    record(app, product, payload="real")
    before = figures(app, product, run)
    assert before["evidence"].unknown == 1

    tried = []
    for what, response, (status, code) in attacks(subscribed, run, server, open_check):
        errors = response.json().get("errors", [{"code": ""}]) if response.content else [{"code": code}]
        assert (response.status_code, errors[0]["code"]) == (status, code), what
        tried.append(what)
    with pytest.raises(CommandError, match="only in the demo"):
        call_command("replay_traffic", app.pk)

    assert len(tried) > 30
    for name, value in figures(app, product, run).items():
        assert value == before[name], name


def test_the_word_of_the_products_own_server_moves_them(subscribed, product, run, server, open_check):
    """So the test above looks at figures that can move."""
    before = figures(subscribed.app, product, run)

    Proxy(server, make_token(subscribed)).get(VERIFY, X_Original_URI="/parcels/2")
    Api().post(OUTCOMES, outcome(open_check), Authorization=basic(*server))

    after = figures(subscribed.app, product, run)
    assert [name for name in before if before[name] == after[name]] == []
