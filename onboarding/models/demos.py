"""Times for demos, and the demos booked in them."""

import datetime
import uuid
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.db.models import Exists, F, OuterRef, Q
from django.db.models.functions import TruncDate
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding import calendar
from onboarding.models.requests import ProductionRequest

if TYPE_CHECKING:
    from accounts.models import User


class Closure(models.Model):
    """Days without demos. Deleting the closure opens them again."""

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
            raise ValidationError({"last_day": _("The last day is before the first. Check the dates.")})
        later = Demo.objects.upcoming().filter(slot__starts_at__gte=calendar.midnight(self.first_day))
        booked = [demo for demo in later if self.covers(demo.slot.starts_at)]
        if booked:
            names = ", ".join(f"{demo.request.app} ({calendar.spoken(demo.slot.starts_at)})" for demo in booked)
            raise ValidationError(
                _("Demos are booked on these days: %(demos)s. Ask the teams to move them first.") % {"demos": names}
            )


# Staff add the meeting link of a booked demo within this time.
LINK_WITHIN = datetime.timedelta(hours=24)
# How long a time that no one booked is kept after it has passed.
SLOT_KEPT = datetime.timedelta(days=90)
# No slot is further ahead than this.
HORIZON = datetime.timedelta(days=3 * 366)


class SlotQuerySet(models.QuerySet["Slot"]):
    def generate(self, *, weeks: int | None = None, now: datetime.datetime | None = None) -> int:
        """Create the regular times of the coming weeks that are missing; return how many were created."""
        moments = calendar.regular_times(now or timezone.now(), weeks or settings.DEMO_SLOT_WEEKS)
        existing = set(self.filter(starts_at__in=moments).values_list("starts_at", flat=True))
        missing = [Slot(starts_at=moment) for moment in moments if moment not in existing]
        # Another process may generate at the same time. The unique column decides.
        self.bulk_create(missing, ignore_conflicts=True)  # type: ignore[arg-type]
        return len(missing)

    def upcoming(self) -> "SlotQuerySet":
        return self.filter(starts_at__gt=timezone.now()).order_by("starts_at")

    def free(self, *, within_notice: bool = False) -> "SlotQuerySet":
        """Return the times that can be booked now. Extra times need no notice, and can be on a holiday.

        Staff can book `within_notice`.
        """
        now = timezone.now()
        today = calendar.eastern_day(now)
        holidays = [day for day, _name in calendar.closed_days(today, today + HORIZON)]
        closed = Closure.objects.filter(first_day__lte=OuterRef("day"), last_day__gte=OuterRef("day"))
        taken = Demo.objects.filter(cancelled_at=None, slot=OuterRef("pk"))
        slots = self.upcoming().annotate(day=TruncDate("starts_at", tzinfo=calendar.EASTERN))
        regular = Q(starts_at__gte=now if within_notice else calendar.earliest_start(now)) & ~Q(day__in=holidays)
        return slots.filter(Q(is_extra=True) | regular, ~Exists(closed), ~Exists(taken), closed_at=None)

    def purge(self) -> int:
        """Delete times that passed long ago without ever being booked; return how many."""
        return self.filter(starts_at__lt=timezone.now() - SLOT_KEPT, demos=None).delete()[0]

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
        """Stop offering this time; raise InvalidTransition if a demo is booked in it."""
        if not reason.strip():
            raise InvalidTransition(_("Say why the slot is closed."))
        if self.demos.live().exists():
            raise InvalidTransition(_("A demo is booked in this slot. Ask the team to move it first."))
        if not Slot.objects.filter(pk=self.pk, closed_at=None).update(closed_at=timezone.now(), closed_reason=reason):
            raise InvalidTransition(_("This slot is already closed."))
        history.record(self, "closed", by=by, note=reason)

    @transaction.atomic
    def reopen(self, *, by: "User") -> None:
        if not Slot.objects.filter(pk=self.pk).exclude(closed_at=None).update(closed_at=None, closed_reason=""):
            raise InvalidTransition(_("This slot isn’t closed."))
        history.record(self, "reopened", by=by)


@dataclass(frozen=True)
class Rating:
    """What staff decided about one criterion. `passed` is None until they decide, and if it is not applicable."""

    passed: bool | None
    comment: str = ""
    is_applicable: bool = True

    @property
    def is_decided(self) -> bool:
        return self.passed is not None or not self.is_applicable


class DemoQuerySet(models.QuerySet["Demo"]):
    def live(self) -> "DemoQuerySet":
        """Return demos that are not canceled: upcoming, held or rated."""
        return self.filter(cancelled_at=None).select_related("slot", "request__app")

    def upcoming(self) -> "DemoQuerySet":
        """Return demos that are booked and not rated yet."""
        return self.live().filter(result="")


class Demo(models.Model):
    """A booked demo and its result. Moving it keeps the row and the identity of the calendar invitation."""

    class Result(models.TextChoices):
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")

    request = models.ForeignKey(ProductionRequest, models.CASCADE, related_name="demos")
    slot = models.ForeignKey(Slot, models.PROTECT, related_name="demos", verbose_name=_("slot"))
    booked_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    booked_at = models.DateTimeField(_("booked"), auto_now_add=True)
    # Identity and revision of the calendar invitation (RFC 5545 §3.8.4.7 and §3.8.7.4).
    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    sequence = models.PositiveSmallIntegerField(default=0, editable=False)
    meeting_link = models.URLField(_("meeting link"), max_length=1000, blank=True, help_text=_("Microsoft Teams."))
    recording_link = models.URLField(_("recording link"), max_length=1000, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, editable=False)
    cancelled_at = models.DateTimeField(_("canceled"), null=True, editable=False)
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
        """The longest demo that the products ask for, but never longer than the slot."""
        wanted = [product.demo_minutes for product in self.request.products.all()]
        return min(max(wanted, default=self.slot.minutes), self.slot.minutes)

    @property
    def ends_at(self) -> datetime.datetime:
        return self.slot.starts_at + datetime.timedelta(minutes=self.minutes)

    @property
    def link_due(self) -> datetime.datetime | None:
        """Until when staff owe the meeting link; None once there is one."""
        return None if self.meeting_link else self.booked_at + LINK_WITHIN

    @property
    def has_begun(self) -> bool:
        return self.slot.starts_at <= timezone.now()

    def criteria(self) -> list[tuple[int, str, int, str]]:
        """Return what is rated: product id, product name, position, criterion."""
        products = self.request.grantable_products()
        return [(p.pk, p.name, number, text) for p in products for number, text in enumerate(p.criteria)]

    def cancel(self) -> None:
        """Free the slot. This takes no step of the request."""
        Demo.objects.filter(pk=self.pk, cancelled_at=None).update(
            cancelled_at=timezone.now(), sequence=F("sequence") + 1
        )
        self.refresh_from_db()
