"""Make an app and people who connected it, in the database of the environment; print their tokens as JSON.

python -m tests.reliability.seed '{"people": 3, "phones": true}'
"""

import json
import sys
from datetime import timedelta
from typing import Any

import django

django.setup()

from django.conf import settings  # noqa: E402
from django.db import transaction  # noqa: E402
from django.test import Client as Browser  # noqa: E402
from django.urls import reverse  # noqa: E402
from django.utils import timezone  # noqa: E402

from accounts.models import Phone  # noqa: E402
from accounts.models.phones import number_digest  # noqa: E402
from developer_apps.models import App, Authorization  # noqa: E402
from notifications.unsubscribe import Subscription  # noqa: E402
from onboarding.models import Affidavit, ProductionRequest  # noqa: E402
from onboarding.sample_requests import ANSWERS  # noqa: E402
from onboarding.states import State  # noqa: E402
from tests import factories  # noqa: E402

PLENTY = 1_000_000


@transaction.atomic
def seed(people: int = 1, *, phones: bool = False, affidavit: bool = False) -> list[dict[str, Any]]:
    application = factories.make_app(public=True, name="Benefit Finder")
    App.objects.filter(pk=application.app.pk).update(
        sandbox_calls_per_second=PLENTY,
        sandbox_calls_per_day=PLENTY * 10,
        production_calls_per_second=PLENTY,
        production_calls_per_day=PLENTY * 10,
    )
    found = [_person(application, number, phones=phones) for number in range(people)]
    browser = factories.sign_in(Browser(), application.app.created_by)
    team = {"team_id": application.app.team_id, "session": browser.cookies[settings.SESSION_COOKIE_NAME].value}
    if affidavit:
        team["affidavit"] = _affidavit(application)
    return [{**each, **team} for each in found]


def _affidavit(application: factories.Application) -> str:
    """Return the path of the page on which an officer signs."""
    app = application.app
    request = ProductionRequest.objects.create(
        app=app, created_by=app.created_by, answers=ANSWERS, state=State.AFFIDAVIT_SENT
    )
    officer = {name: ANSWERS[name] for name in ("officer_name", "officer_title", "officer_email")}
    found = Affidavit.objects.create_link(request, **officer, by=app.created_by)
    return reverse("onboarding:sign", args=[found.link_token])


def _person(application: factories.Application, number: int, *, phones: bool) -> dict[str, Any]:
    user = factories.make_user(f"person{number}-{application.app.pk}@example.gov")
    token = factories.make_token(application, user, age=24 * 60 * 60)
    mobile = f"+1415555{3000 + number:04}"
    if phones:
        verified = timezone.now() - timedelta(days=1)
        Phone.objects.create(user=user, number=mobile, number_digest=number_digest(mobile), verified_at=verified)
    unsubscribe = f"/unsubscribe/{Subscription(user.pk, application.app.pk).signed}"
    authorization = Authorization.objects.get(user=user, app=application.app)
    return {
        "token": token,
        "authorization_id": authorization.pk,
        "email": user.email,
        "number": mobile,
        "unsubscribe": unsubscribe,
    }


if __name__ == "__main__":
    print(json.dumps(seed(**json.loads(sys.argv[1] if len(sys.argv) > 1 else "{}"))))
