"""Booking a demo, moving and cancelling it, and its calendar file."""

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from myusa.lib.steps import InvalidTransition
from onboarding import invitations
from onboarding.calendar_notes import ETIQUETTE
from onboarding.forms.steps import SlotForm, VersionForm
from onboarding.models import Demo, Slot
from onboarding.views.lookup import signed_in, take, visible_request

SHOWN_SLOTS = 18


@login_required
def book(request: HttpRequest, request_id: int) -> HttpResponse:
    """Choose a time for the demo, or another one."""
    found = visible_request(request, request_id)
    user = signed_in(request)
    demo = found.demos.upcoming().first()
    verb = "rebook_demo" if demo else "book_demo"
    if verb not in {step.verb for step in found.steps_for(user)} or (demo and demo.has_begun):
        messages.error(request, _("A demo cannot be booked now."))
        return redirect(found)
    free = Slot.objects.free()
    if not free.exists():
        Slot.objects.generate()
    form = SlotForm(slots=list(free[:SHOWN_SLOTS]))
    status = 200
    if request.method == "POST":
        number = request.POST.get("slot", "")
        # Looked up among all slots: one that is taken or closed meanwhile is refused with its reason.
        slot = Slot.objects.filter(pk=number).first() if number.isdecimal() else None
        try:
            found.expect(request.POST.get("version"))
            if slot is None:
                raise InvalidTransition(_("Choose a time."))
            if demo:
                demo.move(slot, by=user)
            else:
                Demo.objects.book(found, slot, by=user)
        except InvalidTransition as refusal:
            found = visible_request(request, request_id)
            form = SlotForm(request.POST, slots=list(Slot.objects.free()[:SHOWN_SLOTS]))
            form.refuse(str(refusal))
            status = 409 if slot else 400
        else:
            messages.success(
                request, _("The demo is booked. An invitation for your calendar is on its way to your team.")
            )
            return redirect(found)
    context = {
        "production_request": found,
        "app": found.app,
        "demo": demo,
        "form": form,
        "etiquette": ETIQUETTE,
        "products": found.grantable_products(),
    }
    return render(request, "onboarding/book.html", context, status=status)


@login_required
def cancel(request: HttpRequest, request_id: int) -> HttpResponse:
    """Give the booked time back, after a question."""
    found = visible_request(request, request_id)
    demo = found.demos.upcoming().first()
    if request.method != "POST":
        if demo is None or demo.has_begun:
            messages.error(request, _("There is no demo that could be cancelled now."))
            return redirect(found)
        context = {
            "production_request": found,
            "app": found.app,
            "demo": demo,
            "version_form": VersionForm(initial={"version": found.version}),
        }
        return render(request, "onboarding/cancel.html", context)

    def call_off() -> None:
        if demo is None:
            raise InvalidTransition(_("No demo is booked."))
        demo.request = found
        demo.cancel(by=signed_in(request))

    return take(request, found, call_off, _("The demo is cancelled. You can book another time."))


@login_required
@require_safe
def invitation(request: HttpRequest, request_id: int, demo_id: int) -> HttpResponse:
    """Give the team the demo's calendar file."""
    found = visible_request(request, request_id)
    demo = get_object_or_404(found.demos.live(), pk=demo_id)
    content = invitations.calendar_file(demo, attendee=signed_in(request).email)
    answer = HttpResponse(content, content_type="text/calendar; charset=utf-8")
    answer["Content-Disposition"] = 'attachment; filename="demo.ics"'
    return answer
