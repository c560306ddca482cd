"""Send MyUSA's own announcements: once to everyone in the audience, in portions, and on after an interruption."""

from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from developer_apps.models import App, FormerConnection
from myusa.lib import texts
from myusa.lib.steps import InvalidTransition
from notifications.create import delivery
from notifications.delivery import wake_up
from notifications.models import Announcement, Delivery, Notification
from notifications.states import Channel

if TYPE_CHECKING:
    from accounts.models import User

PORTION = 500
PORTIONS_AT_ONCE = 20
# An announcement waits while so many of its emails are unsent, so that it never fills the queue in front of apps' messages.
MOST_UNSENT = 1000


def _of_deletion(app: App) -> dict[str, str]:
    return {
        "subject": _("%(app)s was deleted") % {"app": app.name},
        "body": _(
            "The team behind %(app)s deleted it. It can no longer use your data or send you anything. We "
            "closed its open tasks. You keep its earlier messages and the record of the data it used."
        )
        % {"app": app.name},
    }


def app_deleted(app: App) -> None:
    """Notify everyone who is connected to `app` that its team deletes it, in the caller's transaction."""
    newest = app.authorizations.live().order_by("-user_id").values_list("user_id", flat=True).first()
    if newest is None:
        return
    Announcement.objects.create(
        **texts.in_every_language(lambda: _of_deletion(app)),
        audience=Announcement.Audience.FORMER_USERS,
        about_app_id=app.pk,
        started_at=timezone.now(),
        final_person=newest,
    )


def correction_of(original: Announcement) -> dict[str, Any]:
    """Return the texts of an announcement as the beginning of its correction, in each of its languages."""

    def subject() -> dict[str, str]:
        wrong = texts.translated(original, "subject", get_language()).value
        return {"subject": wrong if original.corrects_id else _("Correction: %(subject)s") % {"subject": wrong}}

    subjects = texts.in_every_language(subject)
    translated = {
        code: {**columns, **subjects["translations"].get(code, {})} for code, columns in original.translations.items()
    }
    return {"subject": subjects["subject"], "body": original.body, "translations": translated}


def send_started() -> int:
    """Continue announcements that staff started; return how many people got one."""
    return sum(
        _send(pk) for pk in Announcement.objects.in_progress().order_by("started_at").values_list("pk", flat=True)
    )


def _send(pk: int) -> int:
    total = 0
    for _portion in range(PORTIONS_AT_ONCE):
        if Delivery.objects.unsent().filter(notification__announcement=pk)[:MOST_UNSENT].count() >= MOST_UNSENT:
            break
        count = _send_portion(pk)
        total += count
        if not count:
            break
    return total


@transaction.atomic
def _send_portion(pk: int) -> int:
    """Create the notifications of the next portion; a second sender waits here and continues behind it."""
    announcement = Announcement.objects.select_for_update().in_progress().filter(pk=pk).first()
    if announcement is None:
        return 0
    people = announcement.next_people(PORTION)
    if not people:
        FormerConnection.objects.filter(app_id=announcement.about_app_id or 0).delete()
        Announcement.objects.filter(pk=pk).update(finished_at=timezone.now())
        return 0
    _give(announcement, people)
    Announcement.objects.filter(pk=pk).update(
        last_person=people[-1][0], sent_count=announcement.sent_count + len(people)
    )
    transaction.on_commit(wake_up.wake)
    return len(people)


@transaction.atomic
def try_on(announcement: Announcement, *, by: "User") -> None:
    """Send it to `by` alone, as its audience would get it; raise InvalidTransition once it is being sent."""
    waiting = Announcement.objects.select_for_update().filter(pk=announcement.pk, started_at=None).first()
    if waiting is None:
        raise InvalidTransition(_("This was already sent."))
    waiting.notifications.filter(user=by).delete()
    _give(waiting, [(by.pk, by.email, by.language)])
    transaction.on_commit(wake_up.wake)


def _give(announcement: Announcement, people: list[tuple[int, str, str]]) -> None:
    """Create the notifications of some people, and their emails, each in the person's language."""
    notifications = Notification.objects.bulk_create(
        Notification(
            user_id=pk,
            announcement=announcement,
            sender=settings.SITE_NAME,
            subject=texts.translated(announcement, "subject", language).value,
            body=texts.translated(announcement, "body", language).value,
        )
        for pk, _email, language in people
    )
    deliveries = []
    for notification, (_pk, email, _language) in zip(notifications, people, strict=True):
        made = delivery(notification, Channel.EMAIL, email=email)
        made.notification = notification
        deliveries.append(made)
    Delivery.objects.bulk_create(deliveries)
