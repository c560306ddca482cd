"""Teams of a person whose account is deleted: empty ones are deleted, the others keep an admin."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from developer_apps.models import App, Membership, Team, TestUser
from developer_apps.portal import deletion

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class TeamChange:
    """What happens to one team: it is deleted with its `apps`, or kept. `new_admin` is set if it has no other admin."""

    team: Team
    apps: list[App]
    is_deleted: bool
    new_admin: Membership | None


def plan(user: "User") -> list[TeamChange]:
    """Return what would happen to each of the person's teams. The longest-serving member becomes admin."""
    return [
        _plan_for(membership) for membership in user.memberships.select_related("team").order_by("team__name", "pk")
    ]


def close_apps(user: "User") -> Callable[[], None]:
    """Block the apps that are deleted with the person, so no call inserts anything for them; return how to undo it."""
    apps = [app.pk for change in plan(user) if change.is_deleted for app in change.apps]
    now, closed = timezone.now(), list(App.objects.filter(pk__in=apps, blocked_at=None).values_list("pk", flat=True))
    App.objects.filter(pk__in=closed, blocked_at=None).update(blocked_at=now, closing_at=now)

    def reopen() -> None:
        App.objects.filter(pk__in=closed).update(blocked_at=None, closing_at=None)

    return reopen


@transaction.atomic
def leave_teams(user: "User") -> None:
    """Remove a person from all teams. Delete the teams without members, with their apps and test users."""
    list(Team.objects.filter(pk__in=user.teams.values("pk")).select_for_update().order_by("pk"))
    for change in plan(user):
        if change.is_deleted:
            _delete(change.team, by=user)
            continue
        if change.new_admin:
            change.team.appoint_admin(by=user, leaving=user)
        change.team.remove(user, by=user)


def _plan_for(membership: Membership) -> TeamChange:
    team = membership.team
    others = list(team.memberships.exclude(pk=membership.pk).select_related("user").order_by("created_at", "pk"))
    has_admin = any(other.role == Membership.Role.ADMIN for other in others)
    new_admin = others[0] if others and not has_admin else None
    return TeamChange(team, list(team.apps.all()), is_deleted=not others, new_admin=new_admin)


def _delete(team: Team, *, by: "User") -> None:
    for app in team.apps.all():
        deletion.delete(app, by=by, reason=str(_("The last member of the team deleted their account.")))
    for test_user in TestUser.objects.filter(team=team).select_related("user"):
        test_user.user.delete()
    team.delete()
