"""Book, move, cancel and rate a demo, and remind people of it."""

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import IntegrityError, transaction
from django.db.models import F
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.steps import InvalidTransition
from onboarding import calendar, emails, states
from onboarding.holidays import holiday_on
from onboarding.models import Closure, Demo, ProductionRequest, Slot
from onboarding.models.demos import Rating
from onboarding.runs import proofs_by_criterion
from onboarding.steps.request import refuse_without_products

if TYPE_CHECKING:
    from accounts.models import User


REMIND_BEFORE = timedelta(hours=24)


class SlotTaken(InvalidTransition):
    def __init__(self) -> None:
        super().__init__(_("Another team has just booked this time. Choose another one."))


def book(request: ProductionRequest, slot: Slot, *, by: "User") -> Demo:
    """Book `slot`, first come, first served; raise InvalidTransition if it is past, closed, taken or too soon."""
    return _book(request, slot, "book_demo", by=by)


def book_for_team(request: ProductionRequest, slot: Slot, *, by: "User", note: str) -> Demo:
    """Book `slot` as staff, also within the notice, with a reason that the team reads."""
    return _book(request, slot, "schedule_demo", by=by, note=note)


def move(request: ProductionRequest, slot: Slot, *, by: "User") -> Demo:
    """Move the booked demo to another time before it begins. Its old time is free again."""
    return _move(request, slot, "rebook_demo", by=by)


def move_for_team(request: ProductionRequest, slot: Slot, *, by: "User", note: str) -> Demo:
    """Move the booked demo as staff, also within the notice, with a reason that the team reads."""
    return _move(request, slot, "reschedule_demo", by=by, note=note)


@transaction.atomic
def _book(request: ProductionRequest, slot: Slot, verb: str, *, by: "User", note: str = "") -> Demo:
    states.step(verb, request.state)
    refuse_without_products(request)
    _refuse_unless_free(slot, needs_notice=verb == "book_demo")
    step = request.advance(verb, by=by, note=note, after={"demo": str(slot)})
    try:
        with transaction.atomic():
            demo = request.demos.create(slot=slot, booked_by=by, meeting_link=settings.DEMO_MEETING_LINK)
    except IntegrityError:
        raise SlotTaken from None
    emails.queue(request, *step.emails, demo=demo)
    return demo


@transaction.atomic
def _move(request: ProductionRequest, slot: Slot, verb: str, *, by: "User", note: str = "") -> Demo:
    states.step(verb, request.state)
    demo = _upcoming(request)
    if slot.pk == demo.slot_id:
        raise InvalidTransition(_("The demo is already booked for this time."))
    _refuse_unless_free(slot, needs_notice=verb == "rebook_demo")
    step = request.advance(verb, by=by, note=note, after={"demo": f"{demo.slot} → {slot}"})
    try:
        with transaction.atomic():
            Demo.objects.filter(pk=demo.pk).update(slot=slot, sequence=F("sequence") + 1, reminded_at=None)
    except IntegrityError:
        raise SlotTaken from None
    demo.refresh_from_db()
    emails.queue(request, *step.emails, demo=demo)
    return demo


@transaction.atomic
def cancel(request: ProductionRequest, *, by: "User") -> Demo:
    """Cancel the booked demo before it begins. Another one can be booked later."""
    states.step("cancel_demo", request.state)
    demo = _upcoming(request)
    step = request.advance("cancel_demo", by=by, after={"demo": str(demo.slot)})
    demo.cancel()
    emails.queue(request, *step.emails, demo=demo)
    return demo


@transaction.atomic
def set_links(demo: Demo, *, meeting_link: str, recording_link: str, by: "User") -> None:
    """Set where the demo is held and recorded. A new meeting link sends a new invitation."""
    before = {"meeting_link": demo.meeting_link, "recording_link": demo.recording_link}
    after = {"meeting_link": meeting_link, "recording_link": recording_link}
    if before == after:
        return
    invite = meeting_link != demo.meeting_link and not demo.has_begun and demo.cancelled_at is None
    Demo.objects.filter(pk=demo.pk).update(**after, sequence=F("sequence") + (1 if invite else 0))
    demo.refresh_from_db()
    history.record(demo.request, "demo_links", by=by, before=before, after=after)
    if invite:
        emails.queue(demo.request, "demo_moved", demo=demo)


