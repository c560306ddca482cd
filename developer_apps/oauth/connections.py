"""Which apps a person is connected to, and what each may have: the page of connected apps."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from developer_apps import scopes
from developer_apps.access import facts, policy
from developer_apps.access.policy import Refusal, Scopes, UserFacts
from developer_apps.contributions import ScopeGroup
from developer_apps.models import Authorization, Membership
from developer_apps.oauth import consent_values
from developer_apps.traffic import activity

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class Connection:
    """A live authorization with the scopes granted, in groups, and those that could be.

    With a `refusal` it is inactive: the app's tokens for this person are refused.
    """

    authorization: Authorization
    groups: list[ScopeGroup]
    offered: Scopes
    refusal: Refusal | None

    @property
    def is_private(self) -> bool:
        """Whether it is inactive because the person is not in the team of a private app."""
        return self.refusal is Refusal.PRIVATE

    def choices(self, ticked: set[str] | None = None) -> list[dict[str, Any]]:
        """Return all offered scopes in groups, each with whether it is ticked, its value and when the app last read it."""
        user, app = self.authorization.user, self.authorization.app
        values, reads = consent_values.values(user, self.offered), activity.last_reads(user, app)
        marked = set(self.authorization.scope_list) if ticked is None else ticked
        return [
            {
                "slug": group.slug,
                "label": group.label,
                "scopes": [
                    {
                        "name": scope.name,
                        "label": scope.label,
                        "language": scope.language,
                        "ticked": scope.name in marked,
                        "value": values.get(scope.name),
                        "has_value": scope.name in values,
                        "last_read": reads.get(scope.name),
                    }
                    for scope in group.scopes
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
    app = facts.of_app(authorization.app)
    user = UserFacts(is_active=True, is_member=app.team_id in teams)
    offered = policy.grantable_scopes(app, None, user)
    granted = scopes.grouped(set(authorization.scope_list) & offered)
    return Connection(authorization, granted, offered, policy.sign_in_refusal(app, user))
