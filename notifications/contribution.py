"""What notifications add to people's accounts and to the developer portal."""

from typing import TYPE_CHECKING, Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.contributions import AccountContribution, HomeItem, HomePanel
from accounts.own_data import Rows
from developer_apps.contributions import ApiContribution, Scope, ScopeGroup
from developer_apps.models import Authorization
from myusa.lib.http.times import iso
from notifications import announcing, docs
from notifications.context_processors import label
from notifications.models import AnnouncementPreference, Notification, RefusedAddress
from notifications.unsubscribe import Subscription

if TYPE_CHECKING:
    from accounts.models import User


SCOPE = "notifications"

# Unread messages that the home page lists.
ON_HOME = 3


def account() -> AccountContribution:
    return AccountContribution(
        "notifications",
        exports={"notifications": export},
        erase=erase,
        address_proven=RefusedAddress.objects.forget_address,
        deletion_notices=deletion_notices,
        home_panels=[home_panel],
    )


def api() -> ApiContribution:
    scope = Scope(SCOPE, gettext_lazy("Send you notifications"), gettext_lazy("Send notifications to the person"))
    return ApiContribution(
        "notifications",
        product="notifications",
        scope_groups=[
            ScopeGroup(
                "notifications",
                gettext_lazy("Notifications"),
                [scope],
                request=gettext_lazy("Send you notifications"),
            )
        ],
        reads=gettext_lazy("{app} checked a message it sent you"),
        writes=gettext_lazy("{app} sent you a message"),
        paths=("/notifications",),
        docs_page=docs.PAGE,
        examples=docs.EXAMPLES,
        flows=[docs.FLOW],
        app_deleted=announcing.app_deleted,
        demo_endpoints=[("notifications", "POST")],
    )


def export(user: "User") -> dict[str, Any]:
    """Return every notification with its deliveries, deleted ones too while they are kept, and the person's choices."""
    kept = Notification.objects.filter(user=user).prefetch_related("deliveries").newest_first()
    received = (_notification(each) for each in kept.iterator(chunk_size=Rows.READ_TOGETHER))
    connected = Authorization.objects.live().filter(user=user).select_related("app", "notification_preference")
    return {
        "received": Rows(received),
        "channels": [_channels(each) for each in connected],
        "announcements_by_email": Subscription.to_announcements(user).is_on,
        "refused_addresses": [
            {"refused_at": iso(each.refused_at), "given_up_at": iso(each.given_up_at), "answer": each.answer}
            for each in RefusedAddress.objects.filter(user=user)
        ],
    }


def erase(user: "User") -> None:
    """Delete a person's notifications, their deliveries and attempts, and all choices."""
    Notification.objects.filter(user=user).delete()
    RefusedAddress.objects.filter(user=user).delete()
    AnnouncementPreference.objects.filter(user=user).delete()


def deletion_notices(user: "User") -> list[str | Promise]:
    count = Notification.objects.filter(user=user).count()
    if not count:
        return []
    text = ngettext("Your one notification is deleted.", "Your %(count)d notifications are deleted.", count)
    return [text % {"count": count}]


def home_panel(request: HttpRequest) -> HomePanel | None:
    count = Notification.objects.unread_count(request.user)  # type: ignore[arg-type]
    unread = Notification.objects.visible_to(request.user).unread().newest_first().defer("body")  # type: ignore[arg-type]
    text = ngettext("You have %(count)s unread notification.", "You have %(count)s unread notifications.", count)
    return HomePanel(
        title=_("Notifications"),
        text=text % {"count": label(count)} if count else _("No new notifications."),
        link=reverse("notifications:inbox"),
        link_text=_("See all notifications"),
        order=20,
        icon="notifications",
        items=[HomeItem(each.subject, each.get_absolute_url(), each.sender) for each in unread[:ON_HOME]],
    )


def _notification(notification: Notification) -> dict[str, Any]:
    return {
        "from": notification.sender,
        "subject": notification.subject,
        "body": notification.body,
        "received_at": iso(notification.received_at),
        "read_at": iso(notification.viewed_at),
        "deleted_at": iso(notification.deleted_at),
        "deliveries": [
            {"channel": each.channel, "state": each.state, "sent_at": iso(each.sent_at)}
            for each in notification.deliveries.all()
        ],
    }


def _channels(authorization: Authorization) -> dict[str, Any]:
    preference = getattr(authorization, "notification_preference", None)
    return {
        "app": authorization.app.name,
        "email": preference.by_email if preference else True,
        "sms": preference.by_sms if preference else False,
    }
