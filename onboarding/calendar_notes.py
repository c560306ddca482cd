"""How a demo goes: the same words on pages, in emails and in the calendar file."""

from django.utils.translation import gettext_lazy as _

ETIQUETTE = [
    _("Show the whole way through your app, from the first page to the API’s answer."),
    _("Share your screen. Developer tools are welcome where they show what is sent and received."),
    _("The session is recorded."),
    _("You need audio; a camera is optional."),
    _("We meet in Microsoft Teams: install it or try it in your browser before the demo."),
    _("The people who built the app should be there. Questions and advice come at the end."),
]
