"""Times for demos, and the demos booked in them."""

import datetime
import uuid
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import IntegrityError, models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding import calendar, emails, states
from onboarding.models.requests import ProductionRequest

if TYPE_CHECKING:
    from accounts.models import User


class Closure(models.Model):
    """Days without demos, such as holidays. Deleting it opens them again."""

    first_day = models.DateField(_("first day"))
    last_day = models.DateField(_("last day"))
    reason = models.CharField(_("reason"), max_length=200)

    class Meta:
        verbose_name = _("closure")
        verbose_name_plural = _("closures")
        ordering = ["first_day"]
        constraints = [
            models.CheckConstraint(condition=Q(last_day__gte=F("first_day")), name="closure_ends_after_it_begins")
        ]

    def __str__(self) -> str:
        return f"{self.first_day} – {self.last_day}: {self.reason}"

    def covers(self, moment: datetime.datetime) -> bool:
        return self.first_day <= calendar.eastern_day(moment) <= self.last_day

    def clean(self) -> None:
        if not self.first_day or not self.last_day:
            return
        if self.last_day < self.first_day:
            raise ValidationError({"last_day": _("The last day comes before the first.")})
        later = Demo.objects.live().filter(slot__starts_at__gte=calendar.midnight(self.first_day))
        booked = [demo for demo in later if self.covers(demo.slot.starts_at)]
        if booked:
            names = ", ".join(f"{demo.request.app} ({calendar.spoken(demo.slot.starts_at)})" for demo in booked)
            raise ValidationError(
                _("Demos are booked on these days: %(demos)s. Ask the teams to move them first.") % {"demos": names}
            )


class SlotQuerySet(models.QuerySet["Slot"]):
    def generate(self, *, weeks: int | None = None, now: datetime.datetime | None = None) -> int:
        """Make the regular times of the coming weeks that are missing; return how many were made."""
        moments = calendar.regular_times(now or timezone.now(), weeks or settings.DEMO_SLOT_WEEKS)
        existing = set(self.filter(starts_at__in=moments).values_list("starts_at", flat=True))
        missing = [Slot(starts_at=moment) for moment in moments if moment not in existing]
        # Another process may generate at the same time: the unique column decides.
        self.bulk_create(missing, ignore_conflicts=True)  # type: ignore[arg-type]
        return len(missing)

    def upcoming(self) -> "SlotQuerySet":
        return self.filter(starts_at__gt=timezone.now()).order_by("starts_at")

    def free(self) -> "SlotQuerySet":
        """Return the times that can be booked now."""
        closed = Closure.objects.filter(first_day__lte=OuterRef("day"), last_day__gte=OuterRef("day"))
        taken = Demo.objects.filter(cancelled_at=None, slot=OuterRef("pk"))
        slots = self.upcoming().annotate(day=TruncDate("starts_at", tzinfo=calendar.EASTERN))
        return slots.filter(~Exists(closed), ~Exists(taken), closed_at=None)

    def with_demos(self) -> "SlotQuerySet":
        return self.prefetch_related(models.Prefetch("demos", Demo.objects.live()))

    def in_week(self, monday: datetime.date) -> "SlotQuerySet":
        begin, end = calendar.midnight(monday), calendar.midnight(monday + datetime.timedelta(days=7))
        return self.filter(starts_at__gte=begin, starts_at__lt=end).order_by("starts_at")


class Slot(models.Model):
    """A time at which one demo can be held."""

    MAX_MINUTES = 60

    starts_at = models.DateTimeField(_("starts"), unique=True)
    minutes = models.PositiveSmallIntegerField(_("minutes"), default=MAX_MINUTES)
    is_extra = models.BooleanField(_("extra"), default=False, editable=False)
    closed_at = models.DateTimeField(_("closed"), null=True, editable=False)
    closed_reason = models.CharField(_("why it is closed"), max_length=200, blank=True, editable=False)

    objects = SlotQuerySet.as_manager()

    class Meta:
        verbose_name = _("demo slot")
        verbose_name_plural = _("demo slots")
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(minutes__gte=15, minutes__lte=60), name="slot_within_an_hour")
        ]

    def __str__(self) -> str:
        return calendar.spoken(self.starts_at)

    def clean(self) -> None:
        if self.starts_at is None:
            return
        if self._state.adding and self.starts_at <= timezone.now():
            raise ValidationError({"starts_at": _("Choose a time in the future.")})
        hour = datetime.timedelta(minutes=self.MAX_MINUTES)
        near = Slot.objects.exclude(pk=self.pk).filter(
            closed_at=None, starts_at__gt=self.starts_at - hour, starts_at__lt=self.starts_at + hour
        )
        if any(other.starts_at < self.ends_at and self.starts_at < other.ends_at for other in near):
            raise ValidationError({"starts_at": _("Another slot overlaps with this time.")})

    @property
    def ends_at(self) -> datetime.datetime:
        return self.starts_at + datetime.timedelta(minutes=self.minutes)

    @property
    def demo(self) -> "Demo | None":
        """The demo booked in this slot."""
        return next((demo for demo in self.demos.all() if demo.cancelled_at is None), None)

    @transaction.atomic
    def close(self, *, by: "User", reason: str) -> None:
        """Offer this time no longer; raise InvalidTransition if a demo is booked in it."""
        if not reason.strip():
            raise InvalidTransition(_("Say why the slot is closed."))
        if self.demos.live().exists():
            raise InvalidTransition(_("A demo is booked in this slot. Ask the team to move it first."))
        if not Slot.objects.filter(pk=self.pk, closed_at=None).update(closed_at=timezone.now(), closed_reason=reason):
            raise InvalidTransition(_("This slot is closed already."))
        history.record(self, "closed", by=by, note=reason)

    @transaction.atomic
    def reopen(self, *, by: "User") -> None:
        if not Slot.objects.filter(pk=self.pk).exclude(closed_at=None).update(closed_at=None, closed_reason=""):
            raise InvalidTransition(_("This slot is not closed."))
        history.record(self, "reopened", by=by)


