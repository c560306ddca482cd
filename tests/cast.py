"""The fixed cast: the same people in every test, so a name says the role.

Citizen uses apps. Developer owns the team; Teammate is a plain member of it; Outsider belongs to nothing.
Rival is an admin of another team. Staff are reviewers, Superuser may do everything.
"""

from collections.abc import Callable
from typing import Any

import pytest
from django.contrib.auth.models import Group
from django.test import Client as Browser

from accounts.models import User
from developer_apps.models import Team
from tests import factories
from tests.factories import Api, Application


@pytest.fixture
def citizen(db: Any) -> User:
    return factories.make_user("citizen@example.gov")


@pytest.fixture
def outsider(db: Any) -> User:
    return factories.make_user("outsider@example.gov")


@pytest.fixture
def developer(db: Any) -> User:
    return factories.make_user("developer@example.gov")


@pytest.fixture
def teammate(db: Any) -> User:
    return factories.make_user("teammate@example.gov")


@pytest.fixture
def rival(db: Any) -> User:
    return factories.make_user("rival@example.gov")


@pytest.fixture
def staff(db: Any) -> User:
    """A staff member with the reviewers' permissions."""
    user = factories.make_user("staff@example.gov", is_staff=True)
    join_group(user, "Staff reviewer")
    return user


@pytest.fixture
def superuser(db: Any) -> User:
    return factories.make_user("superuser@example.gov", is_staff=True, is_superuser=True)


@pytest.fixture
def team(developer: User, teammate: User) -> Team:
    return factories.make_team(developer, teammate, name="Benefits Team")


@pytest.fixture
def application(developer: User, team: Team) -> Application:
    """The team's private app with every built-in scope."""
    return factories.make_app(developer, team=team, name="Benefit Finder")


@pytest.fixture
def public_application(developer: User, team: Team) -> Application:
    """The team's public app with every built-in scope."""
    return factories.make_app(developer, team=team, name="Open Finder", public=True)


@pytest.fixture
def make_user(db: Any) -> Callable[..., User]:
    return factories.make_user


@pytest.fixture
def make_app(db: Any) -> Callable[..., Application]:
    return factories.make_app


@pytest.fixture
def make_token(db: Any) -> Callable[..., str]:
    return factories.make_token


@pytest.fixture
def api() -> Callable[..., Api]:
    """`api(token)`: a caller of the resource APIs."""
    return Api


@pytest.fixture
def sign_in() -> Callable[..., Browser]:
    """`sign_in(user)` or `sign_in(user, browser, age=…)`: a browser in which `user` is signed in."""

    def signed_in(user: User, browser: Browser | None = None, **options: Any) -> Browser:
        return factories.sign_in(browser or Browser(), user, **options)

    return signed_in


def join_group(user: User, name: str) -> None:
    if group := Group.objects.filter(name=name).first():
        user.groups.add(group)
