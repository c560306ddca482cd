"""Key pairs of an app: a client id with redirect URIs, and its secrets."""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise, cached_property
from django.utils.translation import gettext_lazy as _
from oauth2_provider.models import AbstractApplication
from oauthlib.oauth2.rfc6749 import errors as oauth_errors

from developer_apps import redirect_uris
from developer_apps.models.apps import App
from myusa.lib import history
from myusa.lib.security.digests import digest, random_token
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

MAX_LIVE_SECRETS = 5


class Environment(models.TextChoices):
    SANDBOX = "sandbox", _("Sandbox")
    PRODUCTION = "production", _("Production")

    @property
    def keys_label(self) -> Promise:
        """The words for keys of this environment."""
        return _("Sandbox keys") if self is Environment.SANDBOX else _("Production keys")


class ClientQuerySet(models.QuerySet["Client"]):
    @transaction.atomic
    def create_for(
        self, app: App, *, by: "User | None", environment: str = Environment.SANDBOX, **fields: Any
    ) -> tuple["Client", str]:
        """Make the key pair of an environment; return the client and its first secret, shown now or never."""
        client = self.create(app=app, environment=environment, **fields)
        history.record(app, "keys_made", by=by, after={"environment": environment, "client_id": client.client_id})
        secret = "" if client.is_public else client.add_secret(by=by)[1]
        return client, secret


class Client(AbstractApplication):
    """One key pair of an app, known to OAuth libraries as the application. At most one per environment."""

    user = None
    name = None
    authorization_grant_type = None
    client_secret = None
    hash_client_secret = None
    algorithm = ""
    post_logout_redirect_uris = None
    allowed_origins = None
    registration_source = None
    cimd_expires_at = None
    skip_authorization = False

    app = models.ForeignKey(App, models.CASCADE, related_name="clients")
    environment = models.CharField(_("keys"), max_length=10, choices=Environment.choices, default=Environment.SANDBOX)
    client_type = models.CharField(
        _("client type"),
        max_length=32,
        choices=AbstractApplication.CLIENT_TYPES,
        default=AbstractApplication.CLIENT_CONFIDENTIAL,
        help_text=_("Public clients (apps in a browser or on a phone) can’t keep a secret and must use PKCE."),
    )
    requires_pkce = models.BooleanField(_("require PKCE"), default=False)
    suspended_at = models.DateTimeField(_("suspended"), null=True, editable=False)

    objects = ClientQuerySet.as_manager()

    class Meta(AbstractApplication.Meta):
        abstract = False
        verbose_name = _("client")
        verbose_name_plural = _("clients")
        constraints = [models.UniqueConstraint(fields=["app", "environment"], name="client_one_per_environment")]

    def __str__(self) -> str:
        return f"{self.app} ({self.keys_label})"

    @property
    def needs_pkce(self) -> bool:
        """Whether a sign-in without PKCE is refused."""
        return self.is_public or self.requires_pkce

    @property
    def keys_label(self) -> Promise:
        return Environment(self.environment).keys_label

    def clean(self) -> None:
        self.check_redirect_uris(self.redirect_uris.split())

    @cached_property
    def has_run(self) -> bool:
        """Whether the app has a run now, so that its token requests are observed."""
        return bool(self.app.runs.running().exists())

    @property
    def is_public(self) -> bool:
        return self.client_type == self.CLIENT_PUBLIC

    @property
    def redirect_uri_list(self) -> list[str]:
        return self.redirect_uris.split()

    @property
    def default_redirect_uri(self) -> str:
        """The first registered redirect URI, to which a request that names none returns (the Connect URL)."""
        if not self.redirect_uri_list:
            raise oauth_errors.MissingRedirectURIError()
        return self.redirect_uri_list[0]

    def redirect_uri_allowed(self, uri: str) -> bool:
        return redirect_uris.matches(uri, self.redirect_uri_list)

    def allows_grant_type(self, *grant_types: str) -> bool:
        if self.GRANT_CLIENT_CREDENTIALS in grant_types:
            return not self.is_public
        return self.GRANT_AUTHORIZATION_CODE in grant_types and bool(self.redirect_uri_list)

    @property
    def is_reviewed(self) -> bool:
        """Whether people outside of the team sign in through these keys, as staff approved."""
        return self.app.is_public or self.environment == Environment.PRODUCTION

    @staticmethod
    def host_of(uri: str) -> str:
        """Return who receives what is sent to `uri`: a host, or the scheme of a program on the person's device."""
        parts = urlsplit(uri)
        return parts.hostname or f"{parts.scheme}:"

    @property
    def hosts(self) -> set[str]:
        return {self.host_of(uri) for uri in self.redirect_uri_list}

    def check_redirect_uris(self, uris: list[str]) -> None:
        """Raise ValidationError if these cannot be registered for this client."""
        if problems := redirect_uris.problems_of(uris, is_public=self.is_public):
            raise ValidationError({"redirect_uris": problems})

    @transaction.atomic
    def set_redirect_uris(self, uris: list[str], *, by: "User | None") -> None:
        """Set where people may return to. What a team asks for goes through `models.changes.change_redirect_uris`."""
        self.check_redirect_uris(uris)
        hosts, before = self.hosts, self.redirect_uris  # type: ignore[has-type]
        self.redirect_uris = " ".join(uris)
        self.save(update_fields=["redirect_uris", "updated"])
        if hosts and not self.hosts <= hosts:
            self.app.new_host_since = timezone.now()
            self.app.save(update_fields=["new_host_since"])
        if before != self.redirect_uris:
            history.record(
                self.app,
                "redirect_uris_changed",
                by=by,
                before={"redirect_uris": before},
                after={"redirect_uris": self.redirect_uris},
            )

    @transaction.atomic
    def require_pkce(self, required: bool, *, by: "User") -> None:
        """Refuse, or let pass again, authorization requests without PKCE. Public clients need it in any case."""
        if required == self.requires_pkce:
            return
        self.requires_pkce = required
        self.save(update_fields=["requires_pkce", "updated"])
        history.record(self.app, "pkce_changed", by=by, before={"pkce": not required}, after={"pkce": required})

    @transaction.atomic
    def add_secret(self, *, by: "User | None", expires_at: datetime | None = None) -> tuple["Secret", str]:
        """Make one more secret and return it in plain, the only time; raise InvalidTransition at five live ones."""
        Client.objects.select_for_update().get(pk=self.pk)
        if self.is_public:
            raise InvalidTransition(_("A public client can’t have secrets."))
        if self.secrets.live().count() >= MAX_LIVE_SECRETS:
            raise InvalidTransition(_("These keys have 5 active secrets. Revoke one first."))
        plain = random_token()
        secret = self.secrets.create(digest=digest(plain), last_four=plain[-4:], created_by=by, expires_at=expires_at)
        history.record(
            self.app, "secret_made", by=by, after={"secret": f"…{secret.last_four}", "environment": self.environment}
        )
        return secret, plain

    @transaction.atomic
    def rotate_secret(self, *, by: "User", overlap: timedelta = timedelta(0)) -> str:
        """Create a new secret and let the others expire after `overlap`; return the new one in plain.

        Raises InvalidTransition when five live ones would have to overlap with it: none of them may end earlier.
        """
        Client.objects.select_for_update().get(pk=self.pk)
        previous = list(self.secrets.live())
        if overlap and len(previous) >= MAX_LIVE_SECRETS:
            raise InvalidTransition(
                _("These keys have 5 active secrets. Revoke one first, or choose “Now” to revoke all of them.")
            )
        ends_at = timezone.now() + overlap
        for each in previous:
            each.end(ends_at, by=by)
        return self.add_secret(by=by)[1]

    @transaction.atomic
    def suspend(self, *, by: "User", reason: str) -> None:
        """Refuse this client's secrets and tokens until `resume`."""
        if not Client.objects.filter(pk=self.pk, suspended_at=None).update(suspended_at=timezone.now()):
            raise InvalidTransition(_("These keys are already suspended."))
        self.refresh_from_db()
        history.record(self.app, "keys_suspended", by=by, after={"environment": self.environment}, note=reason)

    @transaction.atomic
    def resume(self, *, by: "User", reason: str) -> None:
        if not Client.objects.filter(pk=self.pk).exclude(suspended_at=None).update(suspended_at=None):
            raise InvalidTransition(_("These keys are not suspended."))
        self.refresh_from_db()
        history.record(self.app, "keys_resumed", by=by, after={"environment": self.environment}, note=reason)


