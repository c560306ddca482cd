"""People report apps to staff, and the team never learns who did."""

import pytest
from django.urls import reverse

from accounts.models import User
from developer_apps.emails import preview_of_report
from developer_apps.models import AppReport, Authorization
from myusa.lib.steps import InvalidTransition
from myusa.outbox.models import OutgoingEmail


def path_to(application):
    return reverse("developer_apps:report_app", args=[application.app.pk])


def test_a_person_reports_a_public_app_from_its_consent_page(public_application, citizen, sign_in):
    browser = sign_in(citizen)
    query = {"response_type": "code", "client_id": public_application.client_id, "scope": "profile.email"}
    assert path_to(public_application) in browser.get("/oauth/authorize", query).content.decode()
    assert browser.get(path_to(public_application)).status_code == 200
    page = browser.post(
        path_to(public_application), {"kind": "pretends", "text": "It says it is the IRS."}, follow=True
    )
    assert "MyUSA staff will look into it" in page.content.decode()
    report = AppReport.objects.get()
    assert (report.user, report.kind, report.text) == (citizen, "pretends", "It says it is the IRS.")


def test_the_list_of_connected_apps_leads_to_a_report(public_application, citizen, sign_in):
    Authorization.objects.grant(citizen, public_application.app, allowed=[])
    page = sign_in(citizen).get(reverse("developer_apps:authorizations")).content.decode()
    assert path_to(public_application) in page


def test_a_report_needs_its_kind(public_application, citizen, sign_in):
    response = sign_in(citizen).post(path_to(public_application), {"text": "Bad"})
    assert response.status_code == 400
    assert "Choose what’s wrong." in response.content.decode()
    assert not AppReport.objects.exists()


def test_a_private_app_is_not_there_for_strangers(application, citizen, sign_in):
    assert sign_in(citizen).get(path_to(application)).status_code == 404


def test_a_second_report_replaces_the_open_one(public_application, citizen, sign_in):
    browser = sign_in(citizen)
    for kind in ("pretends", "misuse"):
        browser.post(path_to(public_application), {"kind": kind})
    assert [report.kind for report in AppReport.objects.all()] == ["misuse"]


def test_staff_find_the_report_on_their_work_page_and_handle_it(public_application, citizen, staff, sign_in):
    report = AppReport.file(public_application.app, by=citizen, kind="misuse", text="It sold my address.")
    browser = sign_in(staff)
    assert "Reports about apps" in browser.get(reverse("admin:index")).content.decode()
    page = browser.get(reverse("admin:developer_apps_appreport_change", args=[report.pk])).content.decode()
    assert "It sold my address." in page
    browser.post(
        reverse("admin:developer_apps_appreport_action", args=[report.pk, "handle"]),
        {"confirmed": "handle", "reason": "Wrote to them."},
    )
    report.refresh_from_db()
    assert report.handled_by == staff


@pytest.mark.parametrize("is_blocked", [False, True])
def test_the_person_hears_in_their_language_that_staff_looked_into_it(public_application, citizen, staff, is_blocked):
    User.objects.filter(pk=citizen.pk).update(language="es")
    app = public_application.app
    report = AppReport.file(app, by=citizen, kind="misuse", text="It sold my address.")
    if is_blocked:
        app.block(by=staff, reason="It sold addresses.")
        report = AppReport.objects.get()
    (shown,) = preview_of_report(report)
    report.handle(by=staff, reason="Wrote to Better Finder.")
    sent = OutgoingEmail.objects.get(kind="accounts/report_handled")
    assert shown.to == [sent.recipient] == [citizen.email]
    assert sent.content["subject"] == f"Revisamos su reporte sobre {app.name}"
    assert ("Bloqueamos" in sent.content["text"]) is is_blocked
    assert ("We blocked" in shown.text) is is_blocked
    assert "Better Finder" not in sent.content["text"], "what staff did is for staff"
    with pytest.raises(InvalidTransition):
        report.handle(by=staff, reason="Again.")
    assert OutgoingEmail.objects.filter(kind="accounts/report_handled").count() == 1


def test_the_team_learns_nothing_of_a_report_not_even_as_staff(
    public_application, team, citizen, developer, staff, sign_in
):
    report = AppReport.file(public_application.app, by=citizen, kind="misuse", text="It sold my address.")
    team.memberships.create(user=staff)
    browser = sign_in(staff)
    assert browser.get(reverse("admin:developer_apps_appreport_change", args=[report.pk])).status_code == 302
    assert "citizen@" not in browser.get(reverse("admin:developer_apps_appreport_changelist")).content.decode()
    history = sign_in(developer).get(reverse("developer_apps:history", args=[public_application.app.pk]))
    assert "citizen@" not in history.content.decode()
