"""What a bearer token may do at this moment: the one rule that APIs, introspection and gateway share.

One statement reads all that the policy of use asks about a token, at every call and without a cache, so a change counts
at the next call.
"""

import uuid
from datetime import datetime
from typing import Annotated, Any, NamedTuple

from django.db.models import QuerySet
from django.utils import timezone

from developer_apps import errors
from developer_apps.access import policy
from developer_apps.access.facts import is_member, production_scopes, scopes
from developer_apps.access.policy import AppFacts, GrantFacts, KeyFacts, Refusal, Scopes, UserFacts
from developer_apps.models import AccessToken, App, Authorization, Environment
from developer_apps.models.authorizations import LAST_USED_RESOLUTION
from developer_apps.models.products import app_token_scopes
from developer_apps.models.traffic import Cause
from myusa.lib.database.statements import Select
from myusa.lib.http.errors import TOKEN_INVALID, Problems
from myusa.lib.security.digests import digest

MAX_TOKEN_LENGTH = 512
# A refusal without a code of its own is a matter of the app. An inactive person's token is as unknown as any
# other: no hint that the account exists.
_CODES = {
    Refusal.EXPIRED: TOKEN_INVALID,
    Refusal.REVOKED: TOKEN_INVALID,
    Refusal.SUSPENDED: errors.KEYS_SUSPENDED,
    Refusal.INACTIVE_USER: TOKEN_INVALID,
    Refusal.PRIVATE: errors.APP_PRIVATE,
}
_CAUSES = {Refusal.EXPIRED: Cause.EXPIRED, Refusal.REVOKED: Cause.REVOKED}


class Access(NamedTuple):
    """A usable token: which app acts, for which person, and what it may do. User fields are None without a user."""

    token_pk: int
    granted_scopes: Scopes
    scopes: Scopes
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
    profile_values: dict[str, Any] | None = None

    @property
    def is_client_token(self) -> bool:
        """Whether the client itself holds this token (client credentials), with no person behind it."""
        return self.authorization_id is None

    @property
    def is_production(self) -> bool:
        return self.environment == Environment.PRODUCTION


class UserAccess(Access):
    """The `Access` of a call that acts for a person, who may be a test user."""

    user_id: int
    user_uid: uuid.UUID
    user_email: str


class TokenRow(NamedTuple):
    """One row about a token: everything that decides what it may do."""

    pk: int
    scope: str
    created: datetime
    expires: datetime
    authorization_id: int | None
    authorization_scopes: Annotated[str | None, "authorization__scopes"]
    revoked_at: Annotated[datetime | None, "authorization__revoked_at"]
    last_used_at: Annotated[datetime | None, "authorization__last_used_at"]
    user_id: Annotated[int | None, "authorization__user_id"]
    user_uid: Annotated[uuid.UUID | None, "authorization__user__uid"]
    user_email: Annotated[str | None, "authorization__user__email"]
    user_is_active: Annotated[bool | None, "authorization__user__is_active"]
    test_user_team_id: Annotated[int | None, "authorization__user__test_user__team_id"]
    is_member: bool
    client_pk: Annotated[int, "application_id"]
    client_id: Annotated[str, "application__client_id"]
    environment: Annotated[str, "application__environment"]
    suspended_at: Annotated[datetime | None, "application__suspended_at"]
    app_id: Annotated[int, "application__app_id"]
    app_name: Annotated[str, "application__app__name"]
    app_mode: Annotated[str, "application__app__mode"]
    app_scopes: Annotated[str, "application__app__scopes"]
    withheld_scopes: Annotated[str, "application__app__withheld_scopes"]
    blocked_at: Annotated[datetime | None, "application__app__blocked_at"]
    team_id: Annotated[int, "application__app__team_id"]
    sandbox_per_second: Annotated[int | None, "application__app__sandbox_calls_per_second"]
    sandbox_per_day: Annotated[int | None, "application__app__sandbox_calls_per_day"]
    production_per_second: Annotated[int | None, "application__app__production_calls_per_second"]
    production_per_day: Annotated[int | None, "application__app__production_calls_per_day"]

    @property
    def is_test_user(self) -> bool:
        return self.test_user_team_id is not None