@transaction.atomic
def rate(
    request: ProductionRequest, ratings: Mapping[tuple[int, int], Rating], *, by: "User", remarks: str = ""
) -> Demo:
    """Record the scorecard of the booked demo, keyed by product id and position. One failed criterion fails the demo.

    Raises InvalidTransition before the demo begins, while a criterion has no decision, and while one that failed or is not
    applicable has no comment. Only products that allow it have criteria that are not applicable, and never all.
    """
    demo = _booked(request)
    criteria = demo.criteria()
    decided = [ratings.get((product, position), Rating(None)) for product, _name, position, _text in criteria]
    passed = all(rating.passed or not rating.is_applicable for rating in decided)
    verb = "pass_demo" if passed else "fail_demo"
    states.step(verb, request.state)
    if not demo.has_begun:
        raise InvalidTransition(_("The demo has not begun yet."))
    if not criteria or not all(rating.is_decided for rating in decided):
        raise InvalidTransition(_("The scorecard isn’t complete. Decide about every criterion."))
    _refuse_unless_applicable(request, criteria, decided)
    if any(rating.passed is False and not rating.comment.strip() for rating in decided):
        raise InvalidTransition(_("Comment on each criterion that failed, so the team knows what to fix."))
    step = request.advance(verb, by=by, note=remarks)
    result = Demo.Result.PASSED if passed else Demo.Result.FAILED
    claimed = Demo.objects.filter(pk=demo.pk, result="", cancelled_at=None).update(
        result=result, rated_by=by, rated_at=timezone.now(), remarks=remarks
    )
    if not claimed:
        raise InvalidTransition(_("This demo was already rated."))
    demo.refresh_from_db()
    proofs = proofs_by_criterion(request)
    for (product, _name, position, text), rating in zip(criteria, decided, strict=True):
        demo.scores.create(
            product_id=product,
            position=position,
            criterion=text,
            passed=rating.passed if rating.is_applicable else None,
            comment=rating.comment,
            run_step=proofs[product, position].step,
        )
    emails.queue(request, *step.emails, demo=demo)
    return demo


@transaction.atomic
def remind(demo: Demo) -> None:
    """Queue the reminder, once. Without a meeting link, staff get an urgent email instead, and the reminder waits for it."""
    due = Demo.objects.filter(pk=demo.pk, reminded_at=None, cancelled_at=None, result="")
    if not demo.meeting_link:
        locked = due.select_for_update(of=["self"]).first()
        urgent = demo.request.emails.filter(name="demo_link_missing")
        since = demo.slot.starts_at - REMIND_BEFORE
        if locked and not urgent.filter(outgoing_email__created_at__gte=since).exists():
            emails.queue(demo.request, "demo_link_missing", demo=demo)
        return
    if due.update(reminded_at=timezone.now()):
        emails.queue(demo.request, "demo_reminder", demo=demo)


def _refuse_unless_applicable(
    request: ProductionRequest, criteria: list[tuple[int, str, int, str]], decided: list[Rating]
) -> None:
    allowing = {product.pk for product in request.grantable_products() if product.allows_not_applicable}
    for (product, name, _position, _text), rating in zip(criteria, decided, strict=True):
        if not rating.is_applicable and product not in allowing:
            raise InvalidTransition(_("Every criterion of %(product)s applies. Pass or fail it.") % {"product": name})
        if not rating.is_applicable and not rating.comment.strip():
            raise InvalidTransition(_("Say why a criterion is not applicable."))
    if not any(rating.is_applicable for rating in decided):
        raise InvalidTransition(_("Pass or fail at least one criterion."))


def _booked(request: ProductionRequest) -> Demo:
    demo = request.booked_demo()
    if demo is None:
        raise InvalidTransition(_("No demo is booked."))
    return demo


def _upcoming(request: ProductionRequest) -> Demo:
    demo = _booked(request)
    if demo.has_begun:
        raise InvalidTransition(_("The demo has begun. Staff record its result."))
    return demo


def _refuse_unless_free(slot: Slot, *, needs_notice: bool) -> None:
    if slot.starts_at <= timezone.now():
        raise InvalidTransition(_("This time has passed."))
    day = calendar.eastern_day(slot.starts_at)
    if not slot.is_extra:
        if name := holiday_on(day):
            raise InvalidTransition(_("There are no demos on %(holiday)s. Choose another time.") % {"holiday": name})
        if needs_notice and slot.starts_at < calendar.earliest_start(timezone.now()):
            raise InvalidTransition(
                _("Book at least %(days)d business days ahead, or ask support for an extra time.")
                % {"days": settings.DEMO_NOTICE_DAYS}
            )
    if slot.closed_at or Closure.objects.filter(first_day__lte=day, last_day__gte=day).exists():
        raise InvalidTransition(_("There are no demos at this time. Choose another one."))
    if slot.demos.live().exists():
        raise SlotTaken
