"""The production request: an app's way from the sandbox to production, one step at a time."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import models, transaction
from django.db.models import Case, Count, F, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import Claim, StaffNote
from developer_apps.models import App, Product
from myusa.lib import history
from myusa.lib.database.encryption import EncryptedJSONField
from myusa.lib.steps import InvalidTransition
from onboarding import states
from onboarding.states import BEFORE_GRANTED, EDITABLE, Role, State, Step, Turn

if TYPE_CHECKING:
    from accounts.models import User
    from onboarding.models import Demo


class NotYourStep(InvalidTransition):
    """The person has no role that may take this step."""


class MovedOn(InvalidTransition):
    """Someone took a step after this request was read."""

    def __init__(self) -> None:
        super().__init__(_("Someone changed this request. Reload the page to see it."))


def _demo_needs_staff() -> Q:
    """Match requests with a booked demo that has begun, or that has no meeting link yet."""
    due = Q(demos__slot__starts_at__lte=timezone.now()) | Q(demos__meeting_link="")
    return Q(demos__cancelled_at=None, demos__result="") & due & Q(demos__isnull=False)


def _link_is_open() -> Q:
    """Match requests with a link that the officer can use."""
    return Q(affidavits__ended_at=None, affidavits__expires_at__gt=timezone.now())


class ProductionRequestQuerySet(models.QuerySet["ProductionRequest"]):
    def visible_to(self, user: "User") -> "ProductionRequestQuerySet":
        return self.filter(app__team__memberships__user=user)

    def open(self) -> "ProductionRequestQuerySet":
        """Leave out those that were granted or ended without a grant."""
        return self.filter(state__in=BEFORE_GRANTED)

    def in_production(self) -> "ProductionRequestQuerySet":
        return self.filter(state=State.GRANTED)

    def waiting_for(self, turn: Turn) -> "ProductionRequestQuerySet":
        """Keep those in which `turn` has the next step (see `ProductionRequest.turn`)."""
        everyone = self.model.objects
        staff = everyone.filter(_demo_needs_staff(), state=State.DEMO_SCHEDULED).values("pk")
        linked = everyone.filter(_link_is_open(), state=State.AFFIDAVIT_SENT).values("pk")
        team = everyone.filter(state=State.AFFIDAVIT_SENT).exclude(pk__in=linked).values("pk")
        found = Q(state__in=states.with_turn(turn)) & ~Q(pk__in=staff) & ~Q(pk__in=team)
        if turn == Turn.STAFF:
            found |= Q(pk__in=staff)
        if turn == Turn.TEAM:
            found |= Q(pk__in=team)
        return self.filter(found)

    def queue(self) -> "ProductionRequestQuerySet":
        """Order by what staff do first: waiting for them, waiting for others, done. The oldest come first in each.

        The annotations count what `turn` would look up: demos that wait for staff, and links that can be used.
        """
        rank = Case(
            When(pk__in=self.model.objects.waiting_for(Turn.STAFF).values("pk"), then=0),
            When(state__in=states.with_turn(Turn.NOBODY), then=2),
            default=1,
        )
        counted = self.annotate(
            demos_for_staff=Count("demos", filter=_demo_needs_staff(), distinct=True),
            open_links=Count("affidavits", filter=_link_is_open(), distinct=True),
            rank=rank,
        )
        return counted.order_by("rank", "state_since")


class ProductionRequest(models.Model):
    """One request for production access. `state` changes only in `advance`, by the table in `onboarding.states`."""

    app = models.ForeignKey(App, models.CASCADE, related_name="production_requests", verbose_name=_("app"))
    products = models.ManyToManyField(Product, related_name="production_requests", verbose_name=_("products"))
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.BUILDING, editable=False)
    state_since = models.DateTimeField(_("in this state since"), default=timezone.now, editable=False)
    # Counts the steps. A page that was opened before the last step cannot take the next one.
    version = models.PositiveIntegerField(default=1, editable=False)
    answers = EncryptedJSONField(default=dict, editable=False)
    evidence_override = models.TextField(_("why the evidence was overridden"), blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)
    claims = GenericRelation(Claim)
    staff_notes = GenericRelation(StaffNote)

    objects = ProductionRequestQuerySet.as_manager()

    class Meta:
        verbose_name = _("production request")
        verbose_name_plural = _("production requests")
        ordering = ["-created_at", "-pk"]
        permissions = [("review_productionrequest", "Can decide about production requests")]
        constraints = [
            models.UniqueConstraint(
                fields=["app"], condition=Q(state__in=sorted(BEFORE_GRANTED)), name="production_request_one_open"
            ),
            models.CheckConstraint(condition=Q(state__in=State.values), name="production_request_known_state"),
        ]

    def __str__(self) -> str:
        return f"{self.app} #{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("onboarding:request", args=[self.pk])

    @property
    def is_editable(self) -> bool:
        return self.state in EDITABLE

    @property
    def is_open(self) -> bool:
        return self.state in BEFORE_GRANTED

    @property
    def turn(self) -> Turn:
        """Who has the next step.

        Staff have it while a booked demo has no meeting link, and once it has begun, to rate it. The team has it when the
        officer declined or named someone else, and when the link has expired.
        """
        if self.state == State.DEMO_SCHEDULED and self._demo_needs_staff():
            return Turn.STAFF
        if self.state == State.AFFIDAVIT_SENT and not self._has_open_link():
            return Turn.TEAM
        return states.STATES[State(self.state)].turn

    def grantable_products(self) -> list[Product]:
        """Return the products, except those that were flagged sandbox only after the request began."""
        return [product for product in self.products.all() if not product.sandbox_only]

    def booked_demo(self) -> "Demo | None":
        """Return the demo that is booked and not rated yet."""
        return self.demos.upcoming().first()

    def roles_of(self, user: "User") -> list[Role]:
        return [role for role in Role if role.is_held_by(user, self.app)]

    def steps_for(self, user: "User", roles: list[Role] | None = None) -> list[Step]:
        """Return the steps that the table allows `user` now. A step may still be refused for its own reasons.

        `roles` are those of `user`, where a page knows them.
        """
        roles = self.roles_of(user) if roles is None else roles
        steps = states.steps_from(self.state, *roles) if roles else []
        return [step for step in steps if step.while_blocked or not self.app.is_blocked]

    def expect(self, version: int | str | None) -> None:
        """Raise InvalidTransition if a step was taken since a page with `version` was shown."""
        if str(version) != str(self.version):
            raise MovedOn

    @transaction.atomic
    def advance(
        self,
        verb: str,
        *,
        by: "User | None",
        note: str = "",
        officer: str = "",
        after: Mapping[str, Any] | None = None,
        **fields: Any,
    ) -> Step:
        """Take one step of the table and record it. The journeys in `onboarding.steps` call this after their own checks.

        `officer` names the person who signs with the emailed link, which proves their role. `after` goes to the
        history, `fields` to the row. Raises InvalidTransition if the table has no such step from here, `by` may not
        take it, a needed note is empty, or another step was taken since this object was read.
        """
        row = states.step(verb, self.state)
        self._refuse_unless_allowed(row, by, officer)
        if row.needs_note and not note.strip():
            raise InvalidTransition(_("Enter a reason."))
        before = State(self.state)
        if row.target != before:
            fields["state_since"] = timezone.now()
        claimed = ProductionRequest.objects.filter(pk=self.pk, state=before, version=self.version).update(
            state=row.target, version=F("version") + 1, **fields
        )
        if not claimed:
            raise MovedOn
        self.refresh_from_db()
        history.record(
            self,
            verb,
            by=by,
            before={"state": before.label},
            after={"state": row.target.label, **({"officer": officer} if officer else {}), **(after or {})},
            note=note,
        )
        return row

    def _refuse_unless_allowed(self, row: Step, by: "User | None", officer: str) -> None:
        by_link = bool(officer) and Role.OFFICER in row.roles
        if not by_link and not any(role.is_held_by(by, self.app) for role in row.roles):
            raise NotYourStep(_("This step belongs to %(role)s.") % {"role": row.roles[0].label})
        if not row.while_blocked and App.objects.filter(pk=self.app_id).exclude(blocked_at=None).exists():
            raise InvalidTransition(_("This app is blocked."))

    def _demo_needs_staff(self) -> bool:
        if hasattr(self, "demos_for_staff"):
            return bool(self.demos_for_staff)
        return ProductionRequest.objects.filter(_demo_needs_staff(), pk=self.pk).exists()

    def _has_open_link(self) -> bool:
        if hasattr(self, "open_links"):
            return bool(self.open_links)
        return ProductionRequest.objects.filter(_link_is_open(), pk=self.pk).exists()
