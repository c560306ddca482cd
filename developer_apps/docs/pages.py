"""The pages of the documentation, in the order of reading."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext_lazy as _

from developer_apps import contributions
from developer_apps.contributions import Page, Text


@dataclass(frozen=True)
class Section:
    title: Text
    pages: Sequence[Page]


START = Section(
    _("Start"),
    [
        Page("getting-started", _("Getting started"), _("Get a profile in five steps.")),
        Page("registering", _("Registering an app"), _("What the form asks, and what you get for it.")),
        Page("modes", _("Private and public"), _("Who may sign in through your app, and how everyone may.")),
        Page(
            "connecting",
            _("Connecting people"),
            _("The button, the Connect URL, and the way back to your app."),
            goal=_("Sign people in"),
        ),
    ],
)
ACCESS = Section(
    _("Access"),
    [
        Page("scopes", _("Scopes"), _("What an app may ask for, field by field.")),
        Page("tokens", _("Tokens"), _("Get, refresh, inspect and revoke access tokens.")),
        Page(
            "sandbox",
            _("Sandbox and test users"),
            _("Test users, and faults on demand."),
            goal=_("Test without real people"),
        ),
        Page("limits", _("Limits and quotas"), _("Quotas and what happens when you exceed them.")),
    ],
)
SERVED_ELSEWHERE = Page(
    "services",
    _("APIs served elsewhere"),
    _("Use your token at servers of other agencies."),
    goal=_("Use or serve an API of an agency"),
)
OPERATE = Section(
    _("Operate"),
    [
        Page("runs", _("Scenarios and runs"), _("Try your app step by step, and see what we observe.")),
        Page(
            "production",
            _("Going to production"),
            _("From sandbox to production keys, step by step."),
            goal=_("Go to production"),
        ),
        Page("versions", _("Versions"), _("How versions work and what counts as a breaking change.")),
        Page(
            "migrating",
            _("Migrate from MyUSA v0"),
            _("Old paths and bodies that still work."),
            goal=_("Migrate from MyUSA v0"),
        ),
        Page("support", _("Support"), _("Who to contact, and what to include.")),
    ],
)


def sections() -> list[Section]:
    served = [each.docs_page for each in contributions.registered if each.docs_page]
    return [START, ACCESS, Section(_("APIs"), [*served, SERVED_ELSEWHERE]), OPERATE]


def pages() -> dict[str, Page]:
    """Return all pages by slug, in the order of reading."""
    return {page.slug: page for section in sections() for page in section.pages}


def neighbors(slug: str) -> tuple[Page | None, Page | None]:
    """Return the pages before and after this one in the order of reading."""
    order = list(pages().values())
    index = [page.slug for page in order].index(slug)
    return (order[index - 1] if index else None), (order[index + 1] if index + 1 < len(order) else None)


def goals() -> list[Page]:
    """Return the pages that people come to with a goal, in the order of reading."""
    return [page for page in pages().values() if page.goal]
