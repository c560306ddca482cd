"""Which pages the documentation has, in the order of reading. Their texts are in `templates/developer_apps/docs/pages/`."""

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True)
class Page:
    """One page: its slug in the address, its title, and a line on what it answers."""

    slug: str
    title: Text
    summary: Text


@dataclass(frozen=True)
class Section:
    title: Text
    pages: list[Page]


SECTIONS = [
    Section(
        _("Start"),
        [
            Page("getting-started", _("Getting started"), _("From nothing to your first profile, in five steps.")),
            Page("registering", _("Registering an app"), _("What the form asks, and what you get for it.")),
            Page("modes", _("Private and public"), _("Who may sign in through your app, and how everyone may.")),
            Page("connecting", _("Connecting people"), _("The button, the Connect URL, and the way back to your app.")),
        ],
    ),
    Section(
        _("Access"),
        [
            Page("scopes", _("Scopes"), _("What an app may ask for, field by field.")),
            Page("tokens", _("Tokens"), _("Get, refresh, inspect and revoke access tokens.")),
            Page("sandbox", _("Sandbox and test users"), _("Made-up people, and faults on demand.")),
            Page("limits", _("Limits and quotas"), _("How many calls you have, and what happens after.")),
        ],
    ),
    Section(
        _("APIs"),
        [
            Page("profile", _("Profile API"), _("Read what a person shared with your app.")),
            Page("tasks", _("Tasks API"), _("Give people tasks, and see what they have done.")),
            Page("notifications", _("Notifications API"), _("Tell people something, by inbox, email and SMS.")),
            Page("services", _("APIs served elsewhere"), _("Use your token at servers of other agencies.")),
        ],
    ),
    Section(
        _("Running"),
        [
            Page("production", _("Going to production"), _("From sandbox to production keys, step by step.")),
            Page("versions", _("Versions"), _("What may change under you, and what never does.")),
            Page("migrating", _("Coming from the first MyUSA"), _("Old paths and bodies that still work.")),
            Page("support", _("Support"), _("Whom to ask, and what to tell them.")),
        ],
    ),
]
PAGES = {page.slug: page for section in SECTIONS for page in section.pages}


def neighbours(slug: str) -> tuple[Page | None, Page | None]:
    """Return the pages before and after this one in the order of reading."""
    order = list(PAGES.values())
    index = order.index(PAGES[slug])
    return (order[index - 1] if index else None), (order[index + 1] if index + 1 < len(order) else None)
