"""Members of a team make, use and remove its test users; strangers find no such page."""

import pytest

from developer_apps.access import acting
from developer_apps.models import Call, TestUser
from developer_apps.sandbox import personas, test_users
from profiles.models import Profile
from tests.developer_apps.elsewhere import record
from tests.factories import make_test_user, make_token


@pytest.fixture
def pages(team):
    return f"/developer/teams/{team.pk}/test-users/"


def test_empty_page_says_what_to_do(sign_in, teammate, pages):
    response = sign_in(teammate).get(pages)

    assert response.status_code == 200
    assert "No test users yet" in response.content.decode()


def test_member_creates_a_test_user_with_the_whole_profile_of_a_persona(sign_in, teammate, team, pages):
    persona = personas.all_personas()[0]

    response = sign_in(teammate).post(f"{pages}new", {"persona": persona.slug, "name": ""}, follow=True)

    made = team.test_users.get()
    assert (made.name, made.persona, made.is_default, made.created_by) == (persona.name, persona.slug, True, teammate)
    assert Profile.objects.of(made.user).values
    assert made.user.email.endswith("@test.invalid")
    assert str(made.user.uid) in response.content.decode()


def test_member_creates_a_test_user_with_a_name_only(sign_in, teammate, team, pages):
    sign_in(teammate).post(f"{pages}new", {"persona": "by-hand", "name": "Max Minimal"})

    made = team.test_users.get()
    assert (made.name, made.persona) == ("Max Minimal", "")
    assert not Profile.objects.of(made.user).values


@pytest.mark.parametrize(
    "data",
    [
        {},
        {"persona": "by-hand"},
        {"persona": "nobody"},
        {"persona": "by-hand", "name": "x" * 201},
        {"persona": "by-hand", "name": "a\x00b"},
    ],
)
def test_bad_forms_create_no_test_user(sign_in, teammate, pages, data):
    response = sign_in(teammate).post(f"{pages}new", data)

    assert response.status_code == 400
    assert not TestUser.objects.exists()


def test_a_team_has_at_most_a_hundred(sign_in, teammate, team, pages, monkeypatch):
    monkeypatch.setattr(test_users, "MAX_TEST_USERS", 1)
    make_test_user(team)

    response = sign_in(teammate).post(f"{pages}new", {"persona": "by-hand", "name": "One more"})

    assert response.status_code == 400
    assert team.test_users.count() == 1


def test_default_can_be_changed_and_is_one(sign_in, teammate, team, pages):
    first, second = make_test_user(team), make_test_user(team)

    sign_in(teammate).post(f"{pages}{second.pk}/default")

    assert list(team.test_users.filter(is_default=True)) == [second]
    assert acting.test_user_for(team.pk, None).user_id == second.user_id
    assert acting.test_user_for(team.pk, str(first.user.uid)).user_id == first.user_id


def test_profile_of_a_test_user_is_edited(sign_in, teammate, team, pages):
    test_user = make_test_user(team)
    browser = sign_in(teammate)
    assert browser.get(f"{pages}{test_user.pk}/profile").status_code == 200

    saved = browser.post(f"{pages}{test_user.pk}/profile", {"first_name": "Tess", "zip": "20405"})
    refused = browser.post(f"{pages}{test_user.pk}/profile", {"first_name": "Tess", "zip": "nonsense"})

    assert (saved.status_code, refused.status_code) == (302, 400)
    assert Profile.objects.of(test_user.user).value("first_name") == "Tess"


def test_removing_asks_first_and_takes_everything_along(sign_in, teammate, team, pages, application, api):
    test_user = make_test_user(team)
    token = make_token(application, test_user.user)
    record(application.app, user_id=test_user.user_id)
    browser = sign_in(teammate)

    assert browser.get(f"{pages}{test_user.pk}/remove").status_code == 200
    assert team.test_users.exists()
    browser.post(f"{pages}{test_user.pk}/remove")

    assert not team.test_users.exists()
    assert api(token).get("/api/v1/tokeninfo").status_code == 401
    assert Call.objects.first().user_id is None


def test_heir_becomes_the_default(team, teammate):
    first, second = make_test_user(team), make_test_user(team)

    test_users.remove_test_user(first, by=teammate)

    second.refresh_from_db()
    assert second.is_default


@pytest.mark.parametrize(
    ("path", "status_of_get"),
    [("", 404), ("new", 404), ("{id}/profile", 404), ("{id}/default", 405), ("{id}/remove", 404)],
)
def test_others_find_nothing(sign_in, rival, anonymous, team, pages, path, status_of_get):
    test_user = make_test_user(team)
    address = pages + path.format(id=test_user.pk)

    assert sign_in(rival).get(address).status_code == status_of_get
    assert sign_in(rival).post(address).status_code == 404
    assert anonymous.get(address).status_code == 302
    assert team.test_users.count() == 1


@pytest.mark.parametrize("path", ["{id}/profile", "{id}/default", "{id}/remove"])
def test_another_teams_test_user_is_not_found_through_ones_own_team(sign_in, teammate, pages, make_app, rival, path):
    foreign = make_test_user(make_app(rival).app.team)

    assert sign_in(teammate).post(pages + path.format(id=foreign.pk)).status_code == 404
    assert TestUser.objects.filter(pk=foreign.pk).exists()
