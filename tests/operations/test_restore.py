"""What a restored backup brings back is ended by one command, before the site starts."""

import io
import re
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group
from django.core.management import call_command
from django.utils import timezone

from accounts import jobs
from accounts.models import AccountRecovery, OneTimeCode, Session
from developer_apps.models import AccessToken, Grant, RefreshToken
from tests import factories
from tests.accounts.codes import add_second_factor

pytestmark = pytest.mark.django_db
OPERATIONS = Path(__file__).resolve().parent.parent.parent / "docs" / "operations.md"


@pytest.fixture
def restored(sign_in, client, citizen, public_application, make_token):
    """A site with a browser, a token, a code that waits, and a recovery that its owner canceled after the backup."""
    support = factories.make_user("support@example.gov", is_staff=True)
    support.groups.add(Group.objects.get(name="Account support"))
    add_second_factor(citizen)
    AccountRecovery.objects.begin(citizen, kind="second_factor", reason="Called us.", by=support)
    client.post("/users/sign_in", {"email": "newcomer@example.gov"})
    return sign_in(citizen), make_token(public_application, citizen, "profile.email")


def run(*arguments):
    out = io.StringIO()
    call_command("after_restore", *arguments, stdout=out)
    return out.getvalue()


def rows():
    return [model.objects.count() for model in (AccessToken, RefreshToken, Grant, Session, OneTimeCode)]


def test_nobody_is_signed_in_and_no_recovery_goes_on(restored, citizen, api):
    browser, token = restored
    assert browser.get("/settings/account").status_code == 200
    assert api(token).get("/api/v1/profile").status_code == 200

    run("--yes")

    assert rows() == [0, 0, 0, 0, 0]
    assert browser.get("/settings/account").status_code == 302
    assert api(token).get("/api/v1/profile").status_code == 401
    AccountRecovery.objects.update(effective_at=timezone.now())
    jobs.apply_recoveries()
    assert Authenticator.objects.filter(user=citizen).exists(), "the recovery took effect"


def test_twice_does_no_more_than_once(restored):
    run("--yes")
    assert all(line.endswith(": 0 ended") for line in run("--yes").splitlines())


def test_without_yes_it_only_says_what_would_end(restored):
    before = rows()
    said = run()
    assert "account recoveries: 1 would end" in said
    assert "--yes" in said
    assert rows() == before
    assert AccountRecovery.objects.open().count() == 1


def test_procedure_names_the_command():
    procedure = re.search(r"## Backup and restore\n(.*?)\n## ", OPERATIONS.read_text(), re.DOTALL)[1]
    assert "manage.py after_restore --yes" in procedure
