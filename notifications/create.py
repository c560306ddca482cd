"""Create a notification. Once it is committed, its delivery is certain.

The notification and its deliveries commit together; only then is a worker woken. A repeated call with the same
Idempotency-Key gets the first response, also when both run at once: a unique constraint decides.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated, Any, NamedTuple

from django.conf import settings
from django.db import IntegrityError
from django.db.models import Exists, OuterRef
from django.utils import timezone

from developer_apps.access.tokens import UserAccess
from developer_apps.api import idempotency
from developer_apps.models import Authorization
from myusa.lib.database.statements import Select
from myusa.lib.http.errors import TOKEN_INVALID
from myusa.lib.security.digests import keyed_digest, keyed_digests
from notifications import allowance, insert
from notifications.content import Content
from notifications.models import Delivery, Notification, RefusedAddress
from notifications.models.deliveries import domain_of
from notifications.models.preferences import address_digest
from notifications.states import Channel, Reason, State

_CONTENT = "notification-content"


class RecipientChannels(NamedTuple):
    """How the person of an authorization receives notifications, None where they chose nothing.

    `key_was_used`: the app used this Idempotency-Key for the person before.
    """

    by_email: Annotated[bool | None, "notification_preference__by_email"] = None
    by_sms: Annotated[bool | None, "notification_preference__by_sms"] = None
    phone_id: Annotated[int | None, "user__phone__pk"] = None
    opted_out_at: Annotated[datetime | None, "user__phone__opted_out_at"] = None
    address_is_refused: bool = False
    key_was_used: bool = False


_channels: Select[RecipientChannels] = Select(
    lambda authorization, address, key: Authorization.objects.filter(pk=authorization).annotate(
        address_is_refused=Exists(
            RefusedAddress.objects.given_up().filter(user=OuterRef("user"), address_digest=address)
        ),
        key_was_used=Exists(
            Notification.objects.filter(app=OuterRef("app"), user=OuterRef("user"), idempotency_digest=key)
        ),
    ),
    RecipientChannels,
    int,
    str,
    str,
)


def accept(access: UserAccess, content: Content, key_digests: Sequence[str] = ()) -> dict[str, Any]:
    """Store a notification of the app for the person, and return the API's answer.

    `key_digests` are those of the Idempotency-Key; the first is stored.

    Raises IDEMPOTENCY_KEY_REUSED and NOTIFICATION_LIMIT_REACHED. A repetition does not count toward the limits.
    """
    key_digest = key_digests[0] if key_digests else None
    channels = _channels_of(access, key_digest or "")
    may_be_known = channels.key_was_used or len(key_digests) > 1
    if may_be_known and (earlier := _earlier(access, key_digests, content)):
        return earlier
    allowance.count(access)
    notification = _notification(access, content, key_digest)
    try:
        insert.store(notification, _deliveries(access, notification, channels))
    except IntegrityError as error:
        # A parallel call with the same key was faster, or the person's account ended a moment ago.
        earlier = _earlier(access, key_digests, content) if key_digests else None
        if earlier is None:
            raise TOKEN_INVALID.problem() from error
        return earlier
    return notification.as_created()


def _channels_of(access: UserAccess, key_digest: str) -> RecipientChannels:
    if access.authorization_id is not None:
        found = _channels.one(access.authorization_id, address_digest(access.user_email), key_digest)
        return found or RecipientChannels()
    # A client's own token acts for a test user, who has no preferences.
    mine = Notification.objects.filter(app_id=access.app_id, user_id=access.user_id, idempotency_digest=key_digest)
    return RecipientChannels(key_was_used=bool(key_digest) and mine.exists())


def _earlier(access: UserAccess, key_digests: Sequence[str], content: Content) -> dict[str, Any] | None:
    mine = Notification.objects.filter(app_id=access.app_id, user_id=access.user_id, idempotency_digest__in=key_digests)
    found = mine.first()
    if found is None:
        return None
    if found.created_at < idempotency.oldest_key():
        mine.filter(pk=found.pk).update(idempotency_digest=None)
        return None
    if found.content_digest not in keyed_digests(_CONTENT, _text_of(content)):
        raise idempotency.reused()
    return found.as_created()


def _text_of(content: Content) -> str:
    return f"{content.subject}\n{content.body}"


def _notification(access: UserAccess, content: Content, key_digest: str | None) -> Notification:
    now = timezone.now()
    return Notification(
        user_id=access.user_id,
        app_id=access.app_id,
        sender=access.app_name,
        subject=content.subject,
        body=content.body,
        idempotency_digest=key_digest,
        content_digest=keyed_digest(_CONTENT, _text_of(content)) if key_digest else "",
        received_at=now,
        created_at=now,
        updated_at=now,
    )


def _deliveries(access: UserAccess, notification: Notification, channels: RecipientChannels) -> list[Delivery]:
    """Return a delivery for each channel the person chose, skipped where it cannot arrive."""
    made = [delivery(notification, Channel.EMAIL, _why_no_email(channels), email=access.user_email)]
    if channels.by_sms:
        made.append(delivery(notification, Channel.SMS, _why_no_sms(channels)))
    if access.is_test_user:
        for each in made:
            each.state, each.reason = State.RECORDED, Reason.TEST_USER
    return made


def delivery(notification: Notification, channel: str, obstacle: str = "", *, email: str = "") -> Delivery:
    """Return an unsaved delivery of `notification`: queued, or skipped because of `obstacle`."""
    return Delivery(
        channel=channel,
        queue=notification.app_id or 0,
        domain=domain_of(email),
        state=State.SKIPPED if obstacle else State.QUEUED,
        reason=obstacle,
        created_at=notification.created_at,
        updated_at=notification.created_at,
        give_up_at=notification.created_at + timedelta(seconds=settings.NOTIFICATIONS_GIVE_UP_AFTER),
    )


def _why_no_email(channels: RecipientChannels) -> str:
    if channels.by_email is False:
        return Reason.OPTED_OUT
    return Reason.ADDRESS_REFUSED if channels.address_is_refused else ""


def _why_no_sms(channels: RecipientChannels) -> str:
    if channels.phone_id is None:
        return Reason.NO_NUMBER
    return Reason.NUMBER_OPTED_OUT if channels.opted_out_at else ""
