"""A team with members keeps an admin, whatever two admins do at the same moment."""

import itertools

import pytest
from django.core import mail
from hypothesis import given, settings
from hypothesis import strategies as st

from accounts.deletion import delete_account
from accounts.models import User
from developer_apps.models import Membership, Team
from myusa.lib.steps import InvalidTransition
from myusa.outbox.jobs import deliver
from tests.factories import make_team, make_user
from tests.threads import at_once

ADMIN = Membership.Role.ADMIN


def pair():
    first, second = make_user(), make_user()
    member = make_user()
    team = make_team(first, member)
    team.memberships.create(user=second, role=ADMIN)
    return team, first, second


def acts(team, actor, other):
    """What `actor` can do, by name; each works on rows that it reads itself."""

    def fresh(user):
        return User.objects.get(pk=user.pk)

    def of():
        return Team.objects.get(pk=team.pk)

    return {
        "leaves": lambda: of().remove(fresh(actor), by=fresh(actor)),
        "removes the other": lambda: of().remove(fresh(other), by=fresh(actor)),
        "steps down": lambda: of().change_role(fresh(actor), "member", by=fresh(actor)),
        "demotes the other": lambda: of().change_role(fresh(other), "member", by=fresh(actor)),
        "deletes the account": lambda: delete_account(fresh(actor)),
    }


# What the loser of a race meets: a refusal with its reason, or rows that are gone, which pages answer with 404.
GONE = (InvalidTransition, Membership.DoesNotExist, User.DoesNotExist, Team.DoesNotExist)
NAMES = ["leaves", "removes the other", "steps down", "demotes the other", "deletes the account"]


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(("first_act", "second_act"), list(itertools.combinations_with_replacement(NAMES, 2)))
def test_two_admins_at_the_same_moment_leave_an_admin(first_act, second_act):
    team, first, second = pair()
    results = at_once(acts(team, first, second)[first_act], acts(team, second, first)[second_act])
    assert team.memberships.filter(role=ADMIN).exists(), results
    for result in results:
        assert result is None or isinstance(result, InvalidTransition), results


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
@settings(max_examples=120)
@given(
    admins=st.integers(2, 3),
    members=st.integers(0, 2),
    chosen=st.lists(st.tuples(st.integers(0, 2), st.integers(1, 2), st.sampled_from(NAMES)), min_size=2, max_size=4),
)
def test_any_acts_of_several_admins_leave_an_admin_or_no_team(admins, members, chosen):
    people = [make_user() for _number in range(admins)]
    team = make_team(people[0], *[make_user() for _number in range(members)])
    for each in people[1:]:
        team.memberships.create(user=each, role=ADMIN)
    competing = [
        acts(team, people[actor % admins], people[(actor + other) % admins])[name] for actor, other, name in chosen
    ]
    results = at_once(*competing)
    for result in results:
        assert result is None or isinstance(result, GONE), results
    if Team.objects.filter(pk=team.pk).exists():
        assert team.memberships.filter(role=ADMIN).exists() or not team.memberships.exists(), results


@pytest.mark.django_db
class TestOneAfterTheOther:
    def test_the_last_admin_cannot_leave_and_reads_why(self, sign_in, developer, team):
        page = sign_in(developer).post(f"/developer/teams/{team.pk}/members/{developer.pk}/remove", follow=True)
        assert "A team needs at least one admin. Make someone else an admin first." in page.content.decode()
        assert team.has_admin(developer)

    def test_who_is_no_longer_an_admin_changes_no_role(self, developer, teammate, team):
        team.change_role(teammate, ADMIN, by=developer)
        team.change_role(developer, "member", by=teammate)
        with pytest.raises(InvalidTransition, match="no longer an admin"):
            team.change_role(developer, ADMIN, by=developer)

    def test_staff_appoint_an_admin_of_a_team_without_one(self, sign_in, superuser, developer, teammate, team):
        team.memberships.filter(user=developer).delete()
        browser, page = sign_in(superuser), f"/admin/developer_apps/team/{team.pk}/change/"
        assert "Appoint an admin" in browser.get(page).content.decode()
        assert team.name in browser.get("/admin/developer_apps/team/", {"admin": "none"}).content.decode()
        browser.post(
            f"/admin/developer_apps/team/{team.pk}/step/appoint_admin/",
            {"confirmed": "appoint_admin", "reason": "The only admin closed the account."},
        )
        assert team.has_admin(teammate)
        browser.get(page)  # shows the message that it is done
        assert "Appoint an admin" not in browser.get(page).content.decode()
        assert "The only admin closed the account." in browser.get(page).content.decode()
        deliver()
        assert [message.to for message in mail.outbox] == [[teammate.email]]
        assert "The only admin closed the account." in mail.outbox[0].body


@pytest.mark.django_db
class TestInvitationsOfAFormerAdmin:
    @pytest.fixture
    def invited(self, developer, teammate, team):
        team.change_role(teammate, ADMIN, by=developer)
        _invitation, token = team.invite("second@example.gov", ADMIN, by=teammate)
        return f"/developer/teams/invitations/{token}"

    @pytest.mark.parametrize("how", ["removed", "demoted"])
    def test_they_end_with_the_role_of_their_author(self, sign_in, developer, teammate, team, invited, how):
        if how == "removed":
            page = sign_in(developer).get(f"/developer/teams/{team.pk}/members/{teammate.pk}/remove").content.decode()
            assert "second@example.gov" in page
            sign_in(developer).post(f"/developer/teams/{team.pk}/members/{teammate.pk}/remove")
        else:
            sign_in(developer).post(f"/developer/teams/{team.pk}/members/{teammate.pk}/role", {"role": "member"})
        second = make_user("second@example.gov")
        assert sign_in(second).get(invited).status_code == 404
        assert sign_in(second).post(invited).status_code == 404
        assert not team.has_member(second)

    def test_one_that_was_missed_is_not_accepted(self, sign_in, teammate, team, invited):
        team.memberships.filter(user=teammate).update(role="member")
        second = make_user("second@example.gov")
        assert sign_in(second).post(invited).status_code == 404
        assert not team.has_member(second)

    def test_those_of_other_admins_stay(self, developer, teammate, team, invited):
        team.invite("third@example.gov", "member", by=developer)
        team.remove(teammate, by=developer)
        assert list(team.invitations.values_list("email", flat=True)) == ["third@example.gov"]
