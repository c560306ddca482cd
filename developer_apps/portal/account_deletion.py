"""What becomes of teams when a person leaves for good: nobody's team ends, everybody else's goes on with an admin."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.db import transaction

from developer_apps.models import App, Membership, Team, TestUser

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Leaving:
    """One team of the person who leaves: it ends with its `apps`, or goes on, led by `heir` if it has no other admin."""

    team: Team
    apps: list[App]
    ends: bool
    heir: Membership | None


def plan(user: "User") -> list[Leaving]:
    """Return what would happen to each of the person's teams. The member who is there longest inherits."""
    return [
        _plan_for(membership) for membership in user.memberships.select_related("team").order_by("team__name", "pk")
    ]


@transaction.atomic
def leave_teams(user: "User") -> None:
    """Take a person out of all teams; delete those that nobody is left in, with their apps and test users."""
    for leaving in plan(user):
        if leaving.ends:
            _end(leaving.team, by=user)
            continue
        if leaving.heir:
            leaving.team.change_role(leaving.heir.user, Membership.Role.ADMIN, by=user)
        leaving.team.remove(user, by=user)


def _plan_for(membership: Membership) -> Leaving:
    team = membership.team
    others = list(team.memberships.exclude(pk=membership.pk).select_related("user").order_by("created_at", "pk"))
    is_led = any(other.role == Membership.Role.ADMIN for other in others)
    heir = others[0] if others and not is_led else None
    return Leaving(team, list(team.apps.all()), ends=not others, heir=heir)


def _end(team: Team, *, by: "User") -> None:
    for app in team.apps.all():
        app.remove(by=by)
    for test_user in TestUser.objects.filter(team=team).select_related("user"):
        test_user.user.delete()
    team.delete()
