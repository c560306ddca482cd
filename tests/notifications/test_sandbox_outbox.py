"""A team sees what its apps sent to its test users; no one else does."""

import pytest

from tests.factories import Api, make_test_user, make_token


@pytest.fixture
def outbox(team):
    return f"/developer/teams/{team.pk}/sandbox-outbox"


@pytest.fixture
def recorded(team, application):
    """Two test users got one message each; return them."""
    test_users = [make_test_user(team, name=name) for name in ("First", "Second")]
    for each in test_users:
        subject = {"notification": {"subject": f"For {each.name}", "body": "<script>alert(1)</script>"}}
        Api(make_token(application)).post("/api/v1/notifications", subject, X_Test_User=str(each.user.uid))
    return test_users


def test_members_see_what_was_sent_newest_first(sign_in, teammate, outbox, recorded):
    content = sign_in(teammate).get(outbox).content.decode()

    assert content.index("For Second") < content.index("For First")
    assert "<script>alert" not in content


def test_one_test_user_can_be_chosen(sign_in, teammate, outbox, recorded):
    content = sign_in(teammate).get(f"{outbox}?test_user={recorded[0].pk}").content.decode()

    assert "For First" in content
    assert "For Second" not in content


@pytest.mark.parametrize("value", ["x", "-1", "9" * 30, "%00", "²"])
def test_choice_that_makes_no_sense_shows_nothing(sign_in, teammate, outbox, recorded, value):
    response = sign_in(teammate).get(f"{outbox}?test_user={value}")

    assert response.status_code == 200
    assert "Nothing here yet" in response.content.decode()


def test_messages_to_people_are_not_in_it(sign_in, teammate, outbox, application, developer):
    Api(make_token(application, developer)).post("/api/v1/notifications", {"notification": {"subject": "For a person"}})

    assert "For a person" not in sign_in(teammate).get(outbox).content.decode()


def test_other_teams_find_nothing(sign_in, rival, anonymous, outbox, recorded):
    assert sign_in(rival).get(outbox).status_code == 404
    assert anonymous.get(outbox).status_code == 302


def test_statements_do_not_grow_with_the_messages(
    sign_in, teammate, outbox, recorded, application, django_assert_max_num_queries
):
    for _ in range(10):
        Api(make_token(application)).post("/api/v1/notifications", {"notification": {"subject": "One more"}})
    browser = sign_in(teammate)
    browser.get(outbox)

    with django_assert_max_num_queries(15):
        browser.get(outbox)
