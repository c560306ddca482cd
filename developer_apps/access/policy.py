"""The policy of use: who may sign in through an app, which tokens are usable, and which scopes they carry.

Plain facts in, an answer out: no models, no queries, no HTTP. `developer_apps.access.facts` gathers the facts from rows,
`developer_apps.access.tokens` from the one row it reads per call. Each caller says a refusal in its own words: an error
code, an OAuth error, a reason for not sending, a sentence on a page. How to add a condition:
docs/how-to/add-a-condition-of-use.md.
"""

from collections.abc import Callable
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

Scopes = frozenset[str]


class Refusal(Enum):
    """Why something is refused, in order of precedence."""

    EXPIRED = auto()
    REVOKED = auto()
    BLOCKED = auto()
    SUSPENDED = auto()
    INACTIVE_USER = auto()
    PRIVATE = auto()


class AppFacts(NamedTuple):
    """An app. `withheld_scopes` are those that its sandbox-only products keep for its team and test users.

    `app_token_scopes` are those of products that take the app's own token only.
    """

    team_id: int
    is_public: bool
    is_blocked: bool
    scopes: Scopes = frozenset()
    withheld_scopes: Scopes = frozenset()
    app_token_scopes: Scopes = frozenset()


class KeyFacts(NamedTuple):
    """One key pair of an app."""

    is_production: bool
    is_suspended: bool


class UserFacts(NamedTuple):
    """A person or test user, as the app's team knows them. `test_user_team_id` is None for a person."""

    is_active: bool
    is_member: bool
    test_user_team_id: int | None = None


class GrantFacts(NamedTuple):
    """What a person allowed the app."""

    is_revoked: bool
    scopes: Scopes


def app_refusal(app: AppFacts) -> Refusal | None:
    """Why the app as a whole is refused: no one signs in, no token or secret of it works."""
    return Refusal.BLOCKED if app.is_blocked else None


def keys_refusal(app: AppFacts, keys: KeyFacts) -> Refusal | None:
    """Why these keys are refused, no matter who uses them."""
    return app_refusal(app) or (Refusal.SUSPENDED if keys.is_suspended else None)


def sign_in_refusal(app: AppFacts, user: UserFacts) -> Refusal | None:
    """Why this user cannot sign in through the app now."""
    return app_refusal(app) or _user_refusal(app, user)


def use_refusal(
    app: AppFacts, keys: KeyFacts, user: UserFacts | None, grant: GrantFacts | None, expires: datetime, now: datetime
) -> Refusal | None:
    """Why a token or code is refused. A client's own token has neither user nor grant."""
    if expires <= now:
        return Refusal.EXPIRED
    if grant is not None and grant.is_revoked:
        return Refusal.REVOKED
    return keys_refusal(app, keys) or (None if user is None else _user_refusal(app, user))


def is_insider(app: AppFacts, user: UserFacts | None) -> bool:
    """Whether this is the app's own team: a member, one of its test users, or no one (a client's own token)."""
    return user is None or user.is_member or user.test_user_team_id == app.team_id


def grantable_scopes(app: AppFacts, keys: KeyFacts | None, user: UserFacts | None) -> Scopes:
    """What this user can allow the app, with these keys (None: with any of the app's keys).

    Without a user: what a token of the app's own can carry.
    """
    scopes = app.scopes if user is None else app.scopes - app.app_token_scopes
    is_withheld = not is_insider(app, user) or (keys is not None and keys.is_production)
    return scopes - app.withheld_scopes if is_withheld else scopes


def effective_scopes(
    app: AppFacts,
    keys: KeyFacts,
    user: UserFacts | None,
    grant: GrantFacts | None,
    granted: Scopes,
    production_scopes: Callable[[], Scopes],
) -> Scopes:
    """What a token that was granted `granted` carries now.

    `production_scopes`, called for a client's own production token only, gives the scopes of the products that staff
    granted the app in production. Such a token carries no others.
    """
    scopes = granted & grantable_scopes(app, keys, user)
    if grant is not None:
        scopes &= grant.scopes
    if user is None and keys.is_production:
        scopes &= production_scopes()
    return scopes


def _user_refusal(app: AppFacts, user: UserFacts) -> Refusal | None:
    if not user.is_active:
        return Refusal.INACTIVE_USER
    if user.test_user_team_id is not None:
        return None if user.test_user_team_id == app.team_id else Refusal.PRIVATE
    return None if app.is_public or user.is_member else Refusal.PRIVATE
