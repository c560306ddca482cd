"""Steps of teams, apps and keys that two people take at the same moment, each with a connection of its own."""

import itertools
import uuid
from copy import copy
from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.deletion import delete_account
from accounts.models import User
from developer_apps.models import App, AppChange, Client, PublicAccessRequest, ResourceServer, Secret, Team, TestUser
from developer_apps.models.changes import propose
from developer_apps.models.clients import MAX_LIVE_SECRETS
from developer_apps.portal import deletion, registration
from developer_apps.sandbox import test_users
from myusa.lib.security.digests import digest
from myusa.lib.steps import InvalidTransition
from tests.factories import make_app, make_user
from tests.threads import at_once

pytestmark = [pytest.mark.postgres, pytest.mark.django_db(transaction=True)]


def problems(results):
    """Return the refusals among the results; anything else that was raised is a fault."""
    raised = [each for each in results if isinstance(each, BaseException)]
    assert all(isinstance(each, InvalidTransition) for each in raised), raised
    return raised


class TestSecrets:
    @pytest.mark.parametrize("live", range(1, MAX_LIVE_SECRETS + 1))
    @pytest.mark.parametrize("steps", itertools.combinations_with_replacement(["add", "rotate", "rotate now"], 2))
    def test_none_ends_earlier_than_a_page_said_and_there_are_five_at_most(self, application, developer, live, steps):
        client = application.client
        while client.secrets.live().count() < live:
            client.add_secret(by=developer)
        before = set(client.secrets.values_list("pk", flat=True))

        def step(name):
            own = Client.objects.get(pk=client.pk)
            if name == "add":
                return own.add_secret(by=developer)[1]
            return own.rotate_secret(by=developer, overlap=timedelta(hours=24 if name == "rotate" else 0))

        results = at_once(*[lambda name=name: step(name) for name in steps])
        refused = problems(results)
        secrets = client.secrets.live()
        assert secrets.count() <= MAX_LIVE_SECRETS
        made = {digest(each) for each in results if isinstance(each, str)}
        if "rotate now" not in steps:
            assert before <= set(secrets.values_list("pk", flat=True))
            assert made <= set(secrets.values_list("digest", flat=True))
            assert len(refused) == max(0, live + 2 - MAX_LIVE_SECRETS)
            soon = timezone.now() + timedelta(hours=23)
            assert not client.secrets.filter(expires_at__lt=soon).exists()
        else:
            assert made & set(secrets.values_list("digest", flat=True))

    def test_of_two_rotations_of_a_resource_server_one_is_refused(self, developer):
        server = ResourceServer(name="Parcel office")
        in_use = server.make_secret(by=developer)
        rows = [ResourceServer.objects.get(), ResourceServer.objects.get()]
        results = at_once(*[lambda row=row: row.make_secret(by=developer) for row in rows])
        assert len(problems(results)) == 1
        (new,) = [each for each in results if isinstance(each, str)]
        for secret in (in_use, new):
            assert ResourceServer.objects.authenticate(server.client_id, secret) == server


class TestInvitations:
    @pytest.fixture
    def guest(self):
        return make_user("guest@example.gov")

    def test_accepted_twice_it_makes_one_member(self, team, developer, guest):
        invitation, _token = team.invite(guest.email, "member", by=developer)
        again = team.invitations.get(pk=invitation.pk)
        assert sorted(at_once(lambda: invitation.accept(guest), lambda: again.accept(guest))) == [False, True]
        assert team.memberships.filter(user=guest).count() == 1

    def test_two_links_to_one_person_make_one_member(self, team, developer, guest):
        first, _token = team.invite(guest.email, "member", by=developer)
        second = team.invitations.create(
            email=guest.email, role="admin", token_digest="x", invited_by=developer, expires_at=first.expires_at
        )
        results = at_once(lambda: first.accept(guest), lambda: second.accept(guest))
        assert results == [True, True]
        assert team.memberships.filter(user=guest).count() == 1

    @pytest.mark.parametrize("end", ["withdrawn", "author removed", "author demoted"])
    def test_it_is_accepted_or_ends(self, team, developer, teammate, guest, end):
        team.change_role(teammate, "admin", by=developer)
        invitation, _token = team.invite(guest.email, "admin", by=teammate)
        ends = {
            "withdrawn": lambda: team.invitations.get(pk=invitation.pk).withdraw(by=developer),
            "author removed": lambda: Team.objects.get(pk=team.pk).remove(teammate, by=developer),
            "author demoted": lambda: Team.objects.get(pk=team.pk).change_role(teammate, "member", by=developer),
        }
        accepted, ended = at_once(lambda: invitation.accept(guest), ends[end])
        assert ended is None
        assert accepted in (True, False)
        assert team.has_member(guest) == accepted
        assert not team.invitations.open().exists()

    def test_invited_twice_an_address_has_one_open_invitation(self, team, developer):
        at_once(*[lambda: Team.objects.get(pk=team.pk).invite("new@example.gov", "member", by=developer)] * 2)
        assert team.invitations.open().count() == 1