@dataclass(frozen=True)
class Rating:
    """What staff decided about one criterion; `passed` is None while they have not."""

    passed: bool | None
    comment: str = ""


class DemoQuerySet(models.QuerySet["Demo"]):
    def live(self) -> "DemoQuerySet":
        """Return those not cancelled: to come, held, or rated."""
        return self.filter(cancelled_at=None).select_related("slot", "request__app")

    def upcoming(self) -> "DemoQuerySet":
        """Return those booked and not yet rated."""
        return self.live().filter(result="")

    @transaction.atomic
    def book(self, request: ProductionRequest, slot: Slot, *, by: "User") -> "Demo":
        """Book `slot`, first come first served; raise InvalidTransition if it is past, closed or taken."""
        states.step("book_demo", request.state)
        request._refuse_without_products()
        _refuse_unless_free(slot)
        request.advance("book_demo", by=by, after={"demo": str(slot)})
        try:
            with transaction.atomic():
                demo = self.create(request=request, slot=slot, booked_by=by, meeting_link=settings.DEMO_MEETING_LINK)
        except IntegrityError:
            raise SlotTaken from None
        emails.demo_booked(request, demo)
        return demo


class SlotTaken(InvalidTransition):
    def __init__(self) -> None:
        super().__init__(_("Another team has just booked this time. Choose another one."))


