"""A process that is killed while it deletes leaves nothing inactive."""

from datetime import timedelta

import pytest
import time_machine
from django.utils import timezone

from accounts import deletion
from accounts.jobs import reopen_interrupted as reopen_accounts
from accounts.models import User
from developer_apps.jobs import reopen_interrupted as reopen_apps
from developer_apps.models import App, TestUser
from developer_apps.sandbox.test_users import remove_test_user
from tests import factories
from tests.developer_apps import flows

pytestmark = pytest.mark.django_db


class Killed(BaseException):
    """Ends the process, as far as the code in its way can tell."""


@pytest.fixture
def killed(monkeypatch):
    def kill(delete):
        monkeypatch.undo()
        raise Killed

    monkeypatch.setattr("myusa.lib.database.deletion.delete_in_use", kill)


def after(minutes):
    return time_machine.travel(timezone.now() + timedelta(minutes=minutes))


def test_account_can_be_used_and_deleted_again(citizen, killed):
    with pytest.raises(Killed):
        deletion.delete_account(citizen)
    assert not User.objects.get(pk=citizen.pk).is_active

    with after(minutes=30):
        reopen_accounts()
        assert not User.objects.get(pk=citizen.pk).is_active, "it may still be deleted by another process"
    with after(minutes=70):
        assert reopen_accounts() == 1
        assert reopen_accounts() == 0
    assert User.objects.get(pk=citizen.pk).is_active
    deletion.delete_account(User.objects.get(pk=citizen.pk))
    assert not User.objects.filter(pk=citizen.pk).exists()


def test_account_that_staff_deactivated_stays_so(citizen, killed):
    User.objects.filter(pk=citizen.pk).update(is_active=False)
    with pytest.raises(Killed):
        deletion.delete_account(citizen)
    with after(minutes=70):
        assert reopen_accounts() == 0
    assert not User.objects.get(pk=citizen.pk).is_active


def test_app_works_again(public_application, developer, killed):
    with pytest.raises(Killed):
        App.objects.get().remove(by=developer)
    assert flows.client_credentials(public_application).status_code == 401
    with after(minutes=70):
        assert reopen_apps() == 1
        assert flows.client_credentials(public_application).status_code == 200
    App.objects.get().remove(by=developer)
    assert not App.objects.exists()


def test_app_that_staff_blocked_stays_so(public_application, superuser, developer, killed):
    public_application.app.block(by=superuser, reason="Abuse")
    with pytest.raises(Killed):
        App.objects.get().remove(by=developer)
    with after(minutes=70):
        assert reopen_apps() == 0
    assert App.objects.get().is_blocked


def test_test_user_works_again(team, developer, killed):
    test_user = factories.make_test_user(team, by=developer)
    with pytest.raises(Killed):
        remove_test_user(TestUser.objects.get(pk=test_user.pk), by=developer)
    with after(minutes=70):
        assert reopen_accounts() == 1
    assert User.objects.get(pk=test_user.user_id).is_active


def test_a_deletion_that_fails_is_undone_right_away(citizen, monkeypatch):
    def fail(user):
        raise OSError

    monkeypatch.setattr("accounts.contributions.erase", fail)
    with pytest.raises(OSError):
        deletion.delete_account(citizen)
    found = User.objects.get(pk=citizen.pk)
    assert (found.is_active, found.closing_at) == (True, None)
