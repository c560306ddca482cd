"""Staff roles × the pages of staff work: who sees what, and who does what. 200 and 302 let in, 403 does not."""

import pytest
from django.utils import timezone

from developer_apps.models import App
from notifications.models import Announcement
from tests import factories
from tests.cast import join_group

pytestmark = pytest.mark.django_db

ROLES = ("none", "reader", "reviewer", "support", "superuser")
SEEN, DONE, NO = 200, 302, 403

# By page: the status for each of ROLES.
VIEWS = {
    "/admin/": (SEEN, SEEN, SEEN, SEEN, SEEN),
    "/admin/search?q=citizen": (SEEN, SEEN, SEEN, SEEN, SEEN),
    "/admin/accounts/user/{person}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/developer_apps/app/{app}/change/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/developer_apps/app/{app}/incident/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/developer_apps/publicaccessrequest/{request}/change/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/developer_apps/publicaccessrequest/{request}/work/next/": (NO, DONE, DONE, NO, DONE),
    "/admin/developer_apps/supportrequest/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/notifications/announcement/{announcement}/step/send/": (NO, NO, NO, NO, SEEN),
    "/admin/accounts/accountrecovery/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/accounts/accountrecovery/add/": (NO, NO, NO, SEEN, SEEN),
    "/admin/outbox/outgoingemail/?trouble=late": (NO, SEEN, SEEN, NO, SEEN),
}
# By address of a step: the status of a POST for each of ROLES.
STEPS = {
    "/admin/accounts/user/{person}/step/end_sessions/": (NO, NO, NO, DONE, DONE),
    "/admin/accounts/user/{person}/step/lift_limits/": (NO, NO, NO, DONE, DONE),
    "/admin/developer_apps/app/{app}/step/revoke_keys/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/app/{app}/step/block/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/app/{app}/incident/export/": (NO, NO, SEEN, NO, SEEN),
    "/admin/developer_apps/publicaccessrequest/{request}/work/claim/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/publicaccessrequest/{request}/work/release/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/publicaccessrequest/{request}/work/note/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/publicaccessrequest/{request}/step/deny/": (NO, NO, DONE, NO, DONE),
    "/admin/notifications/announcement/{announcement}/step/try/": (NO, NO, NO, NO, DONE),
    "/admin/notifications/announcement/{announcement}/step/send/": (NO, NO, NO, NO, DONE),
}


def cells(table):
    return [(address, role, row[number]) for address, row in table.items() for number, role in enumerate(ROLES)]


@pytest.fixture
def address_of(application, public_application, developer, citizen, superuser):
    request = application.app.request_public_access(by=developer)
    announcement = Announcement.objects.create(subject="Hello", audience="developers", created_by=superuser)
    rows = {
        "person": citizen.pk,
        "app": public_application.app.pk,
        "request": request.pk,
        "announcement": announcement.pk,
    }
    return lambda template: template.format(**rows)


@pytest.fixture
def browser_of(sign_in, staff, superuser):
    groups = {"reader": "Staff read-only", "support": "Account support"}

    def browser(role):
        if role in ("reviewer", "superuser"):
            return sign_in(staff if role == "reviewer" else superuser)
        user = factories.make_user(f"{role}@example.gov", is_staff=True)
        if role in groups:
            join_group(user, groups[role])
        return sign_in(user)

    return browser


@pytest.mark.parametrize(("template", "role", "status"), cells(VIEWS))
def test_who_sees_a_page(template, role, status, address_of, browser_of):
    assert browser_of(role).get(address_of(template)).status_code == status


@pytest.mark.parametrize(("template", "role", "status"), cells(STEPS))
def test_who_takes_a_step(template, role, status, address_of, browser_of):
    slug = template.rstrip("/").rsplit("/", 1)[1]
    sent = {"confirmed": slug, "reason": "Because", "text": "x", "since": timezone.localdate().isoformat()}
    response = browser_of(role).post(address_of(template), sent)
    assert response.status_code == status
    if status == NO:
        assert not App.objects.exclude(blocked_at=None).exists()