class TestApps:
    def test_one_form_registers_one_app(self, outsider):
        key = uuid.uuid4()

        def register():
            return registration.register(
                outsider,
                details={"name": "Permit Desk"},
                scopes=["profile.email"],
                redirect_uris=["https://permits.example.gov/cb"],
                form_key=key,
            )

        results = at_once(register, register, register)
        repeats = [each for each in results if isinstance(each, registration.RegisteredAlreadyError)]
        assert len(repeats) == 2, results
        assert App.objects.count() == Secret.objects.count() == Team.objects.count() == 1

    def test_two_forms_of_a_new_developer_make_one_team(self, outsider):
        results = at_once(*[lambda: make_app(outsider).app.team_id] * 3)
        assert len(set(results)) == 1, results
        assert Team.objects.filter(is_personal=True).count() == 1

    def test_test_users_have_a_limit(self, team, developer, monkeypatch):
        monkeypatch.setattr(test_users, "MAX_TEST_USERS", 3)
        results = at_once(*[lambda: test_users.create_test_user(team, name="Tess", by=developer)] * 5)
        assert len(problems(results)) == 2
        assert TestUser.objects.count() == 3
        assert TestUser.objects.filter(is_default=True).count() == 1

    def test_another_test_user_becomes_the_default(self, team, developer):
        made = [test_users.create_test_user(team, name=name, by=developer) for name in ("A", "B", "C")]
        results = at_once(
            *[lambda each=each: TestUser.objects.get(pk=each.pk).make_default(by=developer) for each in made]
        )
        assert results == [None] * 3
        assert TestUser.objects.filter(is_default=True).count() == 1

    def test_public_access_is_requested_once(self, application, developer):
        results = at_once(*[lambda: App.objects.get(pk=application.app.pk).request_public_access(by=developer)] * 3)
        assert len(problems(results)) == 2
        assert PublicAccessRequest.objects.count() == 1

    @pytest.mark.parametrize(
        "steps", list(itertools.combinations(["approve", "deny", "withdraw"], 2)) + [("approve", "approve")]
    )
    @pytest.mark.parametrize("model", [PublicAccessRequest, AppChange])
    def test_of_two_decisions_one_counts(self, application, public_application, developer, staff, steps, model):
        if model is PublicAccessRequest:
            application.app.request_public_access(by=developer)
        else:
            propose(public_application.app, {"name": "Another name"}, by=developer)
        decisions = {
            "approve": lambda row: row.approve(by=staff),
            "deny": lambda row: row.deny(by=staff, reason="No."),
            "withdraw": lambda row: row.withdraw(by=developer),
        }
        newest = model.objects.latest("pk").pk
        results = at_once(*[lambda step=step: decisions[step](model.objects.get(pk=newest)) for step in steps])
        assert len(problems(results)) == 1
        assert model.objects.get(pk=newest).status != "pending"

    def test_deleted_twice_they_are_gone(self, application, team, developer, outsider):
        test_user = test_users.create_test_user(team, name="Tess", by=developer)
        app, person = App.objects.get(pk=application.app.pk), User.objects.get(pk=outsider.pk)
        for delete in (
            lambda: deletion.delete(copy(app), by=developer, reason=""),
            lambda: test_users.remove_test_user(copy(test_user), by=developer),
            lambda: delete_account(copy(person)),
        ):
            assert at_once(delete, delete, delete) == [None] * 3
        assert not App.objects.exists()
        assert not TestUser.objects.exists()
        assert not User.objects.filter(pk=person.pk).exists()
