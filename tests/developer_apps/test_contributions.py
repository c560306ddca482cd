"""An API that registers itself appears wherever the portal lists APIs, without an edit of the portal."""

import re
from pathlib import Path

import pytest
from django.utils import timezone

from developer_apps import contributions
from developer_apps.contributions import ApiContribution, AppPanel, Example, NextStep, Page, Scope, ScopeGroup
from developer_apps.docs import code
from developer_apps.models import Call, Environment, TokenKind
from tests.developer_apps.elsewhere import make_product
from tests.developer_apps.flows import authorize_url
from tests.factories import make_app

PARCELS = ApiContribution(
    "parcels",
    product="parcels",
    scope_groups=[
        ScopeGroup(
            "parcels",
            "Parcels",
            [Scope("parcels.track", "Track your parcels", "Track the person's parcels")],
        )
    ],
    reads="{app} looked up where your parcel is",
    writes="{app} redirected your parcel",
    paths=("/parcels",),
    docs_page=Page("parcels", "Parcels API", "Where parcels are.", "developer_apps/docs/pages/support.html"),
    examples=[Example("parcels_list", "GET", "/api/v1/parcels", token="user", answer=[])],
    app_panels=[lambda app, user: AppPanel("Parcels of this app", "Two are on their way.")],
    next_steps=[lambda app, user: NextStep("Send a parcel.")],
    history_verbs={"parcel_lost": "Parcel lost"},
)


@pytest.fixture
def parcels(db):
    """A fourth API, served here."""
    with contributions.registered.replaced(*contributions.registered, PARCELS):
        yield


@pytest.mark.usefixtures("parcels")
def test_its_scope_is_on_the_consent_page_in_the_words_for_people(sign_in, developer, citizen):
    application = make_app(developer, scopes=["parcels.track"], public=True)
    page = sign_in(citizen).get(authorize_url(application, scope="parcels.track")).content.decode()
    assert "Track your parcels" in page
    assert 'value="parcels.track"' in page


@pytest.mark.usefixtures("parcels")
def test_its_scope_is_on_the_pages_of_developers_in_their_words(sign_in, developer):
    browser = sign_in(developer)
    for path in ("/developer/apps/new", "/developer/docs/scopes"):
        page = browser.get(path).content.decode()
        assert "Track the person&#x27;s parcels" in page, path
        assert "Track your parcels" not in page, path


@pytest.mark.usefixtures("parcels")
def test_its_scope_is_in_the_metadata(anonymous):
    metadata = anonymous.get("/.well-known/oauth-authorization-server").json()
    assert "parcels.track" in metadata["scopes_supported"]


@pytest.mark.usefixtures("parcels")
def test_its_page_is_in_the_documentation_after_the_others(anonymous):
    index = anonymous.get("/developer/docs/").content.decode()
    assert "Parcels API" in index
    assert index.index("Notifications API") < index.index("Parcels API")
    assert anonymous.get("/developer/docs/parcels").status_code == 200


@pytest.mark.usefixtures("parcels")
def test_its_calls_are_in_the_activity_in_its_words(sign_in, developer, citizen):
    application = make_app(developer)
    product = make_product(slug="parcels", is_built_in=True)
    for method in ("GET", "POST"):
        Call.objects.create(
            app=application.app,
            product=product,
            environment=Environment.SANDBOX,
            token_kind=TokenKind.USER,
            endpoint="parcels",
            method=method,
            status=200,
            latency_us=1000,
            user=citizen,
            at=timezone.now(),
        )
    page = sign_in(citizen).get("/settings/activity").content.decode()
    assert "looked up where your parcel is" in page
    assert "redirected your parcel" in page


@pytest.mark.usefixtures("parcels")
def test_its_panel_and_next_step_are_on_the_page_of_an_app(sign_in, developer):
    application = make_app(developer)
    page = sign_in(developer).get(f"/developer/apps/{application.app.pk}/").content.decode()
    assert "Two are on their way." in page
    assert "Send a parcel." in page


def test_its_examples_are_written_in_every_language():
    for write in code.LANGUAGES.values():
        assert "/api/v1/parcels" in write(PARCELS.examples[0])


def test_the_portal_names_no_field_task_or_notification_of_the_apis():
    named = re.compile(r"[\"']profile\.|\"tasks\"|\"notifications\"")
    found = [
        f"{path}:{number}"
        for path in Path("developer_apps").rglob("*.py")
        if "migrations" not in path.parts
        for number, line in enumerate(path.read_text().splitlines(), 1)
        if named.search(line)
    ]
    assert found == []
