"""The test users of a team: how they are created, edited and removed."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import contributions
from developer_apps.contributions import ProfileForm, registered
from developer_apps.models import Team, TestUser
from developer_apps.sandbox import personas
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

MAX_TEST_USERS = 100


@transaction.atomic
def create_test_user(team: Team, *, name: str = "", persona: str = "", by: "User", is_of_run: bool = False) -> TestUser:
    """Create a test user, with a persona's profile if one is named. Raise InvalidTransition at MAX_TEST_USERS.

    Those of runs do not count, because they are deleted soon after.
    """
    Team.objects.select_for_update().get(pk=team.pk)
    if not is_of_run and team.test_users.filter(runs=None).count() >= MAX_TEST_USERS:
        raise InvalidTransition(
            _("A team can have %(count)d test users. Remove one first.") % {"count": MAX_TEST_USERS}
        )
    described = personas.get(persona)
    name = name.strip() or (described.name if described else "")
    test_user = TestUser.objects.create_for(
        team, name=name, persona=described.slug if described else "", by=by, can_be_default=not is_of_run
    )
    personas.fill(test_user.user, persona)
    return test_user


def remove_test_user(test_user: TestUser, *, by: "User | None") -> None:
    """Delete a test user with all its data, as a person's account would be."""
    test_user.remove(by=by, erase=contributions.erase)


def profile_form(test_user: TestUser, data: Mapping[str, Any] | None = None) -> ProfileForm | None:
    """Return the form for a test user's profile, bound if `data` is given; None if no app keeps profiles."""
    make = next((each.profile_form for each in registered if each.profile_form), None)
    return make(test_user.user, data) if make else None


def can_edit_profiles() -> bool:
    """Whether an app keeps profiles that developers can edit."""
    return any(each.profile_form for each in registered)
