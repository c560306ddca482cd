"""Teams: members, roles, invitations, and the rule that someone must lead."""

import re
from datetime import timedelta
from urllib.parse import urlencode

import pytest
from django.core import mail
from django.utils import timezone

from developer_apps.models import Invitation, Membership, Team
from myusa.lib import history
from tests.factories import make_team, make_user


def invite(browser, team, email="newcomer@example.gov", role="member"):
    return browser.post(f"/developer/teams/{team.pk}/invite", {"email": email, "role": role})


@pytest.fixture
def invited(sign_in, developer, team, make_user, django_capture_on_commit_callbacks):
    """A person with the path of the link in their mail."""
    with django_capture_on_commit_callbacks(execute=True):
        invite(sign_in(developer), team)
    link = re.search(r"http://testserver(/developer/teams/invitations/\S+)", mail.outbox[-1].body)
    return make_user("newcomer@example.gov"), link[1]


def role_of(team, user):
    return team.memberships.filter(user=user).values_list("role", flat=True).first()


def test_the_creator_of_a_team_is_its_admin(sign_in, outsider):
    answer = sign_in(outsider).post("/developer/teams/new", {"name": "Parks"})
    team = Team.objects.get(name="Parks")
    assert answer.url == f"/developer/teams/{team.pk}/"
    assert team.has_admin(outsider)


def test_others_find_no_team(sign_in, outsider, rival, teammate, team):
    make_team(rival)
    for person in (outsider, rival):
        browser = sign_in(person)
        for path in ("", "history", f"members/{teammate.pk}/remove"):
            assert browser.get(f"/developer/teams/{team.pk}/{path}").status_code == 404
        for path in ("rename", "invite", f"members/{teammate.pk}/role", f"members/{teammate.pk}/remove"):
            assert browser.post(f"/developer/teams/{team.pk}/{path}", {"name": "x"}).status_code == 404
    assert team.memberships.count() == 2


def test_members_see_the_team_and_change_nothing_but_leave(sign_in, teammate, developer, team):
    browser = sign_in(teammate)
    page = browser.get(f"/developer/teams/{team.pk}/").content.decode()
    assert developer.email in page
    assert "Send the invitation" not in page
    for path in ("rename", "invite", f"members/{developer.pk}/role", f"members/{developer.pk}/remove"):
        assert browser.post(f"/developer/teams/{team.pk}/{path}", {"name": "x", "role": "member"}).status_code == 403
    browser.post(f"/developer/teams/{team.pk}/members/{teammate.pk}/remove")
    assert not team.has_member(teammate)


def test_an_admin_changes_roles_and_removes(sign_in, developer, teammate, team):
    browser = sign_in(developer)
    browser.post(f"/developer/teams/{team.pk}/members/{teammate.pk}/role", {"role": "admin"})
    assert role_of(team, teammate) == Membership.Role.ADMIN
    browser.post(f"/developer/teams/{team.pk}/members/{teammate.pk}/role", {"role": "owner"})
    assert role_of(team, teammate) == Membership.Role.ADMIN
    browser.post(f"/developer/teams/{team.pk}/members/{teammate.pk}/remove")
    assert role_of(team, teammate) is None
    history = browser.get(f"/developer/teams/{team.pk}/history").content.decode()
    assert "Role changed" in history
    assert "Member removed" in history


def test_the_last_admin_can_neither_leave_nor_step_down(sign_in, developer, team):
    browser = sign_in(developer)
    for path, data in (("role", {"role": "member"}), ("remove", {})):
        answer = browser.post(f"/developer/teams/{team.pk}/members/{developer.pk}/{path}", data, follow=True)
        assert "at least one admin" in answer.content.decode()
    assert role_of(team, developer) == Membership.Role.ADMIN


def test_steps_that_a_last_admin_cannot_take_are_not_offered(sign_in, developer, teammate, team):
    browser, path = sign_in(developer), f"/developer/teams/{team.pk}/"
    page = browser.get(path).content.decode()
    assert "Leave" not in page
    assert "Make member" not in page
    team.change_role(teammate, "admin", by=developer)
    page = browser.get(path).content.decode()
    assert "Leave" in page
    assert page.count("Make member") == 2


def test_a_personal_team_stores_no_address_and_shows_its_owners(sign_in, developer, superuser):
    team = Team.objects.personal_of(developer)
    assert team.name == ""
    assert developer.email not in str(history.of(team).values_list("object_repr", "changes"))
    page = sign_in(developer).get("/developer/teams/").content.decode()
    assert "Personal team" in page
    assert developer.email in page
    browser = sign_in(superuser)
    for path in (f"/admin/search?q={developer.email}", "/admin/developer_apps/team/"):
        page = browser.get(path).content.decode()
        assert "Personal team" in page
        assert developer.email in page
    assert browser.get(f"/admin/developer_apps/team/{team.pk}/change/").status_code == 200
    citizen = make_user()
    team.memberships.create(user=citizen, role=Membership.Role.ADMIN)
    Team.objects.personal_of(citizen)
    form = sign_in(citizen).get("/developer/apps/new").content.decode()
    assert f"Personal team of {developer.email}" in form


def test_a_personal_team_is_named_after_the_person_whose_it_is(sign_in, developer, teammate, rival):
    team = Team.objects.personal_of(developer)
    team.memberships.create(user=teammate)
    team.memberships.create(user=rival, role=Membership.Role.ADMIN)
    pages = [
        " ".join(sign_in(person).get(f"/developer/teams/{team.pk}/").content.decode().split())
        for person in (developer, teammate, rival)
    ]
    assert "Your personal team. You can invite others at any time." in pages[0]
    assert f"The personal team of {developer.email}. Its admins manage members." in pages[1]
    assert f"The personal team of {developer.email}. You can invite others at any time." in pages[2]


