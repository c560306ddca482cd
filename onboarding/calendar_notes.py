"""How a demo works: the same notes on pages, in emails and in the calendar file."""

from django.utils.translation import gettext_lazy as _

NOTES = [
    _("Show your whole app, from the first page to the API’s response."),
    _("Share your screen. Use developer tools where they show requests and responses."),
    _("The session is recorded."),
    _("You need audio; a camera is optional."),
    _("We meet in Microsoft Teams. Install it or try it in your browser before the demo."),
    _("The people who built the app should be there. Questions and advice come at the end."),
]