class SecretQuerySet(models.QuerySet["Secret"]):
    def live(self) -> "SecretQuerySet":
        return self.filter(Q(expires_at=None) | Q(expires_at__gt=timezone.now()), revoked_at=None)


class Secret(models.Model):
    """One of a client's secrets: shown once, stored as a digest."""

    client = models.ForeignKey(Client, models.CASCADE, related_name="secrets")
    digest = models.CharField(max_length=64, unique=True, editable=False)
    last_four = models.CharField(_("ends in"), max_length=4, editable=False)
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    last_used_at = models.DateTimeField(_("last used"), null=True)
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)
    # What `secret_reminders` sent: the nearest reminder, in days before the end, and the last notice that it is unused.
    reminded_days = models.PositiveSmallIntegerField(null=True, editable=False)
    unused_noticed_at = models.DateTimeField(null=True, editable=False)

    objects = SecretQuerySet.as_manager()

    class Meta:
        verbose_name = _("secret")
        verbose_name_plural = _("secrets")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return f"…{self.last_four}"

    @transaction.atomic
    def revoke(self, *, by: "User") -> None:
        """Revoke this secret."""
        if Secret.objects.filter(pk=self.pk, revoked_at=None).update(revoked_at=timezone.now()):
            history.record(self.client.app, "secret_revoked", by=by, before={"secret": str(self)})

    def end(self, at: datetime, *, by: "User") -> None:
        """Set when this secret expires, unless it expires earlier; revoke it if that time has come."""
        if at <= timezone.now():
            self.revoke(by=by)
        elif self.expires_at is None or self.expires_at > at:
            Secret.objects.filter(pk=self.pk).update(expires_at=at, reminded_days=None)
