"""The person a client's own sandbox token acts as: one of the team's test users, and never anyone else."""

import uuid
from typing import NamedTuple

from developer_apps.access.tokens import Access
from developer_apps.errors import TEST_USER_NEEDED, TEST_USER_UNKNOWN
from developer_apps.models import TestUser

TEST_USER_HEADER = "X-Test-User"


class ActingFor(NamedTuple):
    """The test user whose data a call reaches."""

    user_id: int
    uid: uuid.UUID
    email: str


def test_user_for(team_id: int, uid: str | None) -> ActingFor | None:
    """Return the team's test user with this uid, or without one its default; None if it has no default.

    One statement, filtered on the team: another team's test user is as unknown as a real person. Raises
    TEST_USER_UNKNOWN if `uid` is given and names none of the team's test users.
    """
    found = TestUser.objects.filter(team_id=team_id).values_list("user_id", "user__uid", "user__email")
    if not uid:
        row = found.filter(is_default=True).first()
        return ActingFor(*row) if row else None
    try:
        row = found.filter(user__uid=uuid.UUID(uid)).first()
    except ValueError:
        row = None
    if row is None:
        raise TEST_USER_UNKNOWN.problem()
    return ActingFor(*row)


def acting(access: Access, test_user_uid: str | None, *, needs_user: bool = True) -> Access:
    """Return `access` with the user it acts for: a client's own sandbox token acts for one of the team's test users.

    Raises TEST_USER_UNKNOWN, and where `needs_user`, TEST_USER_NEEDED if the team has no default test user.
    """
    if not access.is_client_token or access.is_production:
        return access
    test_user = test_user_for(access.team_id, test_user_uid)
    if test_user is None:
        if needs_user:
            raise TEST_USER_NEEDED.problem()
        return access
    return access._replace(
        user_id=test_user.user_id, user_uid=test_user.uid, user_email=test_user.email, is_test_user=True
    )
