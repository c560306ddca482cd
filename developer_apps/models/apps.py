"""What a developer registers, and who may sign in through it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import allowances
from developer_apps import emails
from developer_apps.models import logos
from developer_apps.models.decisions import Decision
from developer_apps.models.former_apps import AppName, FormerConnection
from developer_apps.models.teams import Membership, Team
from myusa.lib import history, look_alikes
from myusa.lib.database.deletion import delete_closed
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User
    from developer_apps.models.changes import AppChange

web_address = URLValidator(
    schemes=["http", "https"], message=_("Enter a full URL that starts with https:// or http://.")
)


class AppQuerySet(models.QuerySet["App"]):
    def visible_to(self, user: "User") -> "AppQuerySet":
        return self.filter(team__memberships__user=user)

    def manageable_by(self, user: "User") -> "AppQuerySet":
        return self.filter(team__memberships__user=user, team__memberships__role=Membership.Role.ADMIN)

    def reviewed(self) -> "AppQuerySet":
        """Keep those that staff let people outside of the team use: public apps, and apps in production."""
        return self.filter(Q(mode=App.Mode.PUBLIC) | Q(pk__in=App.objects.in_production().values("pk")))

    def in_production(self) -> "AppQuerySet":
        """Keep those with production access to some product."""
        return self.filter(subscriptions__production_since__isnull=False).distinct()

    def looking_like(self, name: str) -> "AppQuerySet":
        return self.filter(name_key=look_alikes.key(name)).exclude(name_key="")


class App(models.Model):
    # What people and staff trusted when an app was approved. Changes of it wait for staff (`models.changes`).
    REVIEWED_FIELDS: ClassVar = frozenset({
        "name", "logo", "short_description", "description", "organization", "is_federal_agency", "url",
        "privacy_link", "terms_link", "custom_text", "support_contact",
        "needed_scopes", "scope_reasons",
    })  # fmt: skip

    class Mode(models.TextChoices):
        PRIVATE = "private", _("Private")
        PUBLIC = "public", _("Public")

    team = models.ForeignKey(Team, models.PROTECT, related_name="apps", verbose_name=_("team"))
    name = models.CharField(
        _("name"), max_length=100, help_text=_("People see it when they sign in and among their connected apps.")
    )
    # The same for names that look alike (`myusa.lib.look_alikes`).
    name_key = models.CharField(max_length=500, db_index=True, editable=False)
    short_description = models.CharField(_("short description"), max_length=140, blank=True)
    description = models.TextField(_("description"), max_length=4000, blank=True)
    organization = models.CharField(_("organization"), max_length=200, blank=True)
    is_federal_agency = models.BooleanField(_("a federal agency runs this app"), default=False)
    terms_version = models.CharField(_("accepted terms"), max_length=40, blank=True, editable=False)
    terms_accepted_at = models.DateTimeField(_("terms accepted"), null=True, editable=False)
    terms_accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    url = models.CharField(_("web address"), max_length=2000, blank=True, validators=[web_address])
    # The digest of a `Logo`.
    logo = models.CharField(_("logo"), max_length=64, blank=True, editable=False)
    terms_link = models.CharField(_("terms of service link"), max_length=2000, blank=True, validators=[web_address])
    privacy_link = models.CharField(_("privacy policy link"), max_length=2000, blank=True, validators=[web_address])
    custom_text = models.TextField(
        _("custom text"),
        max_length=1000,
        blank=True,
        help_text=_("People see this when your app asks for their consent."),
    )
    support_contact = models.CharField(_("support contact"), max_length=200, blank=True)
    scopes = models.TextField(_("scopes"), blank=True)
    # What the team says about its scopes at consent: those the app does not work without, and why it asks, by scope.
    needed_scopes = models.TextField(_("needed scopes"), blank=True)
    scope_reasons = models.JSONField(_("reasons for scopes"), default=dict, blank=True)
    # Scopes that sandbox-only products keep from everyone but the team and its test users; derived from products.
    withheld_scopes = models.TextField(blank=True, editable=False)
    mode = models.CharField(_("mode"), max_length=10, choices=Mode.choices, default=Mode.PRIVATE, editable=False)
    # When staff approved public access; the consent page and the connected apps say so.
    public_since = models.DateTimeField(_("public since"), null=True, editable=False)
    blocked_at = models.DateTimeField(_("blocked"), null=True, editable=False)
    closing_at = models.DateTimeField(null=True, editable=False)
    # Since people return to another host, they are asked for their consent again.
    new_host_since = models.DateTimeField(null=True, editable=False)
    # Quotas that staff set for this app in place of its products' own.
    sandbox_calls_per_second = models.PositiveIntegerField(null=True, blank=True)
    sandbox_calls_per_day = models.PositiveIntegerField(null=True, blank=True)
    production_calls_per_second = models.PositiveIntegerField(null=True, blank=True)
    production_calls_per_day = models.PositiveIntegerField(null=True, blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    # Names the form that made this app, so that the same form sent twice makes one app.
    form_key = models.UUIDField(null=True, editable=False)
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)
    updated_at = models.DateTimeField(_("changed"), auto_now=True)

    objects = AppQuerySet.as_manager()

    class Meta:
        verbose_name = _("app")
        verbose_name_plural = _("apps")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(is_federal_agency=False) | ~Q(organization=""), name="app_federal_agency_names_organization"
            ),
            models.CheckConstraint(
                condition=Q(terms_link="") | ~Q(privacy_link=""), name="app_terms_link_needs_privacy_link"
            ),
            models.UniqueConstraint(fields=["created_by", "form_key"], name="app_one_per_form"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        self.name_key = look_alikes.key(self.name)
        if "name" in (fields := kwargs.get("update_fields") or ()):
            kwargs["update_fields"] = [*fields, "name_key"]
        super().save(*args, **kwargs)
        if not fields or {"name", "organization"} & set(fields):
            AppName.objects.keep(self)

    def clean(self) -> None:
        problems: dict[str, Any] = {}
        if self.is_federal_agency and not self.organization.strip():
            problems["organization"] = _("Name the federal agency that runs this app.")
        if self.terms_link and not self.privacy_link:
            problems["privacy_link"] = _("An app with terms of service also needs a privacy policy link.")
        if problems:
            raise ValidationError(problems)

    @property
    def logo_url(self) -> str:
        return logos.address(self.logo)

    @property
    def scope_list(self) -> list[str]:
        return self.scopes.split()

    @property
    def is_public(self) -> bool:
        return self.mode == self.Mode.PUBLIC

    @property
    def is_blocked(self) -> bool:
        return self.blocked_at is not None

    @property
    def is_reviewed(self) -> bool:
        """Whether people outside of the team use what staff approved."""
        return self.is_public or self.is_in_production

    @property
    def is_in_production(self) -> bool:
        return self.subscriptions.exclude(production_since=None).exists()

    @property
    def pending_change(self) -> "AppChange | None":
        return self.changes.filter(status="pending").first()

    @property
    def pending_request(self) -> "PublicAccessRequest | None":
        return self.public_access_requests.filter(status=PublicAccessRequest.Status.PENDING).first()

    def is_managed_by(self, user: "User") -> bool:
        return self.team.has_admin(user)

    @transaction.atomic
    def apply(self, changes: dict[str, Any], *, by: "User | None") -> None:
        """Set the given fields and record what changed. What a team asks for goes through `models.changes.edit`."""
        before = {name: getattr(self, name) for name in changes}
        for name, value in changes.items():
            setattr(self, name, value)
        self.save(update_fields=[*changes, "updated_at"])
        if before != changes:
            history.record(self, "edited", by=by, before=before, after=changes)

    @transaction.atomic
    def accept_terms(self, version: str, *, by: "User") -> None:
        self.apply({"terms_version": version, "terms_accepted_at": timezone.now(), "terms_accepted_by": by}, by=by)

    @transaction.atomic
    def request_public_access(self, *, by: "User", note: str = "") -> "PublicAccessRequest":
        """Ask staff to let everyone sign in; raise InvalidTransition if that is asked, granted or out of the question."""
        if self.is_blocked:
            raise InvalidTransition(_("This app is blocked."))
        if self.is_public:
            raise InvalidTransition(_("This app is already public."))
        App.objects.select_for_update().get(pk=self.pk)
        if self.pending_request:
            raise InvalidTransition(_("Public access was already requested."))
        allowances.REQUESTS.take(by, self.team)
        request = self.public_access_requests.create(requested_by=by, note=note)
        history.record(self, "public_access_requested", by=by, note=note)
        if allowances.SUPPORT_EMAILS.allows(self):
            emails.public_access_requested(request)
        return request

    @transaction.atomic
    def make_private(self, *, by: "User", reason: str) -> None:
        """Let only the team sign in again; outsiders' tokens rest until the app is public again."""
        self.team.require_independent(by)
        private = {"mode": self.Mode.PRIVATE, "public_since": None}
        if not App.objects.filter(pk=self.pk, mode=self.Mode.PUBLIC).update(**private):
            raise InvalidTransition(_("This app is already private."))
        self.mode, self.public_since = self.Mode.PRIVATE, None
        history.record(self, "made_private", by=by, before={"mode": "public"}, after={"mode": "private"}, note=reason)
        emails.made_private(self, reason)

    @transaction.atomic
    def block(self, *, by: "User", reason: str) -> None:
        """Refuse every token and secret of this app until `unblock`."""
        self.team.require_independent(by)
        self.blocked_at = timezone.now()
        if not App.objects.filter(pk=self.pk, blocked_at=None).update(blocked_at=self.blocked_at):
            raise InvalidTransition(_("This app is already blocked."))
        history.record(self, "blocked", by=by, note=reason)
        emails.blocked(self, reason)

    @transaction.atomic
    def unblock(self, *, by: "User", reason: str) -> None:
        self.team.require_independent(by)
        if not App.objects.filter(pk=self.pk).exclude(blocked_at=None).update(blocked_at=None):
            raise InvalidTransition(_("This app is not blocked."))
        self.blocked_at = None
        history.record(self, "unblocked", by=by, note=reason)
        emails.unblocked(self, reason)

    @transaction.atomic
    def change_quotas(self, quotas: dict[str, int | None], *, by: "User") -> None:
        """Give this app its own quotas, by field; None leaves one to the product."""
        self.team.require_independent(by)
        before = {name: getattr(self, name) for name in quotas}
        for name, value in quotas.items():
            setattr(self, name, value)
        self.save(update_fields=[*quotas, "updated_at"])
        if before != quotas:
            history.record(self, "quota_changed", by=by, before=before, after=quotas)

    @transaction.atomic
    def give_to(self, team: Team, *, by: "User") -> None:
        """Give the app to another team. What a team asks for goes through `models.changes.move`."""
        before, self.team = self.team, team
        self.save(update_fields=["team", "updated_at"])
        history.record(self, "moved", by=by, before={"team": before.title}, after={"team": team.title})

    def remove(self, *, by: "User", reason: str = "", prepare: "Callable[[App], None] | None" = None) -> None:
        """Delete the app with its keys, tokens and everything that people granted it.

        Before that it is blocked, so its calls are refused while it is deleted. `prepare` runs in the same transaction.
        What people keep is in `models.former_apps`.
        """
        delete = lambda: self._delete(by=by, reason=reason, prepare=prepare)  # noqa: E731
        delete_closed(self, delete, close={"blocked_at": timezone.now()}, reopen={"blocked_at": None})

    def _delete(self, *, by: "User", reason: str, prepare: "Callable[[App], None] | None") -> None:
        found = App.objects.select_for_update().filter(pk=self.pk).first()
        if found is None:  # someone else deleted it at the same moment
            return
        history.record(self.team, "app_deleted", by=by, before={"app": self.name, "id": self.pk}, note=reason)
        connected = found.authorizations.filter(revoked_at=None, user__test_user=None).values_list("user_id", flat=True)
        FormerConnection.objects.bulk_create(
            [FormerConnection(app_id=found.pk, user_id=user) for user in connected], ignore_conflicts=True
        )
        if prepare:
            prepare(found)
        found.delete()