class Demo(models.Model):
    """A booking, and what came of it. Moving it keeps the record and the invitation's identity."""

    class Result(models.TextChoices):
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")

    request = models.ForeignKey(ProductionRequest, models.CASCADE, related_name="demos")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="demos", verbose_name=_("slot"))
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    booked_at = models.DateTimeField(_("booked"), auto_now_add=True)
    # The invitation's identity and revision (RFC 5545 §3.8.4.7 and §3.8.7.4).
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    meeting_link = models.URLField(_("meeting link"), max_length=1000, blank=True, help_text=_("Microsoft Teams."))
    recording_link = models.URLField(_("recording link"), max_length=1000, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("cancelled"), null=True, editable=False)
    result = models.CharField(_("result"), max_length=10, choices=Result.choices, blank=True, editable=False)
    rated_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+")
    rated_at = models.DateTimeField(_("rated"), null=True, editable=False)
    remarks = models.TextField(_("remarks"), blank=True, editable=False)

    objects = DemoQuerySet.as_manager()

    class Meta:
        verbose_name = _("demo")
        verbose_name_plural = _("demos")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["slot"], condition=Q(cancelled_at=None), name="demo_one_per_slot"),
            models.UniqueConstraint(
                fields=["request"], condition=Q(cancelled_at=None, result=""), name="demo_one_upcoming_per_request"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.request.app}: {self.slot}"

    @property
    def minutes(self) -> int:
        """The longest demo that the products ask for, within the slot."""
        wanted = [product.demo_minutes for product in self.request.products.all()]
        return min(max(wanted, default=self.slot.minutes), self.slot.minutes)

    @property
    def ends_at(self) -> datetime.datetime:
        return self.slot.starts_at + datetime.timedelta(minutes=self.minutes)

    @property
    def has_begun(self) -> bool:
        return self.slot.starts_at <= timezone.now()

    def criteria(self) -> list[tuple[int, str, int, str]]:
        """Return what is rated: product id, product name, position, criterion."""
        products = self.request.grantable_products()
        return [(p.pk, p.name, number, text) for p in products for number, text in enumerate(p.criteria)]

    @transaction.atomic
    def move(self, slot: Slot, *, by: "User") -> None:
        """Take another time before the demo begins; the old one is free again."""
        states.step("rebook_demo", self.request.state)
        self._refuse_if_begun()
        if slot.pk == self.slot_id:
            raise InvalidTransition(_("The demo is booked for this time already."))
        _refuse_unless_free(slot)
        before = str(self.slot)
        self.request.advance("rebook_demo", by=by, after={"demo": f"{before} → {slot}"})
        try:
            with transaction.atomic():
                Demo.objects.filter(pk=self.pk).update(slot=slot, sequence=F("sequence") + 1, reminded_at=None)
        except IntegrityError:
            raise SlotTaken from None
        self.refresh_from_db()
        emails.demo_moved(self.request, self)

    @transaction.atomic
    def cancel(self, *, by: "User") -> None:
        """Give the time back before the demo begins; another can be booked later."""
        states.step("cancel_demo", self.request.state)
        self._refuse_if_begun()
        self.request.advance("cancel_demo", by=by, after={"demo": str(self.slot)})
        self.call_off()
        emails.demo_cancelled(self.request, self)

    def call_off(self) -> None:
        """Free the slot, without a step of the request: the verb that ends it has taken one."""
        Demo.objects.filter(pk=self.pk, cancelled_at=None).update(
            cancelled_at=timezone.now(), sequence=F("sequence") + 1
        )
        self.refresh_from_db()

    @transaction.atomic
    def set_links(self, *, meeting_link: str, recording_link: str, by: "User") -> None:
        """Set where the demo is held and recorded; a new meeting link renews the invitation."""
        before = {"meeting_link": self.meeting_link, "recording_link": self.recording_link}
        after = {"meeting_link": meeting_link, "recording_link": recording_link}
        if before == after:
            return
        renew = meeting_link != self.meeting_link and not self.has_begun and self.cancelled_at is None
        Demo.objects.filter(pk=self.pk).update(**after, sequence=F("sequence") + (1 if renew else 0))
        self.refresh_from_db()
        history.record(self.request, "demo_links", by=by, before=before, after=after)
        if renew:
            emails.demo_moved(self.request, self)

    @transaction.atomic
    def rate(self, ratings: Mapping[tuple[int, int], Rating], *, by: "User", remarks: str = "") -> None:
        """Record the scorecard, keyed by product id and position: all passed → passed, any failed → failed.

        Raises InvalidTransition before the demo begins, and while a criterion has no decision or a failed one no comment.
        """
        criteria = self.criteria()
        decided = [ratings.get((product, position), Rating(None)) for product, _name, position, _text in criteria]
        passed = all(rating.passed for rating in decided)
        verb = "pass_demo" if passed else "fail_demo"
        states.step(verb, self.request.state)
        if not self.has_begun:
            raise InvalidTransition(_("The demo has not begun yet."))
        if not criteria or any(rating.passed is None for rating in decided):
            raise InvalidTransition(_("The scorecard is not complete: decide about every criterion."))
        if any(rating.passed is False and not rating.comment.strip() for rating in decided):
            raise InvalidTransition(_("Comment on each criterion that failed, so that the team knows what to fix."))
        self.request.advance(verb, by=by, note=remarks)
        result = self.Result.PASSED if passed else self.Result.FAILED
        claimed = Demo.objects.filter(pk=self.pk, result="", cancelled_at=None).update(
            result=result, rated_by=by, rated_at=timezone.now(), remarks=remarks
        )
        if not claimed:
            raise InvalidTransition(_("This demo has been rated already."))
        self.refresh_from_db()
        for (product, _name, position, text), rating in zip(criteria, decided, strict=True):
            self.scores.create(
                product_id=product,
                position=position,
                criterion=text,
                passed=bool(rating.passed),
                comment=rating.comment,
            )
        emails.demo_rated(self.request, self)

    @transaction.atomic
    def remind(self) -> None:
        """Send the reminder, once."""
        claimed = Demo.objects.upcoming().filter(pk=self.pk, reminded_at=None)
        if Demo.objects.filter(pk__in=claimed.values("pk"), reminded_at=None).update(reminded_at=timezone.now()):
            emails.demo_reminder(self.request, self)

    def _refuse_if_begun(self) -> None:
        if self.has_begun:
            raise InvalidTransition(_("The demo has begun. Staff record its result."))


def _refuse_unless_free(slot: Slot) -> None:
    if slot.starts_at <= timezone.now():
        raise InvalidTransition(_("This time has passed."))
    if slot.closed_at or Closure.objects.filter(
        first_day__lte=calendar.eastern_day(slot.starts_at), last_day__gte=calendar.eastern_day(slot.starts_at)
    ):
        raise InvalidTransition(_("No demo is held at this time. Choose another one."))
    if slot.demos.live().exists():
        raise SlotTaken
