"""What a bearer token is worth at this moment: the one rule that APIs, introspection and gateway share.

A token is usable when it is not expired or revoked, its authorization is live, its app is not blocked, its
keys are not suspended, and its user may sign in through the app in its present mode. All of it is read by
one statement at every call, so that nothing has to be told when one of these facts changes.
"""

import uuid
from datetime import datetime
from functools import cache
from typing import Any, NamedTuple

from django.db.models import Exists, OuterRef
from django.utils import timezone

from developer_apps import errors
from developer_apps.models import AccessToken, App, Authorization, Environment, Membership, Subscription
from developer_apps.models.authorizations import LAST_USED_RESOLUTION
from myusa.lib.database.statements import Select
from myusa.lib.http.errors import TOKEN_INVALID, Problems
from myusa.lib.security.digests import digest

MAX_TOKEN_LENGTH = 512


class Access(NamedTuple):
    """A usable token: which app acts, for whom, and what it may do. User fields are None without a user."""

    token_pk: int
    granted_scopes: frozenset[str]
    scopes: frozenset[str]
    issued: datetime
    expires: datetime
    authorization_id: int | None
    client_pk: int
    client_id: str
    environment: str
    app_id: int
    app_name: str
    app_mode: str
    team_id: int
    user_id: int | None
    user_uid: uuid.UUID | None
    user_email: str | None
    is_test_user: bool
    quota_overrides: tuple[int | None, int | None, int | None, int | None]
    of_user: Any = None

    @property
    def is_client_token(self) -> bool:
        """Whether the client itself holds this token (client credentials), with no person behind it."""
        return self.authorization_id is None

    @property
    def is_production(self) -> bool:
        return self.environment == Environment.PRODUCTION


class TokenFacts(NamedTuple):
    """One row about a token: everything that decides its worth."""

    token_pk: int
    scope: str
    created: datetime
    expires: datetime
    authorization_id: int | None
    authorization_scopes: str | None
    authorization_revoked_at: datetime | None
    last_used_at: datetime | None
    user_id: int | None
    user_uid: uuid.UUID | None
    user_email: str | None
    user_is_active: bool | None
    test_user_team_id: int | None
    is_member: bool
    client_pk: int
    client_id: str
    environment: str
    suspended_at: datetime | None
    app_id: int
    app_name: str
    app_mode: str
    app_scopes: str
    withheld_scopes: str
    blocked_at: datetime | None
    team_id: int
    sandbox_per_second: int | None
    sandbox_per_day: int | None
    production_per_second: int | None
    production_per_day: int | None
    of_user: Any = None


def is_member(*, team: str, user: str) -> Exists:
    """Whether the outer row's user is in the outer row's team."""
    return Exists(Membership.objects.filter(team=OuterRef(team), user=OuterRef(user)))


_COLUMNS = (
    "pk",
    "scope",
    "created",
    "expires",
    "authorization_id",
    "authorization__scopes",
    "authorization__revoked_at",
    "authorization__last_used_at",
    "authorization__user_id",
    "authorization__user__uid",
    "authorization__user__email",
    "authorization__user__is_active",
    "authorization__user__test_user__team_id",
    "is_member",
    "application_id",
    "application__client_id",
    "application__environment",
    "application__suspended_at",
    "application__app_id",
    "application__app__name",
    "application__app__mode",
    "application__app__scopes",
    "application__app__withheld_scopes",
    "application__app__blocked_at",
    "application__app__team_id",
    "application__app__sandbox_calls_per_second",
    "application__app__sandbox_calls_per_day",
    "application__app__production_calls_per_second",
    "application__app__production_calls_per_day",
)


@cache
def _by_checksum(of_user: str | None) -> Select[TokenFacts]:
    columns = [*_COLUMNS, f"authorization__user__{of_user}"] if of_user else _COLUMNS
    member = is_member(team="application__app__team_id", user="authorization__user_id")
    return Select(
        lambda checksum: (
            AccessToken.objects.filter(token_checksum=checksum).annotate(is_member=member).values_list(*columns)
        ),
        TokenFacts,
    )


class RefusedToken(Problems):
    """A token that exists but is not usable now. `facts` tell whose traffic the refusal is."""

    facts: TokenFacts

    @classmethod
    def of(cls, problems: Problems, facts: TokenFacts) -> "RefusedToken":
        refusal = cls(problems.problems, problems.headers)
        refusal.facts = facts
        return refusal


