"""Changes of an approved app that wait for staff, and what people report about apps."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import Claim, StaffNote, allowances
from developer_apps import emails
from developer_apps.models import logos
from developer_apps.models.apps import App
from developer_apps.models.clients import Client, Environment
from developer_apps.models.decisions import Decision
from developer_apps.models.teams import Team
from myusa.lib import history
from myusa.lib.database.encryption import EncryptedTextField
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models import User

TEAM = "team"
WAITING_WORDS = _(
    "Saved. Staff approved this app, so they review some changes first. Until then, people see the approved version."
)
REDIRECT_URIS = {
    Environment.SANDBOX: ("redirect_uris_sandbox", _("Redirect URIs")),
    Environment.PRODUCTION: ("redirect_uris_production", _("Redirect URIs of the production keys")),
}


class AppChange(Decision):
    """What a team wants to change of an app that staff approved. Until staff decide, the approved values count.

    A row never changes while it waits: a further change withdraws it and takes its values over, so staff decide about
    exactly what they saw.
    """

    decided_words = _("The team changed or withdrew this, or someone already decided it. Reload the page.")

    app = models.ForeignKey(App, models.CASCADE, related_name="changes")
    # By the name of a field of the app, or "team", or one of REDIRECT_URIS.
    before = models.JSONField(default=dict)
    after = models.JSONField(default=dict)

    class Meta(Decision.Meta):
        verbose_name = _("change of an approved app")
        verbose_name_plural = _("changes of approved apps")
        constraints = [
            models.UniqueConstraint(fields=["app"], condition=Q(status="pending"), name="app_change_one_pending")
        ]

    def rows(self) -> list[tuple[str | Promise, str, str]]:
        """Return label, approved value and new value of each change, for a table."""
        return [
            (label_of(name), _shown(name, self.before.get(name)), _shown(name, value))
            for name, value in sorted(self.after.items())
        ]

    @transaction.atomic
    def approve(self, *, by: "User") -> None:
        """Put the changes into effect; raise InvalidTransition if they are decided or no longer possible."""
        self.app.team.require_independent(by)
        if self.app.is_blocked:
            raise InvalidTransition(_("This app is blocked."))
        team = self._new_team()
        if team:
            team.require_independent(by)
        self._decide(self.Status.APPROVED, by=by)
        author = self.requested_by or by
        fields = {name: value for name, value in self.after.items() if name in App.REVIEWED_FIELDS}
        self.app.apply(fields, by=author)
        for client in self.app.clients.all():
            if (uris := self.after.get(REDIRECT_URIS[Environment(client.environment)][0])) is not None:
                client.set_redirect_uris(uris.split(), by=author)
        if team:
            self.app.give_to(team, by=author)
        history.record(self.app, "change_approved", by=by, before=self.before, after=self.after)
        emails.change_approved(self)

    @transaction.atomic
    def deny(self, *, by: "User", reason: str) -> None:
        """Keep the approved values, with a reason that the team sees."""
        self.app.team.require_independent(by)
        self._decide(self.Status.DENIED, by=by, reason=reason)
        history.record(self.app, "change_denied", by=by, before=self.after, after=self.before, note=reason)
        emails.change_denied(self)

    @transaction.atomic
    def withdraw(self, *, by: "User") -> None:
        self._decide(self.Status.WITHDRAWN, by=by)
        history.record(self.app, "change_withdrawn", by=by, before=self.after, after=self.before)

    def _new_team(self) -> Team | None:
        if TEAM not in self.after:
            return None
        team = Team.objects.filter(pk=self.after[TEAM]).first()
        author = self.requested_by
        if team is None or author is None or not (self.app.team.has_admin(author) and team.has_admin(author)):
            raise InvalidTransition(_("The person who asked is no longer an admin of both teams. Deny this change."))
        return team


@transaction.atomic
def propose(app: App, values: Mapping[str, Any], *, by: "User") -> AppChange | None:
    """Let `values` wait for staff, by the names that AppChange uses. What is as approved waits no longer.

    Raises UsedUp if `by` asked staff for much today.
    """
    App.objects.select_for_update().get(pk=app.pk)
    waiting = app.pending_change
    wanted = {**(waiting.after if waiting else {}), **values}
    approved = {name: _approved(app, name) for name in wanted}
    after = {name: value for name, value in wanted.items() if value != approved[name]}
    if waiting and waiting.after == after:
        return waiting
    if waiting:
        waiting.withdraw(by=by)
    if not after:
        return None
    allowances.REQUESTS.take(by)
    before = {name: approved[name] for name in after}
    change = app.changes.create(before=before, after=after, requested_by=by)
    history.record(app, "change_requested", by=by, before=before, after=after)
    return change


@transaction.atomic
def edit(app: App, values: Mapping[str, Any], *, by: "User") -> AppChange | None:
    """Change an app's details: at once, or once staff approve what they reviewed before."""
    reviewed = {name: value for name, value in values.items() if name in App.REVIEWED_FIELDS and app.is_reviewed}
    app.apply({name: value for name, value in values.items() if name not in reviewed}, by=by)
    if not app.is_reviewed:
        _forget(app, values, by=by)
        return None
    return propose(app, reviewed, by=by)


@transaction.atomic
def change_redirect_uris(client: Client, uris: list[str], *, by: "User") -> AppChange | None:
    """Change where people return to: at once on known hosts, and once staff approve new hosts of an approved app.

    If nothing would be left without the new ones, the approved ones stay until then.
    """
    name = REDIRECT_URIS[Environment(client.environment)][0]
    client.check_redirect_uris(uris)
    if not client.is_reviewed:
        client.set_redirect_uris(uris, by=by)
        _forget(client.app, [name], by=by)
        return None
    hosts = client.hosts
    if known := [uri for uri in uris if Client.host_of(uri) in hosts]:
        client.set_redirect_uris(known, by=by)
    return propose(client.app, {name: " ".join(uris)}, by=by)


