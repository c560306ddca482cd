"""The test users of a team: how they are created, edited and removed."""

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any, Protocol

from django.db import transaction
from django.utils.translation import gettext as _

from accounts import contributions
from developer_apps.models import Team, TestUser
from developer_apps.sandbox import personas
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

MAX_TEST_USERS = 100


@transaction.atomic
def make_test_user(team: Team, *, name: str = "", persona: str = "", by: "User") -> TestUser:
    """Make a test user, with the whole profile of a persona if one is named; raise InvalidTransition at MAX_TEST_USERS."""
    Team.objects.select_for_update().get(pk=team.pk)
    if team.test_users.count() >= MAX_TEST_USERS:
        raise InvalidTransition(
            _("A team can have %(count)d test users. Remove one first.") % {"count": MAX_TEST_USERS}
        )
    described = personas.get(persona)
    name = name.strip() or (described.name if described else "")
    test_user = TestUser.objects.create_for(team, name=name, persona=described.slug if described else "", by=by)
    personas.fill(test_user.user, persona)
    return test_user


@transaction.atomic
def remove_test_user(test_user: TestUser, *, by: "User") -> None:
    """Delete a test user with all its data, as a person's account would be."""
    contributions.erase(test_user.user)
    test_user.remove(by=by)


class ProfileForm(Protocol):
    """A form over a test user's profile; `save` keeps what a valid one brought."""

    def is_valid(self) -> bool: ...
    def save(self, *, by: "User") -> object: ...


MakeProfileForm = Callable[["User", Mapping[str, Any] | None], ProfileForm]
_profile_form: MakeProfileForm | None = None


def register_profile_form(make: MakeProfileForm) -> None:
    """Let developers edit test users' profiles; the app that keeps profiles registers it in `AppConfig.ready()`.

    `make(user, data)` returns a form that is bound if `data` is given.
    """
    global _profile_form
    _profile_form = make


def profile_form(test_user: TestUser, data: Mapping[str, Any] | None = None) -> ProfileForm | None:
    """Return the form over a test user's profile, or None while nobody keeps profiles."""
    return _profile_form(test_user.user, data) if _profile_form else None


def can_edit_profiles() -> bool:
    """Whether somebody keeps profiles that developers can edit."""
    return _profile_form is not None