def usable(token: str, *, of_user: str | None = None) -> Access:
    """Return what `token` is worth now.

    `of_user` names one more value that the call will need, as a lookup from the user (`profile__values`): the same
    statement reads it, and `Access.of_user` holds it, None where there is no such row or no user.
    Raises `Problems`: TOKEN_INVALID for an unknown or expired one, and as `RefusedToken` APP_BLOCKED,
    KEYS_SUSPENDED or APP_PRIVATE for one that would otherwise do.
    """
    facts = _by_checksum(of_user).one(digest(token)) if 0 < len(token) <= MAX_TOKEN_LENGTH else None
    if facts is None:
        raise TOKEN_INVALID.problem()
    if problems := _refusal(facts):
        raise RefusedToken.of(problems, facts)
    _touch(facts)
    return _access(facts)


def _refusal(facts: TokenFacts) -> Problems | None:
    if facts.expires <= timezone.now() or facts.authorization_revoked_at is not None:
        return TOKEN_INVALID.problem()
    if facts.blocked_at is not None:
        return errors.APP_BLOCKED.problem()
    if facts.suspended_at is not None:
        return errors.KEYS_SUSPENDED.problem()
    if facts.user_id is not None:
        if not facts.user_is_active:
            return TOKEN_INVALID.problem()
        if not admits(facts.app_mode, facts.team_id, facts.is_member, facts.test_user_team_id):
            return errors.APP_PRIVATE.problem()
    return None


def admits(mode: str, team_id: int, is_member: bool, test_user_team_id: int | None) -> bool:
    """Whether a user may sign in through an app: as `App.admits`, from plain values."""
    if test_user_team_id is not None:
        return test_user_team_id == team_id
    return is_member or mode == App.Mode.PUBLIC


def effective_scopes(
    granted: str, authorized: str | None, registered: str, withheld: str, *, insider: bool, environment: str
) -> frozenset[str]:
    """Return granted ∩ authorized ∩ registered, less what sandbox-only products keep back.

    Those products' scopes stay with the team and its test users, and no production token carries them.
    """
    scopes = set(granted.split()) & set(registered.split())
    if authorized is not None:
        scopes &= set(authorized.split())
    if withheld and (not insider or environment == Environment.PRODUCTION):
        scopes -= set(withheld.split())
    return frozenset(scopes)


def _access(facts: TokenFacts) -> Access:
    insider = facts.user_id is None or facts.is_member or facts.test_user_team_id is not None
    scopes = effective_scopes(
        facts.scope,
        facts.authorization_scopes,
        facts.app_scopes,
        facts.withheld_scopes,
        insider=insider,
        environment=facts.environment,
    )
    if facts.user_id is None and facts.environment == Environment.PRODUCTION:
        scopes &= production_scopes(facts.app_id)
    return Access(
        token_pk=facts.token_pk,
        granted_scopes=frozenset(facts.scope.split()),
        scopes=scopes,
        issued=facts.created,
        expires=facts.expires,
        authorization_id=facts.authorization_id,
        client_pk=facts.client_pk,
        client_id=facts.client_id,
        environment=facts.environment,
        app_id=facts.app_id,
        app_name=facts.app_name,
        app_mode=facts.app_mode,
        team_id=facts.team_id,
        user_id=facts.user_id,
        user_uid=facts.user_uid,
        user_email=facts.user_email,
        is_test_user=facts.test_user_team_id is not None,
        quota_overrides=(
            facts.sandbox_per_second,
            facts.sandbox_per_day,
            facts.production_per_second,
            facts.production_per_day,
        ),
        of_user=facts.of_user,
    )


def production_scopes(app_id: int) -> frozenset[str]:
    """Return the scopes of the products that the app was granted in production: what its own tokens carry there."""
    granted = Subscription.objects.in_production().filter(app_id=app_id, product__sandbox_only=False)
    return frozenset(scope for scopes in granted.values_list("product__scopes", flat=True) for scope in scopes)


def _touch(facts: TokenFacts) -> None:
    if facts.authorization_id is None:
        return
    now = timezone.now()
    if facts.last_used_at is None or now - facts.last_used_at > LAST_USED_RESOLUTION:
        Authorization.objects.filter(pk=facts.authorization_id).update(last_used_at=now)
