"""The help center: questions that people ask, with a search over them."""

from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe

MAX_QUERY = 100


@dataclass(frozen=True)
class Topic:
    """A question with its answer. `page` is the route on which people do it."""

    slug: str
    question: Promise
    answer: Promise
    page: str = ""
    page_text: Promise | str = ""

    def has(self, words: list[str]) -> bool:
        text = f"{self.question} {self.answer}".casefold()
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
            "Sign in with another passkey. Or ask for an emailed code and enter a recovery code next. Then remove the lost "
            "passkey or app in your security settings, and add a new one. If you have no recovery codes, email support "
            "from the email address of your account. For your security, support waits some days and tells you by email first."
        ),
    ),
    Topic(
        "lost-email",
        _("I can’t open my email anymore"),
        _(
            "Email support from another address. Support checks who you are, and changes the address of your account after some days."
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
            "Open Connected apps. Uncheck what you no longer want to share, or disconnect the app. It works right away. Apps keep what they already received, so ask them to delete it."
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
        _("An app does something wrong. What can I do?"),
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
            "Add a passkey or set up an authenticator app. Then someone who gets into your email still can’t sign in as you. Save the recovery codes."
        ),
        "accounts:security",
        _("Open security settings"),
    ),
    Topic(
        "is-it-real",
        _("Is this email, message or website really from MyUSA?"),
        _(
            "Check that the address of the page is the one at the top of this page. We never ask for a password, and we never ask you to read us a code."
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
    words = query.casefold().split()
    context = {"query": query, "topics": [topic for topic in TOPICS if topic.has(words)]}
    return render(request, "home/help.html", context)
