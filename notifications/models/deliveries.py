"""Deliveries: a notification on its way over one channel, and each attempt at it.

The rows are the queue: `next_attempt_at` says when one is due, a claim with an end says which worker has it.
Times that decide something come from the database, because the clocks of workers differ.
"""

import uuid
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import F, Q
from django.db.models.functions import Now
from django.utils import timezone
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from myusa.lib.messages.automatic_email import sender_domain
from notifications.models.notifications import Notification
from notifications.states import UNSENT, Channel, Outcome, Reason, State, may_become


class DeliveryQuerySet(models.QuerySet["Delivery"]):
    def due(self) -> "DeliveryQuerySet":
        return self.filter(state=State.QUEUED, next_attempt_at__lte=Now())

    def unsent(self) -> "DeliveryQuerySet":
        return self.filter(state__in=UNSENT)

    def become(self, state: str, **changes: Any) -> int:
        """Change these rows to `state` where their current state allows it; return how many changed."""
        changes = {"claim": None, "claimed_until": None, "updated_at": Now(), **changes}
        return self.filter(state__in=may_become(state)).update(state=state, **changes)

    def resend(self) -> int:
        """Queue failed and skipped deliveries again; return how many.

        An `unknown` one is never sent again: its provider is asked.
        """
        give_up_at = Now() + timedelta(seconds=settings.NOTIFICATIONS_GIVE_UP_AFTER)
        return self.filter(state__in=[State.FAILED, State.SKIPPED]).become(
            State.QUEUED, next_attempt_at=Now(), give_up_at=give_up_at, reason="", attempt_count=0, abandoned_count=0
        )

    def oldest_unsent_seconds(self) -> float:
        """Return the age of the oldest delivery that should be on its way, 0 if there is none."""
        oldest = self.unsent().aggregate(at=models.Min("created_at"))["at"]
        return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0


class Delivery(models.Model):
    notification = models.ForeignKey(Notification, models.CASCADE, related_name="deliveries", db_index=False)
    # The Message-ID contains it, so it is the same at every repetition.
    uid = models.UUIDField(default=uuid.uuid4, editable=False)
    channel = models.CharField(_("channel"), max_length=10, choices=Channel.choices)
    # The app whose turn it is when this is sent (0: MyUSA itself), also after the app is deleted.
    queue = models.BigIntegerField(default=0, editable=False)
    # The recipient's, when it was accepted; "" for text messages.
    domain = models.CharField(_("domain"), max_length=255, blank=True, editable=False)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    reason = models.CharField(_("reason"), max_length=30, choices=Reason.choices, blank=True)
    claim = models.UUIDField(null=True, editable=False)
    claimed_until = models.DateTimeField(_("held by a worker until"), null=True, editable=False)
    # When the provider of text messages was first called in the current claim. After that the outcome is unknown until it
    # is recorded.
    call_began_at = models.DateTimeField(null=True, editable=False)
    attempt_count = models.PositiveIntegerField(_("attempts"), default=0)
    # How often a worker died with it in hand.
    abandoned_count = models.PositiveSmallIntegerField(_("times its worker stopped"), default=0)
    # How often its provider was asked about it.
    look_count = models.PositiveSmallIntegerField(_("times we asked the provider"), default=0)
    next_attempt_at = models.DateTimeField(_("next attempt"), db_default=Now())
    give_up_at = models.DateTimeField(_("give up"))
    provider_id = models.CharField(_("provider’s id"), max_length=255, blank=True)
    created_at = models.DateTimeField(_("accepted"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)
    delivered_at = models.DateTimeField(_("delivered"), null=True)
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)

    objects = DeliveryQuerySet.as_manager()

    class Meta:
        verbose_name = _("delivery")
        verbose_name_plural = _("deliveries")
        indexes = [
            models.Index(
                fields=["channel", "queue", "next_attempt_at"],
                condition=Q(state="queued", abandoned_count=0),
                name="delivery_due",
            ),
            models.Index(
                fields=["next_attempt_at"],
                condition=Q(state="queued", abandoned_count__gt=0),
                name="delivery_abandoned",
            ),
            models.Index(fields=["domain", "next_attempt_at"], condition=Q(state="queued"), name="delivery_due_domain"),
            models.Index(
                fields=["created_at"], condition=Q(state__in=["queued", "sending", "unknown"]), name="delivery_unsent"
            ),
            models.Index(fields=["provider_id"], condition=~Q(provider_id=""), name="delivery_provider_id"),
            models.Index(fields=["-created_at"], name="delivery_created"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["notification", "channel"], name="delivery_once_per_channel"),
            models.CheckConstraint(condition=Q(state="sending") | Q(claim=None), name="delivery_claim_while_sending"),
        ]

    def __str__(self) -> str:
        return capfirst(f"{self._meta.verbose_name} #{self.pk}")

    @property
    def message_id(self) -> str:
        """Return the Message-ID of its email (RFC 5322 §3.6.4)."""
        return message_id(self.uid)

    def as_json(self) -> dict[str, Any]:
        """Return what an app may see: the state, never the address."""
        return {
            "channel": self.channel,
            "state": self.state,
            "reason": self.reason or None,
            "attempts": self.attempt_count,
            "next_attempt_at": self.next_attempt_at if self.state == State.QUEUED else None,
            "sent_at": self.sent_at,
            "delivered_at": self.delivered_at,
        }

    @transaction.atomic
    def note_status(self, state: str, *, answer: str, reason: str = "", provider_id: str = "") -> bool:
        """Record what the provider reports; return False if something newer is known."""
        changes: dict[str, Any] = {"reason": reason}
        if provider_id:
            changes["provider_id"] = provider_id
        if state in (State.SENT, State.DELIVERED):
            changes["sent_at"] = models.functions.Coalesce(F("sent_at"), Now())
        if state == State.DELIVERED:
            changes["delivered_at"] = Now()
        # A worker that still holds the row finds its claim gone and leaves the row as it is.
        if not Delivery.objects.filter(pk=self.pk).become(state, **changes):
            return False
        outcome = {State.SENT: Outcome.SENT, State.DELIVERED: Outcome.DELIVERED}.get(State(state), Outcome.REFUSED)
        self.attempts.create(outcome=outcome, answer=answer[:ANSWER_LENGTH])
        return True


ANSWER_LENGTH = 500


class Attempt(models.Model):
    """One attempt at a delivery, or a later report of its provider."""

    delivery = models.ForeignKey(Delivery, models.CASCADE, related_name="attempts")
    at = models.DateTimeField(_("at"), default=timezone.now, db_index=True)
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices)
    answer = models.CharField(_("provider’s answer"), max_length=ANSWER_LENGTH, blank=True)
    trace = models.CharField(_("trace"), max_length=36, blank=True)

    class Meta:
        verbose_name = _("attempt")
        verbose_name_plural = _("attempts")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M:%S} {self.outcome}"


def domain_of(address: str) -> str:
    """Return the domain of an email address as deliveries store it."""
    return address.rpartition("@")[2].lower()[:255]


def message_id(uid: uuid.UUID) -> str:
    return f"<{uid}@{sender_domain()}>"


def reference_of(delivery_id: int, uid: uuid.UUID) -> str:
    """Return what names a delivery to mail servers and services. Only who got the email knows it."""
    return f"{delivery_id}-{uid.hex}"
