"""The production request: what leads an app's products from the sandbox to production, one step at a time."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import IntegrityError, models, transaction
from django.db.models import Case, Count, F, Q, When
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App, Product
from myusa.lib import history
from myusa.lib.database.encryption import EncryptedJSONField
from myusa.lib.steps import InvalidTransition
from onboarding import emails, questions, states
from onboarding.states import BEFORE_GRANTED, EDITABLE, Role, State, Step, Turn

if TYPE_CHECKING:
    from accounts.models import User


class NotYourStep(InvalidTransition):
    """The person has no role that may take this step."""


class Incomplete(InvalidTransition):
    """Answers are missing; `missing` lists the questions."""

    def __init__(self, missing: list[questions.Question]) -> None:
        self.missing = missing
        names = "; ".join(str(question.label) for question in missing)
        super().__init__(_("Still to be answered: %(questions)s.") % {"questions": names})


class ProductionRequestQuerySet(models.QuerySet["ProductionRequest"]):
    def visible_to(self, user: "User") -> "ProductionRequestQuerySet":
        return self.filter(app__team__memberships__user=user)

    def open(self) -> "ProductionRequestQuerySet":
        """Leave out those that were granted or ended without a grant."""
        return self.filter(state__in=BEFORE_GRANTED)

    def in_production(self) -> "ProductionRequestQuerySet":
        return self.filter(state=State.GRANTED)

    def waiting_for(self, turn: Turn) -> "ProductionRequestQuerySet":
        """Keep those in which it is the turn of `turn`: the table says so, and staff rate a demo that has begun."""
        begun = self.model.objects.filter(
            state=State.DEMO_SCHEDULED,
            demos__cancelled_at=None,
            demos__result="",
            demos__slot__starts_at__lte=timezone.now(),
        ).values("pk")
        theirs = Q(state__in=[state for state, whose in states.TURNS.items() if whose == turn])
        if turn == Turn.STAFF:
            return self.filter(theirs | Q(pk__in=begun))
        return self.filter(theirs).exclude(pk__in=begun)

    def queue(self) -> "ProductionRequestQuerySet":
        """Order as staff work: what waits for them, what waits for others, what is done; the longest waiting first.

        `begun_demos`, those that wait for their result, spares `turn` a query.
        """
        waiting = Q(demos__cancelled_at=None, demos__result="", demos__slot__starts_at__lte=timezone.now())
        done = [state for state, turn in states.TURNS.items() if turn == Turn.NOBODY]
        rank = Case(
            When(pk__in=self.model.objects.waiting_for(Turn.STAFF).values("pk"), then=0),
            When(state__in=done, then=2),
            default=1,
        )
        counted = self.annotate(begun_demos=Count("demos", filter=waiting, distinct=True), rank=rank)
        return counted.order_by("rank", "state_since")

    @transaction.atomic
    def start(self, app: App, products: Iterable[Product], *, by: "User") -> "ProductionRequest":
        """Begin a request for products that `app` has in the sandbox, with the answers of its last one.

        Raises InvalidTransition with the reason for a product that cannot go to production by this path, and while another
        request of the app is open or its production access is suspended.
        """
        chosen = list(products)
        if not Role.TEAM_ADMIN.is_held_by(by, app):
            raise NotYourStep(_("Only an admin of the team can ask for production access."))
        if app.is_blocked:
            raise InvalidTransition(_("This app is blocked."))
        if not chosen:
            raise InvalidTransition(_("Choose at least one product."))
        for product in chosen:
            refuse_unless_eligible(app, product)
        if self.filter(app=app, state=State.SUSPENDED).exists():
            raise InvalidTransition(
                _("The app's production access is suspended. Write to support before you ask for more.")
            )
        last = self.filter(app=app).first()
        answers = {**last.answers, "testing_complete": False} if last else {}
        try:
            with transaction.atomic():
                request = self.create(app=app, created_by=by, answers=answers)
        except IntegrityError:
            raise InvalidTransition(_("This app has an open production request already.")) from None
        request.products.set(chosen)
        history.record(request, "start", by=by, after={"products": ", ".join(product.name for product in chosen)})
        history.record(app, "production_requested", by=by, after={"products": ", ".join(p.name for p in chosen)})
        return request


def eligible_products(app: App) -> models.QuerySet[Product]:
    """Return the products that a production request of `app` may name."""
    return Product.objects.filter(
        subscriptions__app=app, subscriptions__production_since=None, requires_demo=True, sandbox_only=False
    )


def refuse_unless_eligible(app: App, product: Product) -> None:
    """Raise InvalidTransition, saying why, if a production request of `app` may not name `product`."""
    name = {"product": product.name}
    if product.sandbox_only:
        raise InvalidTransition(_("%(product)s is sandbox only: it is not available in production.") % name)
    if not product.requires_demo:
        raise InvalidTransition(_("%(product)s needs no production request: public access opens it.") % name)
    subscription = app.subscriptions.filter(product=product).first()
    if subscription is None:
        raise InvalidTransition(_("Add %(product)s to the app first, and try it in the sandbox.") % name)
    if subscription.production_since:
        raise InvalidTransition(_("The app has production access to %(product)s already.") % name)


class ProductionRequest(models.Model):
    """Every change of `state` goes through `advance`, which asks the table in `onboarding.states`."""

    app = models.ForeignKey(App, models.CASCADE, related_name="production_requests", verbose_name=_("app"))
    products = models.ManyToManyField(Product, related_name="production_requests", verbose_name=_("products"))
    state = models.CharField(_("state"), max_length=20, choices=State.choices, default=State.BUILDING, editable=False)
    state_since = models.DateTimeField(_("in this state since"), default=timezone.now, editable=False)
    # Counts the steps, so that a page opened before the last one cannot take the next.
    version = models.PositiveIntegerField(default=1, editable=False)
    answers = EncryptedJSONField(default=dict, editable=False)
    evidence_override = models.TextField(_("why the evidence was overridden"), blank=True, editable=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("started"), auto_now_add=True)

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
        """Whose move it is; from its beginning a demo waits for staff to rate it."""
        if self.state == State.DEMO_SCHEDULED and self._demo_has_begun():
            return Turn.STAFF
        return states.TURNS[State(self.state)]

    def grantable_products(self) -> list[Product]:
        """Return the products without those that were flagged sandbox only after the request began."""
        return [product for product in self.products.all() if not product.sandbox_only]

    def roles_of(self, user: "User") -> list[Role]:
        return [role for role in Role if role.is_held_by(user, self.app)]

    def steps_for(self, user: "User") -> list[Step]:
        """Return the steps that the table allows `user` now; their own conditions may still refuse."""
        roles = self.roles_of(user)
        steps = states.steps_from(self.state, *roles) if roles else []
        return [step for step in steps if step.while_blocked or not self.app.is_blocked]

    def expect(self, version: int | str | None) -> None:
        """Raise InvalidTransition if a step was taken since a page with `version` was shown."""
        if str(version) != str(self.version):
            raise InvalidTransition(_("This request has moved on since you opened the page. Look again, then decide."))

    @transaction.atomic
    def save_answers(self, changes: Mapping[str, Any], *, by: "User") -> None:
        """Keep answers as they come; unknown names are dropped. Raises InvalidTransition once the request is sent."""
        if not Role.TEAM_ADMIN.is_held_by(by, self.app):
            raise NotYourStep(_("Only an admin of the team can answer."))
        current = ProductionRequest.objects.select_for_update().get(pk=self.pk)
        if not current.is_editable:
            raise InvalidTransition(_("The answers were sent. They can be changed when staff ask for it."))
        self.answers = {**current.answers, **{key: changes[key] for key in changes.keys() & questions.BY_NAME.keys()}}
        changed = sorted(key for key, value in self.answers.items() if current.answers.get(key) != value)
        if changed:
            ProductionRequest.objects.filter(pk=self.pk, state__in=sorted(EDITABLE)).update(answers=self.answers)
            history.record(self, "save_answers", by=by, after={"answers": ", ".join(changed)})

    @transaction.atomic
    def submit(self, *, by: "User") -> None:
        """Send the request to staff with a copy of the answers as they are now."""
        states.step("submit", self.state)
        current = ProductionRequest.objects.get(pk=self.pk)
        missing = questions.missing(current.answers)
        if missing:
            raise Incomplete(missing)
        self._refuse_without_products()
        self.advance("submit", by=by)
        self.submissions.create(number=self.submissions.count() + 1, answers=current.answers, submitted_by=by)
        emails.submitted(self)

    @transaction.atomic
    def request_changes(self, *, by: "User", note: str) -> None:
        """Hand the request back to the team with what to fix."""
        self.advance("request_changes", by=by, note=note)
        emails.changes_requested(self, note)

    @transaction.atomic
    def withdraw(self, *, by: "User", note: str) -> None:
        self.advance("withdraw", by=by, note=note)
        self._call_off_demos(by=by)
        emails.withdrawn(self, note)

    @transaction.atomic
    def deny(self, *, by: "User", note: str) -> None:
        """End the request with a reason; the team can start a new one."""
        self.advance("deny", by=by, note=note)
        self._call_off_demos(by=by)
        emails.denied(self, note)

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
        """Take one step of the table and record it; the verbs call this, after their own conditions.

        `officer` names who signs by the emailed link, which is their proof. `after` goes to the history, `fields` to
        the row. Raises InvalidTransition if the table has no such step from here, `by` may not take it, a needed note is
        empty, or another step was taken since this object was read.
        """
        row = states.step(verb, self.state)
        self._refuse_unless_allowed(row, by, officer)
        if row.needs_note and not note.strip():
            raise InvalidTransition(_("Say why: this step needs a reason."))
        before = State(self.state)
        if row.target != before:
            fields["state_since"] = timezone.now()
        claimed = ProductionRequest.objects.filter(pk=self.pk, state=before, version=self.version).update(
            state=row.target, version=F("version") + 1, **fields
        )
        if not claimed:
            raise InvalidTransition(_("This request has moved on since you opened the page. Look again, then decide."))
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

    def _refuse_without_products(self) -> None:
        if not self.grantable_products():
            raise InvalidTransition(_("Every product of this request has become sandbox only."))

    def _demo_has_begun(self) -> bool:
        if hasattr(self, "begun_demos"):
            return bool(self.begun_demos)
        return self.demos.upcoming().filter(slot__starts_at__lte=timezone.now()).exists()

    def _call_off_demos(self, *, by: "User") -> None:
        for demo in self.demos.upcoming():
            demo.call_off()
            emails.demo_cancelled(self, demo)
