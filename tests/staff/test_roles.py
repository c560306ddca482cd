"""Staff roles × the pages of staff work: who sees what, and who does what. 200 and 302 let in, 403 does not."""

import re

import pytest
from django.utils import timezone

from developer_apps.models import App, AppReport, SupportRequest
from myusa.operations.models import ServiceIncident
from notifications.models import Announcement, Delivery, Notification
from tasks.models import Task
from tests import factories
from tests.cast import join_group

pytestmark = pytest.mark.django_db

ROLES = ("none", "reader", "reviewer", "support", "superuser")
SEEN, DONE, NO = 200, 302, 403
NOTHING = 409  # allowed, but there is nothing to lift

# By page: the status for each of ROLES.
VIEWS = {
    "/admin/": (SEEN, SEEN, SEEN, SEEN, SEEN),
    "/admin/search?q=citizen": (SEEN, SEEN, SEEN, SEEN, SEEN),
    "/admin/accounts/user/{person}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/developer_apps/app/{app}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/developer_apps/app/{app}/incident/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/developer_apps/authorization/{authorization}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/developer_apps/team/{team}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/developer_apps/testuser/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/developer_apps/client/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/tasks/task/{task}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/notifications/delivery/{delivery}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/notifications/refusedaddress/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/notifications/announcement/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/onboarding/productionrequest/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/auditlog/logentry/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/operations/serviceincident/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/operations/serviceincident/{incident}/change/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/operations/serviceincident/add/": (NO, NO, SEEN, NO, SEEN),
    "/admin/operations/serviceincident/{incident}/delete/": (NO, NO, NO, NO, SEEN),
    "/admin/developer_apps/publicaccessrequest/{request}/change/": (NO, SEEN, SEEN, NO, SEEN),
    "/admin/developer_apps/publicaccessrequest/{request}/work/next/": (NO, DONE, DONE, NO, DONE),
    "/admin/developer_apps/supportrequest/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/notifications/announcement/{announcement}/step/send/": (NO, NO, NO, NO, SEEN),
    "/admin/accounts/accountrecovery/": (NO, SEEN, SEEN, SEEN, SEEN),
    "/admin/accounts/accountrecovery/add/": (NO, NO, NO, SEEN, SEEN),
    "/admin/outbox/outgoingemail/?trouble=late": (NO, SEEN, SEEN, NO, SEEN),
}
# By address of a step: the status of a POST for each of ROLES.
STEPS = {
    "/admin/accounts/user/{person}/step/end_sessions/": (NO, NO, NO, DONE, DONE),
    "/admin/accounts/user/{person}/step/lift_limits/": (NO, NO, NO, NOTHING, NOTHING),
    "/admin/developer_apps/app/{app}/step/revoke_keys/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/app/{app}/step/block/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/app/{app}/incident/export/": (NO, NO, SEEN, NO, SEEN),
    "/admin/developer_apps/supportrequest/{question}/step/reply/": (NO, NO, DONE, DONE, DONE),
    "/admin/developer_apps/supportrequest/{question}/step/close/": (NO, NO, DONE, DONE, DONE),
    "/admin/developer_apps/supportrequest/{question}/work/claim/": (NO, NO, DONE, DONE, DONE),
    "/admin/developer_apps/supportrequest/{question}/work/note/": (NO, NO, DONE, DONE, DONE),
    "/admin/developer_apps/appreport/{report}/step/handle/": (NO, NO, DONE, NO, DONE),
    "/admin/notifications/delivery/{delivery}/change/": (NO, NO, NO, NO, NO),
    "/admin/operations/serviceincident/{incident}/change/": (
        NO,
        NO,
        SEEN,
        NO,
        SEEN,
    ),  # the form again: it is not filled in
    "/admin/developer_apps/publicaccessrequest/{request}/work/claim/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/publicaccessrequest/{request}/work/release/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/publicaccessrequest/{request}/work/note/": (NO, NO, DONE, NO, DONE),
    "/admin/developer_apps/publicaccessrequest/{request}/step/deny/": (NO, NO, DONE, NO, DONE),
    "/admin/notifications/announcement/{announcement}/step/try/": (NO, NO, NO, NO, DONE),
    "/admin/notifications/announcement/{announcement}/step/send/": (NO, NO, NO, NO, DONE),
}


