"""Every page of a citizen, empty, full and with errors, narrow and wide: accessible, quiet, and not wider than the window."""

from typing import Any

import pytest
from django.utils import timezone

from developer_apps import traffic
from developer_apps.models import Authorization, Environment
from developer_apps.sandbox import personas
from notifications.models import Notification
from tasks.models import Task, TaskItem
from tests.browser import NARROW, WIDE, assert_good_page, sign_in

pytestmark = pytest.mark.browser

EMPTY, FULL, ERROR = "empty", "full", "error"
PAGES = (
    "/",
    "/help",
    "/help?q=code",
    "/help?q=zzz",
    "/legal",
    "/status",
    "/profile",
    "/profile/additional",
    "/tasks/",
    "/tasks/?show=done",
    "/tasks/?show=dismissed",
    "/notifications/",
    "/notifications/?unread=1",
    "/settings/notifications",
    "/settings/notifications/mobile",
    "/authorizations",
    "/settings/account",
    "/settings/account/email",
    "/settings/account/delete",
    "/settings/security",
    "/settings/activity",
)
# The page, and what is entered by the name of its field.
WRONG = (
    ("/profile", {"zip": "1"}),
    ("/settings/notifications/mobile", {"number": "1"}),
    ("/settings/account/email", {"email": "nobody"}),
    ("/settings/account/delete", {"email": "someone@else.example"}),
)


def fill(citizen: Any, application: Any) -> list[str]:
    """Give a citizen long values of everything; return the addresses of the pages that only exist then."""
    personas.fill(citizen, "long-names")
    app = application.app
    connection = Authorization.objects.grant(citizen, app, allowed=app.scope_list)
    for number in range(4):
        task = Task.objects.create(app=app, user=citizen, name=f"Bring {'x' * 200} {number}")
        TaskItem.objects.create(task=task, name="Step", position=0)
        message = Notification.objects.create(
            user=citizen, app=app, sender=app.name, subject=f"{'y' * 200} {number}", body="Text"
        )
    traffic.record(
        app_id=app.pk,
        environment=Environment.SANDBOX,
        product="profile",
        endpoint="profile",
        method="GET",
        status=200,
        latency_us=1,
        user_id=citizen.pk,
        fields_read=" ".join(scope for scope in app.scope_list if scope.startswith("profile.")),
        at=timezone.now(),
        trace_id="123e4567-e89b-12d3-a456-426614174000",
    )
    return [
        f"/authorizations/{connection.pk}",
        f"/authorizations/{connection.pk}/disconnect",
        f"/authorizations/report/{app.pk}",
        message.get_absolute_url(),
    ]


@pytest.mark.parametrize("width", [NARROW, WIDE])
@pytest.mark.parametrize("state", [EMPTY, FULL, ERROR])
def test_every_page_of_a_citizen_is_good(new_page, base_url, citizen, public_application, state, width):
    page = new_page(width)
    sign_in(page, citizen, base_url)
    if state == ERROR:
        page.expected_errors += ["404", "400"]
        page.goto(f"{base_url}/no/such/page")
        assert_good_page(page)
        for path, fields in WRONG:
            page.goto(base_url + path)
            for name, value in fields.items():
                page.locator(f"main [name={name}]").fill(value)
            page.locator("main form:has(.usa-input) button[type=submit]").first.click()
            assert page.locator(".error-summary").is_visible(), path
            assert_good_page(page)
        return
    more = fill(citizen, public_application) if state == FULL else []
    for path in (*PAGES, *more):
        page.goto(base_url + path)
        assert_good_page(page)
        for fold in page.locator("main details:not([open]) > summary").all()[:3]:
            fold.click()
        assert_good_page(page)