class TokenAndProfile(NamedTuple):
    """A token's row, and the profile of its user (None without one)."""

    token: Annotated[TokenRow, ""]
    profile_values: Annotated[dict[str, Any] | None, "authorization__user__profile__values"]


def _tokens(checksum: str) -> QuerySet[AccessToken]:
    return AccessToken.objects.filter(token_checksum=checksum).annotate(
        is_member=is_member(team="application__app__team_id", user="authorization__user_id")
    )


_by_checksum: Select[TokenRow] = Select(_tokens, TokenRow)
_with_profile: Select[TokenAndProfile] = Select(_tokens, TokenAndProfile)


class RefusedToken(Problems):
    """A token that exists but is not usable now.

    `row` names the app in whose traffic the refusal counts, with its `cause`.
    """

    row: TokenRow
    cause: str

    @classmethod
    def of(cls, problems: Problems, row: TokenRow, cause: str) -> "RefusedToken":
        refused = cls(problems.problems, problems.headers)
        refused.row, refused.cause = row, cause
        return refused


def usable(token: str, *, with_profile: bool = False) -> Access:
    """Return what `token` may do now.

    `with_profile` reads the profile of the token's user in the same statement, for the one call that most apps make.
    A second statement was 2 to 19 % slower in two noisy runs; the cause is not isolated (benchmarks/README.md).

    Raises `Problems`: TOKEN_INVALID for an unknown token, and as `RefusedToken` TOKEN_INVALID, APP_BLOCKED,
    KEYS_SUSPENDED or APP_PRIVATE for one that the policy of use refuses.
    """
    if not 0 < len(token) <= MAX_TOKEN_LENGTH:
        raise TOKEN_INVALID.problem()
    if with_profile:
        row, profile_values = _with_profile.one(digest(token)) or (None, None)
    else:
        row, profile_values = _by_checksum.one(digest(token)), None
    if row is None:
        raise TOKEN_INVALID.problem()
    now = timezone.now()
    app = AppFacts(
        row.team_id,
        row.app_mode == App.Mode.PUBLIC,
        row.blocked_at is not None,
        scopes(row.app_scopes),
        scopes(row.withheld_scopes),
        app_token_scopes(),
    )
    keys = KeyFacts(row.environment == Environment.PRODUCTION, row.suspended_at is not None)
    user = grant = None
    if row.authorization_id is not None:
        user = UserFacts(bool(row.user_is_active), row.is_member, row.test_user_team_id)
        grant = GrantFacts(row.revoked_at is not None, scopes(row.authorization_scopes))
    if refusal := policy.use_refusal(app, keys, user, grant, row.expires, now):
        raise RefusedToken.of(_CODES.get(refusal, errors.APP_BLOCKED).problem(), row, _CAUSES.get(refusal, ""))
    _touch(row, now)
    granted = scopes(row.scope)
    effective = policy.effective_scopes(app, keys, user, grant, granted, lambda: production_scopes(row.app_id))
    return _access(row, granted, effective, profile_values)


def _access(row: TokenRow, granted: Scopes, effective: Scopes, profile_values: dict[str, Any] | None) -> Access:
    return Access(
        token_pk=row.pk,
        granted_scopes=granted,
        scopes=effective,
        issued=row.created,
        expires=row.expires,
        authorization_id=row.authorization_id,
        client_pk=row.client_pk,
        client_id=row.client_id,
        environment=row.environment,
        app_id=row.app_id,
        app_name=row.app_name,
        app_mode=row.app_mode,
        team_id=row.team_id,
        user_id=row.user_id,
        user_uid=row.user_uid,
        user_email=row.user_email,
        is_test_user=row.is_test_user,
        quota_overrides=(
            row.sandbox_per_second,
            row.sandbox_per_day,
            row.production_per_second,
            row.production_per_day,
        ),
        profile_values=profile_values,
    )


def _touch(row: TokenRow, now: datetime) -> None:
    """Note that the authorization was used, at most once per LAST_USED_RESOLUTION."""
    if row.authorization_id is None:
        return
    if row.last_used_at is None or now - row.last_used_at > LAST_USED_RESOLUTION:
        Authorization.objects.filter(pk=row.authorization_id).update(last_used_at=now)
