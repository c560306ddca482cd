"""Which apps a person is connected to, and what each may have: the page of connected apps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from developer_apps import scopes
from developer_apps.contributions import ScopeGroup
from developer_apps.models import Authorization, Membership

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Connection:
    """A live authorization with the scopes granted, in groups, and those that could be.

    It rests while the app is private and the person not in its team: the app's tokens are refused.
    """

    authorization: Authorization
    groups: list[ScopeGroup]
    offered: set[str]
    rests: bool

    def choices(self, ticked: set[str] | None = None) -> list[dict[str, Any]]:
        """Return all offered scopes in groups, each with whether it is ticked, for the form."""
        marked = set(self.authorization.scope_list) if ticked is None else ticked
        return [
            {
                "slug": group.slug,
                "label": group.label,
                "scopes": [
                    {"name": scope.name, "label": scope.label, "ticked": scope.name in marked} for scope in group.scopes
                ],
            }
            for group in scopes.grouped(self.offered)
        ]


def of(user: "User") -> list[Connection]:
    """Return the live connections of `user`, the app used last first, in a fixed number of statements."""
    live = Authorization.objects.live().filter(user=user).select_related("app")
    teams = set(Membership.objects.filter(user=user).values_list("team_id", flat=True))
    connections = [_connection(authorization, teams) for authorization in live]
    return sorted(
        connections, key=lambda each: each.authorization.last_used_at or each.authorization.created_at, reverse=True
    )


def _connection(authorization: Authorization, teams: set[int]) -> Connection:
    app = authorization.app
    is_member = app.team_id in teams
    offered = set(app.scope_list) - (set() if is_member else set(app.withheld_scopes.split()))
    granted = scopes.grouped(set(authorization.scope_list) & offered)
    return Connection(authorization, granted, offered, rests=not (app.is_public or is_member))
