"""Calendar files for demos (RFC 5545). RFC 5546 says how a revision or a cancellation replaces the first one."""

import datetime

from django.conf import settings
from django.utils import timezone
from django.utils.translation import gettext as _
from icalendar import Calendar, Event, vCalAddress, vText

from myusa.lib.messages import mail
from onboarding.calendar_notes import NOTES
from onboarding.models import Demo


def calendar_file(demo: Demo, *, attendee: str = "", sequence: int | None = None) -> bytes:
    """Return the invitation for `attendee`, or the cancellation if the demo was canceled.

    `sequence` is the revision of the invitation, by default the latest.
    """
    cancelled = demo.cancelled_at is not None
    document = Calendar()
    document.add("prodid", f"-//{settings.SITE_NAME}//Demos//EN")
    document.add("version", "2.0")
    document.add("method", _method(demo))
    event = Event()
    event.add("uid", f"{demo.uid}@{settings.BASE_URL.split('://')[-1].split(':')[0]}")
    event.add("sequence", demo.sequence if sequence is None else sequence)
    event.add("dtstamp", timezone.now().astimezone(datetime.UTC))
    event.add("dtstart", demo.slot.starts_at.astimezone(datetime.UTC))
    event.add("dtend", demo.ends_at.astimezone(datetime.UTC))
    event.add("summary", _("Demo of %(app)s") % {"app": demo.request.app.name})
    event.add("description", _description(demo))
    event.add("location", _("Microsoft Teams"))
    if demo.meeting_link:
        event.add("url", demo.meeting_link)
    event.add("status", "CANCELLED" if cancelled else "CONFIRMED")
    organizer = vCalAddress(f"mailto:{settings.SUPPORT_EMAIL}")
    organizer.params["CN"] = vText(settings.SITE_NAME)
    event["organizer"] = organizer
    if attendee:
        guest = vCalAddress(f"mailto:{attendee}")
        guest.params["ROLE"], guest.params["RSVP"] = vText("REQ-PARTICIPANT"), vText("FALSE")
        event.add("attendee", guest)
    document.add_component(event)
    return bytes(document.to_ical())


def attachment(demo: Demo, *, attendee: str, sequence: int) -> mail.Attachment:
    """Return the calendar file as an email attachment that mail programs offer to accept (RFC 6047)."""
    content = calendar_file(demo, attendee=attendee, sequence=sequence)
    return "demo.ics", content, f"text/calendar; method={_method(demo)}"


def _method(demo: Demo) -> str:
    return "REQUEST" if demo.cancelled_at is None else "CANCEL"


def _description(demo: Demo) -> str:
    lines = [
        _("Meeting link: %(link)s") % {"link": demo.meeting_link or _("follows by email")},
        "",
        *(f"- {note}" for note in NOTES),
        "",
        settings.BASE_URL + demo.request.get_absolute_url(),
    ]
    return "\n".join(str(line) for line in lines)
