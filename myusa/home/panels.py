"""What the home page shows in addition to the panels that apps register: the apps a person builds, the queues of staff."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Exists, OuterRef
from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timesince import timesince
from django.utils.translation import gettext as _

from accounts.contributions import HomePanel
from accounts.guards import person
from accounts.models import User
from developer_apps.models import App, PublicAccessRequest
from myusa.lib.admin import desk

SHOWN_APPS = 6
PENDING = PublicAccessRequest.Status.PENDING


@dataclass(frozen=True)
class AppCard:
    """An app on its developers' home page. The names are those of `components/card.html`."""

    title: str
    text: str
    link: str
    link_text: str
    status: str | Promise
    status_kind: str


def apps_of(user: User) -> list[AppCard]:
    """Return the apps of the person's teams that changed last, each with its next step."""
    asked = Exists(PublicAccessRequest.objects.filter(app=OuterRef("pk"), status=PENDING))
    apps = App.objects.visible_to(user).annotate(has_asked=asked).order_by("-updated_at")[:SHOWN_APPS]
    return [_card(app) for app in apps]


def _card(app: App) -> AppCard:
    status: str | Promise
    if app.is_blocked:
        status, kind, text = _("Blocked"), "bad", _("Staff blocked it. Its tokens and secrets don’t work.")
    elif app.is_public:
        status, kind, text = App.Mode.PUBLIC.label, "good", _("Everyone can sign in.")
    elif app.has_asked:  # type: ignore[attr-defined]
        status, kind, text = _("Public access requested"), "waiting", _("Staff are reviewing it.")
    else:
        status, kind, text = (
            App.Mode.PRIVATE.label,
            "info",
            _("Your team and its test users can sign in. Next step: request public access."),
        )
    link = reverse("developer_apps:app", args=[app.pk])
    return AppCard(app.name, text, link, _("Open %(app)s") % {"app": app.name}, status, kind)


def queues_of(request: HttpRequest) -> list[HomePanel]:
    """Return what is waiting for staff, as far as this person can see it in the admin."""
    if not person(request).is_staff:
        return []
    return [
        HomePanel(queue.title, _age(queue.oldest), queue.link, _("Open the queue"), queue.count)
        for queue in desk.queues(request)
    ]


def _age(oldest: datetime | None) -> str:
    if oldest is None:
        return _("Nothing is waiting.")
    return _("The oldest has waited %(time)s.") % {"time": timesince(oldest, timezone.now(), depth=1)}
