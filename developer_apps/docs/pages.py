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


@dataclass(frozen=True)
class Link:
    """A page in an order of reading."""

    slug: str
    title: Text
    url: str


START = Section(
    _("Start"),
    [
        Page("getting-started", _("Getting started"), _("Get a profile in six steps.")),
        Page("registering", _("Registering an app"), _("What the form asks for and which keys you get.")),
        Page("modes", _("Private and public"), _("Who can sign in through your app, and how to let everyone in.")),
        Page(
            "connecting",
            _("Connecting people"),
            _("The button, the Connect URL and the redirect back to your app."),
            goal=_("Sign people in"),
        ),
        Page("starters", _("Starter apps"), _("Working code for Django, Express, Rails and single-page apps.")),
    ],
)
ACCESS = Section(
    _("Access"),
    [
        Page("scopes", _("Scopes"), _("What your app can ask for, field by field.")),
        Page("tokens", _("Tokens"), _("Get, refresh, inspect and revoke access tokens.")),
        Page(
            "sandbox",
            _("Sandbox and test users"),
            _("Test users and forced errors."),
            goal=_("Test without real people"),
        ),
        Page("limits", _("Limits and quotas"), _("Quotas and what happens when you exceed them.")),
    ],
)
SERVED_ELSEWHERE = Page(
    "services",
    _("APIs from other agencies"),
    _("Use your token with other agencies’ APIs."),
    goal=_("Use or serve an agency’s API"),
)
OPERATE = Section(
    _("Operate"),
    [
        Page("runs", _("Scenarios and runs"), _("Test your app step by step and see what we observe.")),
        Page(
            "production",
            _("Going to production"),
            _("From sandbox to production keys, step by step."),
            goal=_("Go to production"),
        ),
        Page(
            "clients", _("Generated clients"), _("Typed clients for Python and TypeScript from the OpenAPI document.")
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


def neighbors(slug: str, order: Sequence[Link]) -> tuple[Link | None, Link | None]:
    """Return what is read before and after a page of this order; nothing for a page that is not in it."""
    index = next((number for number, link in enumerate(order) if link.slug == slug), None)
    if index is None:
        return None, None
    return (order[index - 1] if index else None), (order[index + 1] if index + 1 < len(order) else None)


def goals() -> list[Page]:
    """Return the pages that people come to with a goal, in the order of reading."""
    return [page for page in pages().values() if page.goal]
