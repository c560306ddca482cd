"""A world that has one row of everything an address can name, and people who have no business with it."""

import uuid
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts import passkeys
from accounts.models import LegalText, Session
from developer_apps.models import App, Product, Run, SupportRequest
from notifications.models import Notification
from onboarding.models import Demo, Signature, Slot
from onboarding.questions import SECTIONS
from onboarding.states import State
from tasks.changes import ItemChange, TaskChange, create_task
from tasks.models import TaskItem
from tests import factories
from tests.accounts.authenticator import give_passkey
from tests.developer_apps.elsewhere import record
from tests.onboarding.conftest import clock, product, reach, subscribed  # noqa: F401 - fixtures

SECRETS = ("Renew the passport", "Bring a photo", "Your card is ready", "Rosalind")


@pytest.fixture
def connected(public_application, citizen, make_token):
    """The team's public app, which the citizen allowed everything, without quotas that tests could meet."""
    without_end = {"calls_per_second": 10**6, "calls_per_day": 10**9}
    quotas = {f"{kind}_{name}": value for kind in ("sandbox", "production") for name, value in without_end.items()}
    App.objects.update(**quotas)
    make_token(public_application, citizen)
    return public_application


@pytest.fixture
def personal(connected, citizen):
    """What the app made for the citizen, by the names that addresses use."""
    items = [ItemChange(values={"name": SECRETS[1]})]
    task = create_task(connected.app.pk, citizen.pk, TaskChange({"name": SECRETS[0]}, items=items))
    authorization = citizen.authorizations.get(app=connected.app)
    api = factories.Api(factories.make_token(connected, citizen))
    made = api.post("/api/v1/notifications", {"notification": {"subject": SECRETS[2], "body": "Come and get it."}})
    assert made.status_code == 200, made.content
    factories.make_test_user(connected.app.team, by=connected.app.team.members.first())
    return {
        "task_id": task.pk,
        "item_id": TaskItem.objects.get(task=task).pk,
        "notification_id": Notification.objects.get(user=citizen).pk,
        "authorization_id": authorization.pk,
        "rest": "no/such/call",
        "app": connected.app.pk,
    }


@pytest.fixture
def world(
    personal,
    application,
    citizen,
    developer,
    teammate,
    sign_in,
    reach,  # noqa: F811
):
    """A value for each parameter of an address, each of the team or the citizen."""
    request = reach(State.DEMO_SCHEDULED)
    give_passkey(citizen)
    team = application.app.team
    invitation, token = team.invite("invited@example.gov", "member", by=developer)
    sign_in(teammate)
    run = Run.objects.create(
        app=application.app,
        product=Product.objects.get(slug="visa-status"),
        title="Try it",
        ends_at=timezone.now() + timedelta(hours=1),
    )
    trace_id = uuid.uuid4()
    record(application.app, trace_id=trace_id)
    return personal | {
        "trace_id": trace_id,
        "app_id": application.app.pk,
        "team_id": team.pk,
        "environment": "sandbox",
        "secret_id": application.client.secrets.get().pk,
        "test_user_id": team.test_users.first().pk,
        "invitation_id": invitation.pk,
        "user_id": teammate.pk,
        "request_id": request.pk,
        "run_id": run.pk,
        "number": SupportRequest.objects.ask(developer, subject="Refused", text="Why?").pk,
        "signature_id": Signature.objects.get().pk,
        "demo_id": Demo.objects.get().pk,
        "slot_id": Slot.objects.first().pk,
        "passkey_id": passkeys.of(citizen).get().pk,
        "key_digest": Session.objects.filter(user=teammate).first().pk,
        "slug": {
            "developer/requests/": SECTIONS[0].slug,
            "developer/products/": "tasks",
            "developer/docs/": "connecting",
        },
        "code": "token-invalid",
        "operation": "read_profile",
        "folder": "django",
        "kind": "terms",
        "purpose": "sign_in",
        "path": "case-status/1",
        "version": LegalText.objects.filter(kind="terms").first().version,
        "token": token,
        "signed": "not-signed",
        "verb": "complete",
        "digest": "none",
        # The admin's.
        "pk": 1,
        "object_id": 1,
        "content_type_id": 1,
        "app_label": "accounts",
        "url": "no/such/page",
    }