class PublicAccessRequest(Decision):
    """A team's question to staff whether everyone may sign in through its app."""

    app = models.ForeignKey(App, models.CASCADE, related_name="public_access_requests")
    note = models.TextField(_("note"), blank=True)

    class Meta(Decision.Meta):
        verbose_name = _("public access request")
        verbose_name_plural = _("public access requests")
        constraints = [
            models.UniqueConstraint(fields=["app"], condition=Q(status="pending"), name="public_access_one_pending")
        ]

    @transaction.atomic
    def approve(self, *, by: "User") -> None:
        """Make the app public; raise InvalidTransition if the request is decided or the app blocked."""
        self.app.team.require_independent(by)
        if self.app.is_blocked:
            raise InvalidTransition(_("This app is blocked."))
        self._decide(self.Status.APPROVED, by=by)
        self.app.mode, self.app.public_since = App.Mode.PUBLIC, self.decided_at
        App.objects.filter(pk=self.app_id).update(mode=App.Mode.PUBLIC, public_since=self.decided_at)
        history.record(self.app, "public_access_approved", by=by, before={"mode": "private"}, after={"mode": "public"})
        emails.public_access_approved(self)

    @transaction.atomic
    def deny(self, *, by: "User", reason: str) -> None:
        """Refuse with a reason that the developer sees; a new request can follow."""
        self.app.team.require_independent(by)
        if not reason.strip():
            raise InvalidTransition(_("A denial needs a reason."))
        self._decide(self.Status.DENIED, by=by, reason=reason)
        history.record(self.app, "public_access_denied", by=by, note=reason)
        emails.public_access_denied(self)

    @transaction.atomic
    def withdraw(self, *, by: "User") -> None:
        self._decide(self.Status.WITHDRAWN, by=by)
        history.record(self.app, "public_access_withdrawn", by=by)
