"""Book, move and cancel a demo, and download its calendar file."""

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from accounts import repeats
from accounts.guards import person
from myusa.lib.steps import InvalidTransition
from onboarding import calendar, invitations, time_zones
from onboarding.calendar_notes import NOTES
from onboarding.forms.steps import SlotForm, VersionForm
from onboarding.models import Slot
from onboarding.steps import demo as steps
from onboarding.views.lookup import take, visible_request

SHOWN_SLOTS = 18


@login_required
@repeats.once
def book(request: HttpRequest, request_id: int) -> HttpResponse:
    """Choose a time for the demo, or a new time."""
    found = visible_request(request, request_id)
    user = person(request)
    demo = found.booked_demo()
    verb = "rebook_demo" if demo else "book_demo"
    if verb not in {step.verb for step in found.steps_for(user)} or (demo and demo.has_begun):
        messages.error(request, _("You can't book a demo now."))
        return redirect(found)
    free = Slot.objects.free()
    if not free.exists():
        Slot.objects.generate()
    zone = time_zones.of(request)
    form = SlotForm(slots=list(free[:SHOWN_SLOTS]), zone=zone)
    status = 200
    if request.method == "POST":
        number = request.POST.get("slot", "")
        # Looked up among all slots: one that was taken or closed in the meantime is refused with its reason.
        slot = Slot.objects.filter(pk=number).first() if number.isdecimal() else None
        try:
            found.expect(request.POST.get("version"))
            if slot is None:
                raise InvalidTransition(_("Choose a time."))
            if demo:
                steps.move(found, slot, by=user)
            else:
                steps.book(found, slot, by=user)
        except InvalidTransition as refusal:
            found = visible_request(request, request_id)
            form = SlotForm(request.POST, slots=list(Slot.objects.free()[:SHOWN_SLOTS]), zone=zone)
            form.refuse(str(refusal))
            status = 409 if slot else 400
        else:
            messages.success(request, _("Demo booked. We emailed your team a calendar invitation."))
            return repeats.done(request, redirect(found))
    now = timezone.now()
    today = calendar.eastern_day(now)
    context = {
        "production_request": found,
        "app": found.app,
        "demo": demo,
        "booked_for": time_zones.in_words(demo.slot.starts_at, zone) if demo else "",
        "form": form,
        "zone": zone,
        "zones": time_zones.choices(zone),
        "zone_was_chosen": time_zones.was_chosen(request),
        "earliest": time_zones.in_words(calendar.earliest_start(now), zone),
        "demo_notes": NOTES,
        "notice_days": settings.DEMO_NOTICE_DAYS,
        "holidays": calendar.closed_days(today, today + settings.DEMO_SLOT_WEEKS * 7 * calendar.DAY),
        "products": found.grantable_products(),
    }
    return render(request, "onboarding/book.html", context, status=status)


@login_required
@repeats.once
def cancel(request: HttpRequest, request_id: int) -> HttpResponse:
    """Cancel the booked demo, after a confirm page."""
    found = visible_request(request, request_id)
    demo = found.booked_demo()
    if request.method != "POST":
        if demo is None or demo.has_begun:
            messages.error(request, _("There is no demo to cancel."))
            return redirect(found)
        context = {
            "production_request": found,
            "app": found.app,
            "demo": demo,
            "version_form": VersionForm(initial={"version": found.version}),
        }
        return render(request, "onboarding/cancel.html", context)

    def end() -> None:
        steps.cancel(found, by=person(request))

    return take(request, found, end, _("Demo canceled. You can book another time."))


@login_required
@require_safe
def invitation(request: HttpRequest, request_id: int, demo_id: int) -> HttpResponse:
    """Return the demo's calendar file to the team."""
    found = visible_request(request, request_id)
    demo = get_object_or_404(found.demos.live(), pk=demo_id)
    content = invitations.calendar_file(demo, attendee=person(request).email)
    response = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    response["Content-Disposition"] = 'attachment; filename="demo.ics"'
    return response
