"""From an authorization request to a code: what to ask a person, and what their answer grants."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from django.http import HttpRequest

from developer_apps import redirect_uris, scopes
from developer_apps.access import facts, policy
from developer_apps.models import App, Authorization, Client, Environment, TestUser
from developer_apps.oauth.backend import backend

if TYPE_CHECKING:
    from accounts.models import User


@dataclass(frozen=True)
class AuthorizationRequest:
    """A validated authorization request (RFC 6749 §4.1.1): who asks, for what, and where the answer goes."""

    client: Client
    scopes: list[str]
    redirect_uri: str
    credentials: dict[str, Any]
    prompt: frozenset[str]

    @property
    def app(self) -> App:
        return self.client.app

    @property
    def can_be_anyone(self) -> bool:
        """Whether any program on the person's device could have sent this, so the person confirms it each time.

        A client ID without a secret proves nothing, nor does an address that every local program can receive at
        (RFC 8252 §8.6, RFC 6749 §10.2).
        """
        return self.client.is_public and redirect_uris.reaches_any_local_program(self.redirect_uri)

    @property
    def returns_to_a_site(self) -> bool:
        """Whether the person continues to a website, rather than to a program or a page that shows the code."""
        return self.redirect_uri.lower().startswith(("https://", "http://"))

    @classmethod
    def parse(cls, request: HttpRequest) -> "AuthorizationRequest":
        """Validate the query; raise django-oauth-toolkit's FatalClientError (tell the person) or OAuthToolkitError (tell the app)."""
        scopes, credentials = backend().validate_authorization_request(request)
        client = credentials["request"].client
        client.app = App.objects.select_related("team").get(pk=client.app.pk)
        return cls(client, scopes, credentials["redirect_uri"], credentials, prompt_of(request))


def prompt_of(request: HttpRequest) -> frozenset[str]:
    """Return what an authorization request says about asking: `none`, `consent`, `select_account`."""
    return frozenset(request.GET.get("prompt", "").split())


@dataclass(frozen=True)
class Question:
    """What consent asks a person: `asked` can be checked, `held` is granted already, `ticked` is checked beforehand.

    What is sensitive is never checked beforehand, unless the person granted it before.
    """

    user: "User"
    asked: list[str]
    held: list[str]
    ticked: list[str]
    is_needed: bool = True

    @classmethod
    def for_user(cls, user: "User", asking: AuthorizationRequest) -> "Question":
        """Ask for what this person can grant, was not asked before, and what `prompt=consent` or a new host asks again."""
        app, keys = facts.of_app(asking.app), facts.of_keys(asking.client)
        grantable = policy.grantable_scopes(app, keys, facts.of_user(user, asking.app))
        wanted = [scope for scope in asking.scopes if scope in grantable]
        live = Authorization.objects.live().filter(user=user, app=asking.app).first()
        granted = set(live.scope_list) if live else set()
        declined = set(live.declined_scopes.split()) if live else set()
        again = "consent" in asking.prompt or (live is not None and not live.is_confirmed_for(asking.app))
        asked = [scope for scope in wanted if again or scope not in granted | declined]
        held = [] if again else [scope for scope in wanted if scope in granted]
        sensitive = scopes.sensitive()
        ticked = [scope for scope in asked if scope in granted or scope not in declined | sensitive]
        return cls(user, asked, held, ticked, is_needed=live is None or bool(asked) or again or asking.can_be_anyone)


def insider_test_users(user: "User", asking: AuthorizationRequest) -> list[TestUser]:
    """Return the test users that a member of the app's team may continue as; none with production keys."""
    if asking.client.environment != Environment.SANDBOX or not asking.app.team.has_member(user):
        return []
    return list(asking.app.team.test_users.select_related("user"))


class Disconnected(Exception):
    """The person disconnected the app since the question was found unnecessary."""


def answer(
    request: HttpRequest, asking: AuthorizationRequest, question: Question, *, allowed: Iterable[str] | None
) -> str:
    """Record what the person allowed and declined, and return the address that carries the code to the app.

    `allowed` is None if the person was not asked; then only a connection that is still there counts, or Disconnected is
    raised: nothing but a press of the button connects an app.
    """
    chosen = set(allowed or ()) & set(question.asked)
    if allowed is None:
        authorization = Authorization.objects.live().filter(user=question.user, app=asking.app).first()
        if authorization is None:
            raise Disconnected
    else:
        authorization = Authorization.objects.grant(
            question.user, asking.app, allowed=chosen, declined=set(question.asked) - chosen
        )
    granted = [scope for scope in asking.scopes if scope in set(authorization.scope_list) & {*chosen, *question.held}]
    credentials = {
        **{name: value for name, value in asking.credentials.items() if name != "request"},
        "authorization": authorization,
        "granted_scopes": granted,
        "redirect_uri_given": bool(request.GET.get("redirect_uri")),
        "user": question.user,
    }
    return backend().address_with_code(request, granted, credentials)