def cells(table):
    return [(address, role, row[number]) for address, row in table.items() for number, role in enumerate(ROLES)]


# What the page of a person shows to each of ROLES but "none", who doesn't see the page.
PANELS = {
    "Sessions": {"reader", "reviewer", "support", "superuser"},
    "Account recoveries": {"reader", "reviewer", "support", "superuser"},
    "Connected apps": {"reader", "reviewer", "support", "superuser"},
    "Activity": {"reader", "reviewer", "support", "superuser"},
    "Teams and apps": {"reader", "reviewer", "support", "superuser"},
    "Test users": {"reader", "reviewer", "support", "superuser"},
    "Support requests": {"reader", "reviewer", "support", "superuser"},
    "Tasks": {"reader", "reviewer", "support", "superuser"},
    "Last deliveries": {"reader", "reviewer", "support", "superuser"},
    "Refused address": {"reader", "reviewer", "support", "superuser"},
    "Production access": {"reader", "reviewer", "superuser"},
}


@pytest.fixture
def address_of(application, public_application, developer, citizen, superuser, make_token):
    request = application.app.request_public_access(by=developer)
    make_token(public_application, citizen)
    connected = citizen.authorizations.get()
    notification = Notification.objects.create(app=public_application.app, user=citizen, sender="x", subject="Ready")
    announcement = Announcement.objects.create(subject="Hello", audience="developers", created_by=superuser)
    rows = {
        "person": citizen.pk,
        "app": public_application.app.pk,
        "request": request.pk,
        "announcement": announcement.pk,
        "authorization": connected.pk,
        "team": application.app.team_id,
        "task": Task.objects.create(app=public_application.app, user=citizen, name="Renew").pk,
        "delivery": Delivery.objects.create(notification=notification, channel="email", give_up_at=timezone.now()).pk,
        "question": SupportRequest.objects.ask(developer, subject="Refused", text="Why?").pk,
        "report": AppReport.file(public_application.app, by=citizen, kind="other", text="").pk,
        "incident": ServiceIncident.objects.create(title="Texts are late").pk,
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


@pytest.mark.parametrize("role", ROLES[1:])
def test_what_the_page_of_a_person_shows_to_a_role(role, address_of, browser_of):
    page = browser_of(role).get(address_of("/admin/accounts/user/{person}/change/")).content.decode()
    assert {title for title in PANELS if f"<h2>{title}</h2>" in page} == {
        title for title, roles in PANELS.items() if role in roles
    }


@pytest.mark.parametrize("role", ["reader", "reviewer", "support"])
def test_each_link_on_the_page_of_a_person_opens(role, address_of, browser_of):
    browser = browser_of(role)
    page = browser.get(address_of("/admin/accounts/user/{person}/change/")).content.decode()
    links = {link for link in re.findall(r'href="(/admin/[^"#]+)"', page) if "/logout/" not in link}
    assert any("/authorization/" in link for link in links)
    assert {browser.get(link.replace("&amp;", "&")).status_code for link in links} == {SEEN}


def test_a_reviewer_writes_an_incident_of_the_status_page(browser_of, address_of):
    sent = {
        "title": "Sign-in is slow",
        "impact": "degraded",
        "started_at": "2026-11-20T10:00",
        "ended_at": "",
        "updates-TOTAL_FORMS": "1",
        "updates-INITIAL_FORMS": "0",
        "updates-0-at": "2026-11-20T10:05",
        "updates-0-text": "We are looking into it.",
    }
    assert browser_of("reviewer").post("/admin/operations/serviceincident/add/", sent).status_code == DONE
    incident = ServiceIncident.objects.get(title="Sign-in is slow")
    assert [update.text for update in incident.updates.all()] == ["We are looking into it."]