def test_who_was_invited_to_anothers_personal_team_has_one_of_their_own(developer, teammate, rival):
    team = Team.objects.personal_of(developer)
    team.memberships.create(user=teammate)
    team.memberships.create(user=rival, role=Membership.Role.ADMIN)
    for person in (teammate, rival):
        own = Team.objects.personal_of(person)
        assert own != team
        assert own == Team.objects.personal_of(person)
    assert Team.objects.personal_of(developer) == team


def test_sign_in_by_an_invitation_says_which_team_waits(anonymous, invited, team, developer, sign_in):
    _newcomer, path = invited
    page = anonymous.get(path, follow=True).content.decode()
    assert f"You are invited to the team {team.name}. Sign in with the address that got the invitation." in page
    Invitation.objects.get().withdraw(by=developer)
    assert "You are invited" not in anonymous.get(path, follow=True).content.decode()


def test_a_person_of_another_team_is_not_found_here(sign_in, developer, rival, team):
    make_team(rival)
    answer = sign_in(developer).post(f"/developer/teams/{team.pk}/members/{rival.pk}/remove")
    assert answer.status_code == 404
    assert rival.teams.count() == 1


def test_an_invited_person_joins_by_the_emailed_link(sign_in, invited, team):
    newcomer, path = invited
    browser = sign_in(newcomer)
    assert "Join Benefits Team" in browser.get(path).content.decode()
    assert not team.has_member(newcomer), "looking joins nothing"
    assert browser.post(path).url == f"/developer/teams/{team.pk}/"
    assert role_of(team, newcomer) == Membership.Role.MEMBER
    team.memberships.filter(user=newcomer).delete()
    assert browser.post(path).status_code == 404, "the link works once"


def test_a_member_who_opens_the_link_again_is_led_to_the_team(sign_in, invited, team):
    person, path = invited
    browser = sign_in(person)
    browser.post(path)
    assert browser.get(path).url == f"/developer/teams/{team.pk}/"


def test_the_link_works_for_the_invited_address_alone(sign_in, invited, outsider, team):
    _newcomer, path = invited
    browser = sign_in(outsider)
    assert browser.get(path).status_code == 403
    assert browser.post(path).status_code == 403
    assert not team.has_member(outsider)


def test_who_is_signed_in_with_another_address_comes_back_with_the_right_one(sign_in, invited, outsider):
    newcomer, path = invited
    browser = sign_in(outsider)
    page = browser.get(path).content.decode()
    assert 'action="/users/switch"' in page
    assert f'name="next" value="{path}"' in page
    assert newcomer.email not in page
    assert browser.post("/users/switch", {"next": path}).url == f"/users/sign_in?{urlencode({'next': path})}"


def test_an_invitation_admits_only_its_addressee(invited, outsider, team):
    assert not Invitation.objects.get().accept(outsider)
    assert not team.has_member(outsider)


def test_the_link_asks_for_a_sign_in(anonymous, invited):
    _newcomer, path = invited
    assert anonymous.get(path).url.startswith("/users/sign_in?next=/developer/teams/invitations/")


def test_expired_withdrawn_and_made_up_links_are_refused(sign_in, developer, invited, team):
    newcomer, path = invited
    browser = sign_in(newcomer)
    assert browser.post("/developer/teams/invitations/made-up").status_code == 404
    Invitation.objects.update(expires_at=timezone.now() - timedelta(minutes=1))
    assert browser.post(path).status_code == 404
    Invitation.objects.update(expires_at=timezone.now() + timedelta(days=1))
    invitation = Invitation.objects.get()
    sign_in(developer).post(f"/developer/teams/{team.pk}/invitations/{invitation.pk}/withdraw")
    assert browser.post(path).status_code == 404
    assert not team.has_member(newcomer)


def test_the_token_of_an_invitation_is_not_stored(invited):
    _newcomer, path = invited
    token = path.rsplit("/", 1)[1]
    assert token not in str(list(Invitation.objects.values()))


@pytest.mark.parametrize(
    "email",
    ["", "no address", "teammate@example.gov", "TEAMMATE@example.gov", "a@test.invalid", "a@b.gov\nBcc: x@y.gov"],
)
def test_bad_invitations_are_refused(sign_in, developer, team, email):
    assert invite(sign_in(developer), team, email=email).status_code == 400
    assert not Invitation.objects.exists()


def test_an_invitation_gives_no_role_that_does_not_exist(sign_in, developer, team):
    assert invite(sign_in(developer), team, role="owner").status_code == 400


def test_inviting_again_replaces_the_first_link(sign_in, developer, invited, team):
    newcomer, path = invited
    invite(sign_in(developer), team)
    assert sign_in(newcomer).post(path).status_code == 404
    assert Invitation.objects.count() == 1


def test_a_team_is_renamed(sign_in, developer, team):
    browser = sign_in(developer)
    browser.post(f"/developer/teams/{team.pk}/rename", {"name": "Grants"})
    assert Team.objects.get(pk=team.pk).name == "Grants"
    browser.post(f"/developer/teams/{team.pk}/rename", {"name": ""})
    assert Team.objects.get(pk=team.pk).name == "Grants"


@pytest.mark.usefixtures("still_clock")
def test_no_one_sends_mail_to_the_world_by_invitations(sign_in, developer, team):
    browser = sign_in(developer)
    answers = [invite(browser, team, email=f"person{number}@example.gov").status_code for number in range(31)]
    assert answers == [302] * 30 + [429]
    assert Invitation.objects.count() == 30
