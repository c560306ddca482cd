"""Read what a worker needs to send: for a whole claim at once, so that sending needs no database.

This is the last check of whether the person wants the message: what was turned off, disconnected or deleted in the
meantime is skipped.
"""

import uuid
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, NamedTuple

import structlog

from accounts.models import Phone
from developer_apps.access import policy
from developer_apps.access.facts import is_member
from developer_apps.access.policy import AppFacts, Refusal, UserFacts
from developer_apps.models import App, Authorization
from myusa.lib.database.encryption import is_unreadable
from myusa.lib.database.rows import Rows
from notifications.delivery.claims import Claim
from notifications.models import AnnouncementPreference, RefusedAddress
from notifications.models.deliveries import reference_of
from notifications.models.preferences import address_digests
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
    language: str = ""
    obstacle: str = ""
    number: str = ""
    # No key decrypts its text or number. The key may come back.
    is_unreadable: bool = False

    @property
    def reference(self) -> str:
        """Return what names this delivery to mail servers and services."""
        return reference_of(self.delivery_id, self.uid)

    @property
    def is_sms(self) -> bool:
        return self.channel == Channel.SMS


def load(claim: Claim) -> list[Message]:
    """Return the messages of a claim, with the obstacles that arose since they were accepted."""
    queryset = claim.rows().annotate(
        is_member=is_member(team="notification__app__team_id", user="notification__user_id")
    )
    found = list(_rows.of(queryset))
    messages = [row.message() for row in found]
    preferences = _Preferences(messages)
    for message, row in zip(messages, found, strict=True):
        message.obstacle = row.obstacle() or preferences.obstacle(message, is_announcement=row.is_announcement)
    _give_numbers([message for message in messages if message.is_sms and not message.obstacle])
    return messages


class _MessageRow(NamedTuple):
    """What one statement reads about each delivery of a claim."""

    pk: int
    uid: uuid.UUID
    channel: str
    attempt_count: int
    notification_id: int
    user_id: Annotated[int, "notification__user_id"]
    app_id: Annotated[int | None, "notification__app_id"]
    sender: Annotated[str, "notification__sender"]
    subject: Annotated[str, "notification__subject"]
    body: Annotated[str, "notification__body"]
    email: Annotated[str, "notification__user__email"]
    language: Annotated[str, "notification__user__language"]
    deleted_at: Annotated[datetime | None, "notification__deleted_at"]
    is_active: Annotated[bool, "notification__user__is_active"]
    test_user_team_id: Annotated[int | None, "notification__user__test_user__team_id"]
    announcement_id: Annotated[int | None, "notification__announcement_id"]
    team_id: Annotated[int | None, "notification__app__team_id"]
    mode: Annotated[str | None, "notification__app__mode"]
    blocked_at: Annotated[datetime | None, "notification__app__blocked_at"]
    is_member: bool

    @property
    def is_announcement(self) -> bool:
        return self.announcement_id is not None

    def message(self) -> Message:
        return Message(
            delivery_id=self.pk,
            uid=self.uid,
            channel=self.channel,
            attempt_count=self.attempt_count,
            notification_id=self.notification_id,
            user_id=self.user_id,
            app_id=self.app_id,
            sender=self.sender,
            subject=self.subject,
            body=self.body,
            email=self.email,
            language=self.language,
            is_unreadable=is_unreadable(self.subject) or is_unreadable(self.body),
        )

    def obstacle(self) -> str:
        """Return why the message is not sent, apart from what the person chose."""
        if self.test_user_team_id is not None:
            return Reason.TEST_USER
        if not self.is_active:
            return Reason.ACCOUNT_CLOSED
        if self.deleted_at is not None:
            return Reason.DELETED
        if self.team_id is None:
            return "" if self.is_announcement else Reason.DISCONNECTED
        app = AppFacts(self.team_id, self.mode == App.Mode.PUBLIC, self.blocked_at is not None)
        refusal = policy.sign_in_refusal(app, UserFacts(self.is_active, self.is_member))
        return "" if refusal is None else _REASONS.get(refusal, Reason.APP_BLOCKED)


_rows = Rows(_MessageRow)
# A refusal without a reason of its own is a matter of the app.
_REASONS = {Refusal.PRIVATE: Reason.APP_PRIVATE}


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

    def _is_refused(self, message: Message) -> bool:
        return any((message.user_id, each) in self.refused for each in address_digests(message.email))

    def obstacle(self, message: Message, *, is_announcement: bool) -> str:
        if not message.is_sms and self.refused and self._is_refused(message):
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
    found = Phone.objects.filter(user_id__in={message.user_id for message in messages})
    phones = {phone.user_id: phone for phone in found}
    for message in messages:
        phone = phones.get(message.user_id)
        if phone is None:
            message.obstacle = Reason.NO_NUMBER
        elif phone.is_unreadable:
            message.is_unreadable = True
        elif not phone.takes_messages:
            message.obstacle = Reason.NUMBER_OPTED_OUT
        else:
            message.number = phone.number
