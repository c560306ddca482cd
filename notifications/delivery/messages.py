"""Read what a worker needs to send: for a whole claim at once, so that sending needs no database.

This is the last check of whether the person wants the message: what was turned off, disconnected or deleted in the
meantime is skipped.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import structlog
from django.db.models import QuerySet

from accounts.models import Phone
from developer_apps.access.tokens import admits, is_member
from developer_apps.models import Authorization
from notifications.delivery.claims import Claim
from notifications.models import AnnouncementPreference, RefusedAddress
from notifications.models.deliveries import reference_of
from notifications.models.preferences import address_digest
from notifications.states import Channel, Reason

logger = structlog.get_logger(__name__)


@dataclass(slots=True)
class Message:
    """One delivery on its way: what is sent where, or the `obstacle` that prevents it."""

    delivery_id: int
    uid: uuid.UUID
    channel: str
    attempt_count: int
    notification_id: int
    user_id: int
    app_id: int | None
    sender: str
    subject: str
    body: str
    email: str
    obstacle: str = ""
    number: str = ""

    @property
    def reference(self) -> str:
        """Return what names this delivery to mail servers and services."""
        return reference_of(self.delivery_id, self.uid)

    @property
    def is_sms(self) -> bool:
        return self.channel == Channel.SMS


def load(claim: Claim) -> list[Message]:
    """Return the messages of a claim, with the obstacles that arose since they were accepted."""
    rows: list[tuple[Any, ...]] = list(
        claim.rows()
        .annotate(is_member=is_member(team="notification__app__team_id", user="notification__user_id"))
        .values_list(
            "pk",
            "uid",
            "channel",
            "attempt_count",
            "notification_id",
            "notification__user_id",
            "notification__app_id",
            "notification__sender",
            "notification__subject",
            "notification__body",
            "notification__user__email",
            "notification__deleted_at",
            "notification__user__is_active",
            "notification__user__test_user__team_id",
            "notification__announcement_id",
            "notification__app__team_id",
            "notification__app__mode",
            "notification__app__blocked_at",
            "is_member",
        )
    )
    split = -len(MessageFacts._fields)
    messages = [Message(*row[:split]) for row in rows]
    preferences = _Preferences(messages)
    for message, row in zip(messages, rows, strict=True):
        facts = MessageFacts(*row[split:])
        message.obstacle = _obstacle(facts) or preferences.obstacle(message, is_announcement=facts.is_announcement)
    _give_numbers([message for message in messages if message.is_sms and not message.obstacle])
    return messages


class MessageFacts(NamedTuple):
    """What `load` reads in addition to a message, in its order."""

    deleted_at: datetime | None
    is_active: bool
    test_user_team_id: int | None
    announcement_id: int | None
    team_id: int | None
    mode: str | None
    blocked_at: datetime | None
    is_member: bool

    @property
    def is_announcement(self) -> bool:
        return self.announcement_id is not None


def _obstacle(facts: MessageFacts) -> str:
    if facts.test_user_team_id is not None:
        return Reason.TEST_USER
    if not facts.is_active:
        return Reason.ACCOUNT_CLOSED
    if facts.deleted_at is not None:
        return Reason.DELETED
    if facts.team_id is None or facts.mode is None:
        return "" if facts.is_announcement else Reason.DISCONNECTED
    if facts.blocked_at is not None:
        return Reason.APP_BLOCKED
    return "" if admits(facts.mode, facts.team_id, facts.is_member, None) else Reason.APP_PRIVATE


class _Preferences:
    """What the people of a claim have chosen, read by three statements however many they are."""

    def __init__(self, messages: list[Message]) -> None:
        users = {message.user_id for message in messages}
        apps = {message.app_id for message in messages if message.app_id is not None}
        live = Authorization.objects.live().filter(user_id__in=users, app_id__in=apps)
        chosen = live.values_list(
            "user_id", "app_id", "notification_preference__by_email", "notification_preference__by_sms"
        )
        self.by_connection = {(user, app): (by_email, by_sms) for user, app, by_email, by_sms in chosen}
        self.refused = set(
            RefusedAddress.objects.given_up().filter(user_id__in=users).values_list("user_id", "address_digest")
        )
        announced = {message.user_id for message in messages if message.app_id is None}
        self.unannounced: set[int] = set()
        if announced:
            unwanted = AnnouncementPreference.objects.filter(user_id__in=announced, by_email=False)
            self.unannounced = set(unwanted.values_list("user_id", flat=True))

    def obstacle(self, message: Message, *, is_announcement: bool) -> str:
        if not message.is_sms and self.refused and (message.user_id, address_digest(message.email)) in self.refused:
            return Reason.ADDRESS_REFUSED
        if is_announcement:
            return Reason.OPTED_OUT if message.is_sms or message.user_id in self.unannounced else ""
        if message.app_id is None:
            return Reason.DISCONNECTED
        found = self.by_connection.get((message.user_id, message.app_id))
        if found is None:
            return Reason.DISCONNECTED
        by_email, by_sms = found
        wanted = bool(by_sms) if message.is_sms else by_email is not False
        return "" if wanted else Reason.OPTED_OUT


def _give_numbers(messages: list[Message]) -> None:
    if not messages:
        return
    phones = _phones(Phone.objects.filter(user_id__in={message.user_id for message in messages}))
    for message in messages:
        phone = phones.get(message.user_id)
        if phone is None:
            message.obstacle = Reason.NO_NUMBER
        elif not phone.takes_messages:
            message.obstacle = Reason.NUMBER_OPTED_OUT
        else:
            message.number = phone.number


def _phones(found: "QuerySet[Phone]") -> dict[int, Phone]:
    try:
        return {phone.user_id: phone for phone in found}
    except Exception:  # one number that no key decrypts must not stop the others
        readable = {}
        for pk in found.values_list("pk", flat=True):
            try:
                phone = Phone.objects.get(pk=pk)
            except Exception as error:
                logger.error("phone_unreadable", phone=pk, error=type(error).__name__)
            else:
                readable[phone.user_id] = phone
        return readable
