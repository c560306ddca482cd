"""The help center: questions that people ask, with a search over them."""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

import structlog
from django.db import DatabaseError
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

from developer_apps.models import HelpArticle

MAX_QUERY = 100

logger = structlog.get_logger(__name__)


@dataclass(frozen=True)
class Topic:
    """A question with its answer. `page` is the route on which people do it."""

    slug: str
    question: Promise
    answer: Promise
    page: str = ""
    page_text: Promise | str = ""

    def has(self, words: list[str]) -> bool:
        text = _searchable(f"{self.question} {self.answer}")
        return all(word in text for word in words)


TOPICS = (
    Topic(
        "no-code",
        _("I didn’t get a sign-in code"),
        _(
            "It can take a minute. Check your spam folder and make sure the email address is right. "
            "Then ask for a new code. Use the newest one, in the browser where you asked for it."
        ),
        "accounts:sign_in",
        _("Get a new code"),
    ),
    Topic(
        "lost-phone",
        _("I lost my phone, my passkey or my authenticator app"),
        _(
            "Sign in with another passkey. Or ask for an emailed code, then enter a recovery code. Next, "
            "remove the lost passkey or app in your security settings, and add a new one. If you have no "
            "recovery codes, email support from the email address of your account. For your security, "
            "support emails you first and then waits a few days."
        ),
    ),
    Topic(
        "lost-email",
        _("I can’t open my email anymore"),
        _(
            "Email support from another address. Support checks who you are and changes the address of your account after a few days."
        ),
    ),
    Topic(
        "what-apps-see",
        _("What can apps see about me?"),
        _(
            "Only what you share with them. Open a connected app to see each item with its value, and when the app last read it."
        ),
        "developer_apps:authorizations",
        _("See connected apps"),
    ),
    Topic(
        "checked-apps",
        _("What does “checked by MyUSA staff” mean?"),
        _(
            "Before an app opens to everyone, staff check who runs it, what it does and what it asks for. "
            "They also check its web addresses, its privacy policy and where people get help. Staff "
            "review later changes to these. MyUSA doesn’t recommend the app or control what it does with "
            "your information. For that, read the app’s privacy policy."
        ),
        "developer_apps:authorizations",
        _("See connected apps"),
    ),
    Topic(
        "who-read",
        _("Which app read my information, and when?"),
        _("Activity lists what each app read or did, and how often. You can download the list."),
        "accounts:activity",
        _("See activity"),
    ),
    Topic(
        "disconnect",
        _("How do I disconnect an app or stop sharing?"),
        _(
            "Open Connected apps. Uncheck what you no longer want to share, or disconnect the app. Changes apply right away. Apps keep what they already received, so ask them to delete it."
        ),
        "developer_apps:authorizations",
        _("See connected apps"),
    ),
    Topic(
        "stop-texts",
        _("How do I stop text messages or emails?"),
        _(
            "Reply STOP to any text message, or use the unsubscribe link of an email. You can also choose for each app what it sends."
        ),
        "notifications:settings",
        _("Choose how you get notifications"),
    ),
    Topic(
        "report",
        _("An app is doing something wrong. What can I do?"),
        _(
            "Open Connected apps and choose “Report this app”. MyUSA staff read it. The app’s team does not see who reported it."
        ),
        "developer_apps:authorizations",
        _("See connected apps"),
    ),
    Topic(
        "change-email",
        _("How do I change my email address?"),
        _(
            "Open Account and choose a new email address. We send a code there first. Your old address gets an email about the change."
        ),
        "accounts:account",
        _("Open account settings"),
    ),
    Topic(
        "protect",
        _("How do I make my account safer?"),
        _(
            "Add a passkey or set up an authenticator app. Then someone who gets into your email still can’t sign in. Save your recovery codes."
        ),
        "accounts:security",
        _("Open security settings"),
    ),
    Topic(
        "is-it-real",
        _("Is this email, message or website really from MyUSA?"),
        _(
            "Check that the page has the address shown at the top of this page. We never ask for a password, and we never ask you to read us a code."
        ),
    ),
    Topic(
        "delete",
        _("How do I download my data or delete my account?"),
        _("Open Account. You can download a copy of your data there, and delete the account with everything in it."),
        "accounts:account",
        _("Open account settings"),
    ),
)


@require_safe
def center(request: HttpRequest) -> HttpResponse:
    """Show the questions, all of them or those with the words of `q`."""
    query = request.GET.get("q", "")[:MAX_QUERY].strip()
    words = _searchable(query).split()
    context = {
        "query": query,
        "topics": [topic for topic in TOPICS if topic.has(words)],
        "written": list(_written(words)),
    }
    return render(request, "home/help.html", context)


def _written(words: list[str]) -> Iterator[HelpArticle]:
    """Yield what staff wrote for people and has all words. Without a database the page has the other questions."""
    try:
        found = list(HelpArticle.objects.published().for_people())
    except DatabaseError as error:
        logger.warning("help_questions_missing", error=type(error).__name__)
        return
    for each in found:
        text = _searchable(f"{each.translated_title.value} {each.translated_html}")
        if all(word in text for word in words):
            yield each


def _searchable(text: str) -> str:
    """Return `text` in lower case and without accents, which people leave out when they search."""
    return "".join(each for each in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(each))
