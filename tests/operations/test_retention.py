"""Every table has an end for its rows: a job deletes them, or they go with what they belong to, or they are a record."""

from datetime import timedelta

import pytest
from django.apps import apps
from django.core.management import call_command
from django.utils import timezone

from accounts.models import AccountRecovery
from accounts.models.work import StaffNote
from developer_apps.models import AppReport, FormerMember, Invitation
from notifications.models import InboundText
from onboarding.models import ProductionRequest, Slot
from tests.factories import make_app, make_team, make_user

DAY = timedelta(days=1)
OURS = {"myusa", "accounts", "developer_apps", "profiles", "tasks", "notifications", "onboarding"}

# What the jobs of `manage.py purge` delete; docs/operations.md says after how long.
DELETED = """
accounts.AccountRecovery accounts.Allowance accounts.CodeGuard accounts.FailedAttempt accounts.OneTimeCode
accounts.Session accounts.SpentCode
developer_apps.AccessToken developer_apps.AppReport developer_apps.Call developer_apps.EarlyOutcome
developer_apps.FormerMember developer_apps.Grant developer_apps.HourlyReach developer_apps.HourlyTraffic
developer_apps.IdempotentResponse developer_apps.Invitation developer_apps.LinkCheck developer_apps.Logo
developer_apps.RefreshKey developer_apps.RefreshToken developer_apps.RefusedRequest developer_apps.SupportMessage
developer_apps.SupportRequest
notifications.Attempt notifications.Delivery notifications.InboundText notifications.Notification
onboarding.Slot
operations.ErrorPage operations.ServiceDay
outbox.OutgoingEmail
"""
# At most a few for each person, app or team, with which they are deleted.
BELONGS = """
accounts.Claim accounts.Phone accounts.StaffNote
developer_apps.AppChange developer_apps.Authorization developer_apps.Client developer_apps.DeprecationNotice
developer_apps.EmailChoice developer_apps.FormerConnection developer_apps.Membership
developer_apps.PublicAccessRequest developer_apps.Run developer_apps.RunStep developer_apps.Secret
developer_apps.Subscription developer_apps.TestUser developer_apps.TokenEvent
notifications.AnnouncementPreference notifications.AppLimit notifications.Preference notifications.RefusedAddress
profiles.Profile
"""
# Records: what was decided, what staff wrote, and sums without people.
RECORDS = """
accounts.LegalText
developer_apps.AppName developer_apps.ChangelogEntry developer_apps.DailyReach developer_apps.DailyTraffic
developer_apps.Deprecation developer_apps.HelpArticle developer_apps.PageRating developer_apps.Product
developer_apps.ResourceServer developer_apps.Scenario developer_apps.ScenarioStep
notifications.Announcement
onboarding.Affidavit onboarding.AffidavitText onboarding.Closure onboarding.Demo onboarding.ProductionRequest
onboarding.RequestEmail onboarding.Score onboarding.Signature onboarding.Submission
operations.ServiceCount operations.ServiceIncident operations.ServiceIncidentUpdate operations.Tally
"""
# People, and what they delete themselves.
THEIRS = "accounts.User developer_apps.App developer_apps.Team tasks.Task tasks.TaskItem"


def test_every_table_has_an_end_for_its_rows():
    tables = [model._meta.label for model in apps.get_models() if model.__module__.split(".")[0] in OURS]
    listed = [label for labels in (DELETED, BELONGS, RECORDS, THEIRS) for label in labels.split()]
    assert sorted(listed) == sorted(tables)


def an_invitation(at):
    team = make_team(make_user())
    Invitation.objects.bulk_create(
        [Invitation(team=team, email="x@example.gov", token_digest=f"{at:%j}", expires_at=at, accepted_at=at)]
    )


def a_former_member(at):
    FormerMember.objects.create(team=make_team(make_user()), user=make_user(), left_at=at)


def a_handled_report(at):
    report = AppReport.objects.create(app=make_app().app, user=make_user(), kind="other", handled_at=at)
    report.staff_notes.create(text="Looked into it.")


def a_canceled_recovery(at):
    moments = {"requested_at": at, "effective_at": at, "canceled_at": at}
    AccountRecovery.objects.create(user=make_user(), kind="email", reason="Lost.", token_digest=f"{at:%j}", **moments)


def a_text(at):
    InboundText.objects.create(provider_id=f"SM{at:%j}", received_at=at)


def a_time(at):
    Slot.objects.create(starts_at=at)


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("make", "model", "days"),
    [
        (an_invitation, Invitation, 90),
        (a_former_member, FormerMember, 90),
        (a_handled_report, AppReport, 365),
        (a_canceled_recovery, AccountRecovery, 365),
        (a_text, InboundText, 365),
        (a_time, Slot, 90),
    ],
)
def test_old_rows_are_deleted_and_others_are_not(make, model, days):
    Slot.objects.all().delete()
    now = timezone.now()
    make(now - (days + 1) * DAY)
    (old,) = model.objects.values_list("pk", flat=True)
    make(now - (days - 1) * DAY)
    assert model.objects.count() == 2
    call_command("purge", verbosity=0)
    assert model.objects.count() == 1
    assert not model.objects.filter(pk=old).exists()
    assert StaffNote.objects.count() == AppReport.objects.count()


@pytest.mark.django_db
def test_what_is_open_stays_however_old_it_is():
    long_ago = timezone.now() - 3000 * DAY
    AppReport.objects.create(app=make_app().app, user=make_user(), kind="other", created_at=long_ago)
    moments = {"requested_at": long_ago, "effective_at": timezone.now() + DAY}
    AccountRecovery.objects.create(user=make_user(), kind="email", reason="Lost.", token_digest="x", **moments)
    call_command("purge", verbosity=0)
    assert AppReport.objects.count() == AccountRecovery.objects.count() == 1


@pytest.mark.django_db
def test_a_booked_time_stays_with_its_demo(developer):
    slot = Slot.objects.create(starts_at=timezone.now() - 400 * DAY)
    request = ProductionRequest.objects.create(app=make_app(developer).app, created_by=developer)
    request.demos.create(slot=slot)
    call_command("purge", verbosity=0)
    assert Slot.objects.filter(pk=slot.pk).exists()