def move(app: App, team: Team, *, by: "User") -> AppChange | None:
    """Give an app to another team: at once, or once staff approve; raise InvalidTransition unless `by` leads both."""
    if not (app.team.has_admin(by) and team.has_admin(by)):
        raise InvalidTransition(_("You must be an admin of both teams."))
    if app.is_reviewed:
        return propose(app, {TEAM: team.pk}, by=by)
    app.give_to(team, by=by)
    return None


def proposed(app: App) -> App:
    """Return a copy of the app with the values that wait for staff, for the form that changes them."""
    copy = App.objects.get(pk=app.pk)
    for name, value in (waiting.after if (waiting := app.pending_change) else {}).items():
        if name in App.REVIEWED_FIELDS:
            setattr(copy, name, value)
    return copy


def proposed_redirect_uris(client: Client) -> list[str]:
    waiting = client.app.pending_change
    name = REDIRECT_URIS[Environment(client.environment)][0]
    uris: str = (waiting.after if waiting else {}).get(name, client.redirect_uris)
    return uris.split()


def label_of(name: str) -> str | Promise:
    """Return what pages call something that waits for staff."""
    if name == TEAM:
        return _("Team")
    labels = dict(REDIRECT_URIS.values())
    return labels.get(name) or str(App._meta.get_field(name).verbose_name).capitalize()  # type: ignore[union-attr]


def _forget(app: App, names: Any, *, by: "User") -> None:
    """Drop what waited under `names` of an app that no longer needs approval."""
    if (waiting := app.pending_change) and set(waiting.after) & set(names):
        propose(app, {name: _approved(app, name) for name in waiting.after if name in set(names)}, by=by)


def _approved(app: App, name: str) -> Any:
    if name == TEAM:
        return app.team_id
    for environment, (key, _label) in REDIRECT_URIS.items():
        if name == key:
            return app.clients.filter(environment=environment).values_list("redirect_uris", flat=True).first() or ""
    return getattr(app, name)


def _shown(name: str, value: Any) -> str:
    if name == TEAM:
        return str(Team.objects.filter(pk=value).first() or "–")
    if name == "logo" and value:
        return logos.picture(value)
    if isinstance(value, dict):
        return "\n".join(f"{scope}: {reason}" for scope, reason in sorted(value.items())) or "–"
    if isinstance(value, bool):
        return str(_("Yes") if value else _("No"))
    return "\n".join(value.split()) if name.startswith("redirect_uris") and value else str(value or "–")


# How long a report is kept after staff handled it.
REPORT_KEPT = timedelta(days=365)


class AppReportQuerySet(models.QuerySet["AppReport"]):
    def waiting(self) -> "AppReportQuerySet":
        """Keep what staff have not handled, the oldest first."""
        return self.filter(handled_at=None).order_by("created_at", "pk")

    def purge(self) -> int:
        """Delete those that were handled a year ago, with the notes of staff; return how many."""
        deleted = self.filter(handled_at__lt=timezone.now() - REPORT_KEPT).delete()[1]
        return deleted.get("developer_apps.AppReport", 0)


class AppReport(models.Model):
    """What a person tells staff about an app. The team never sees it."""

    class Kind(models.TextChoices):
        PRETENDS = "pretends", _("It pretends to be someone else")
        MISUSE = "misuse", _("It uses my information for something else")
        UNWANTED = "unwanted", _("It sends messages I don’t want")
        OTHER = "other", _("Something else")

    app = models.ForeignKey(App, models.CASCADE, related_name="reports")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.CASCADE, related_name="app_reports", verbose_name=_("reported by")
    )
    kind = models.CharField(_("what is wrong"), max_length=10, choices=Kind.choices)
    text = EncryptedTextField(_("what happened"), blank=True)
    created_at = models.DateTimeField(_("reported"), default=timezone.now)
    handled_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+", verbose_name=_("handled by")
    )
    handled_at = models.DateTimeField(_("handled"), null=True)
    claims = GenericRelation(Claim)
    staff_notes = GenericRelation(StaffNote)

    objects = AppReportQuerySet.as_manager()

    class Meta:
        verbose_name = _("report about an app")
        verbose_name_plural = _("reports about apps")
        ordering = ["created_at"]
        constraints = [
            models.UniqueConstraint(fields=["app", "user"], condition=Q(handled_at=None), name="app_report_one_open")
        ]

    def __str__(self) -> str:
        return f"{self.app}: {self.get_kind_display()}"

    @classmethod
    def file(cls, app: App, *, by: "User", kind: str, text: str) -> "AppReport":
        """Store a report; a person's report that is still open is replaced."""
        report, _created = cls.objects.update_or_create(
            app=app, user=by, handled_at=None, defaults={"kind": kind, "text": text, "created_at": timezone.now()}
        )
        return report

    @transaction.atomic
    def handle(self, *, by: "User", reason: str = "") -> None:
        """Note that staff looked into it, and tell the person; raise InvalidTransition if someone did before."""
        self.app.team.require_independent(by)
        if not AppReport.objects.filter(pk=self.pk, handled_at=None).update(handled_at=timezone.now(), handled_by=by):
            raise InvalidTransition(_("Someone already handled this report."))
        history.record(self.app, "report_handled", by=by, after={"report": self.get_kind_display()}, note=reason)
        emails.report_handled(self)
