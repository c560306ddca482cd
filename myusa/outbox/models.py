"""The emails of the system, from their cause to the mail server."""

import base64
import re
import uuid
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime, timedelta
from email.utils import parseaddr
from typing import Any

import structlog
from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib import languages, zones
from myusa.lib.database.encryption import EncryptedJSONField, EncryptedTextField, UnreadableValue, readable
from myusa.lib.leases import LeasedModel, wait_after
from myusa.lib.messages import mail
from myusa.lib.messages.automatic_email import sender_domain
from myusa.lib.messages.mail import Attachment, Content, NotSent
from myusa.lib.observability import tallies
from myusa.lib.wake_up import WakeUp

USEFUL_FOR = timedelta(hours=72)
# What is kept of an email that is done: the text of a failed one, to send it again, and the row.
TEXT_KEPT_FOR = timedelta(days=30)
KEPT_FOR = timedelta(days=365)
# An email that is still unsent after this time is in trouble: the usual one takes seconds.
LATE_AFTER = timedelta(hours=1)

# How a reference begins, to tell it from those of other emails.
_REFERENCE = "o"
_REFERENCE_FORM = re.compile(rf"{_REFERENCE}(?P<pk>[0-9]{{1,18}})-(?P<uid>[0-9a-f]{{32}})")

logger = structlog.get_logger(__name__)
wake_up = WakeUp(inline=True)


class State(models.TextChoices):
    QUEUED = "queued", _("Queued")
    SENDING = "sending", _("Being sent")
    SENT = "sent", _("Sent")
    REFUSED = "refused", _("Rejected by the mail server")
    EXPIRED = "expired", _("Not delivered in time")


class OutgoingEmailQuerySet(models.QuerySet["OutgoingEmail"]):
    def write(
        self,
        to: str,
        template: str,
        context: Mapping[str, Any] | None = None,
        *,
        kind: str = "",
        attachments: Iterable[Attachment] = (),
        useful_until: datetime | None = None,
    ) -> "OutgoingEmail":
        """Render `template` (see `mail.render`) for one address and queue it, in the caller's transaction.

        `kind` names the email where several share a template. After `useful_until`, by default 72 hours from now, it
        is no longer tried.
        """
        with languages.written_in(languages.recipients.language_of(to, template)), zones.recipients.times_for(to):
            content = _as_json(mail.render(template, context, attachments))
        email = self.create(
            kind=kind or template,
            recipient=to,
            domain=parseaddr(to)[1].rpartition("@")[2].lower()[:255],
            content=content,
            useful_until=useful_until or timezone.now() + USEFUL_FOR,
        )
        # robust: the cause is committed, and the sweep sends what could not be asked for now.
        transaction.on_commit(wake_up.wake, robust=True)
        return email

    def write_to_all(
        self, recipients: Iterable[str], template: str, context: Mapping[str, Any] | None = None
    ) -> list["OutgoingEmail"]:
        """Queue one email per address, as `write` does."""
        return [self.write(to, template, context) for to in dict.fromkeys(recipients)]

    @contextmanager
    def unneeded(self) -> Iterator[None]:
        """Let emails that are written inside the block pass for sent: those of sample data, which no one needs."""
        newest = self.order_by("-pk").values_list("pk", flat=True).first() or 0
        with transaction.atomic():
            yield
            written = self.filter(pk__gt=newest, state=State.QUEUED)
            written.update(state=State.SENT, due_at=None, sent_at=timezone.now(), content=None)

    def due(self) -> "OutgoingEmailQuerySet":
        """Return what may be taken now, first the email that has been due the longest.

        A domain whose server is busy with one of our emails gets no second one at the same time, so a slow
        server delays no one else's email.
        """
        now = timezone.now()
        in_hand = self.filter(state=State.SENDING, due_at__gt=now).values("domain")
        return self.filter(due_at__lte=now).exclude(domain__in=in_hand).order_by("due_at", "pk")

    def postpone_domain(self, domain: str, wait: timedelta) -> int:
        """Let the queued emails to a domain wait, without an attempt each; return how many."""
        until = timezone.now() + wait
        return self.filter(state=State.QUEUED, domain=domain, due_at__lt=until).update(due_at=until)

    def open(self) -> "OutgoingEmailQuerySet":
        return self.filter(due_at__isnull=False)

    def oldest_unsent_seconds(self) -> float:
        """Return the age of the oldest email that should be on its way, 0 if there is none."""
        oldest = self.open().aggregate(at=models.Min("created_at"))["at"]
        return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0

    def purge(self) -> int:
        """Erase texts of emails that are done for 30 days, and delete rows after a year; return how many rows."""
        done, now = self.filter(due_at=None), timezone.now()
        done.filter(created_at__lt=now - TEXT_KEPT_FOR).update(content=None)
        return done.filter(created_at__lt=now - KEPT_FOR).delete()[1].get("outbox.OutgoingEmail", 0)

    def named_by(self, reference: str) -> "OutgoingEmail | None":
        """Return the email that a reference names, None if there is none or the reference is of another kind."""
        if not (found := _REFERENCE_FORM.fullmatch(reference)):
            return None
        return self.filter(pk=int(found["pk"]), uid=uuid.UUID(found["uid"])).first()

    def failed(self) -> "OutgoingEmailQuerySet":
        return self.filter(state__in=[State.REFUSED, State.EXPIRED])

    def late(self) -> "OutgoingEmailQuerySet":
        return self.open().filter(created_at__lt=timezone.now() - LATE_AFTER)

    def repeatable(self) -> "OutgoingEmailQuerySet":
        """Keep the failed ones whose text is still there, so that they can be sent again."""
        return self.failed().filter(content__isnull=False)


class OutgoingEmail(LeasedModel):
    # Names the email in its Message-ID, which stays the same when it is sent again.
    uid = models.UUIDField(_("ID"), default=uuid.uuid4, unique=True, editable=False)
    kind = models.CharField(_("kind"), max_length=100)
    recipient = EncryptedTextField(_("recipient"))
    domain = models.CharField(_("domain"), max_length=255)
    # Erased once it is sent.
    content = EncryptedJSONField(null=True)
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.QUEUED)
    # The stage and reply codes of the last failure.
    failure = models.CharField(_("last failure"), max_length=200, blank=True)
    useful_until = models.DateTimeField(_("useful until"))
    created_at = models.DateTimeField(_("queued"), default=timezone.now)
    sent_at = models.DateTimeField(_("sent"), null=True)

    # Known while it is sent: whether it is its mail server that did not take it.
    was_refused = False

    objects = OutgoingEmailQuerySet.as_manager()

    class Meta:
        verbose_name = _("outgoing email")
        verbose_name_plural = _("outgoing emails")
        ordering = ["-pk"]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="outbox_due"),
            models.Index(fields=["created_at"], name="outbox_created"),
        ]
        constraints = [
            models.CheckConstraint(
                condition=Q(due_at__isnull=False, state__in=["queued", "sending"])
                | Q(due_at__isnull=True, state__in=["sent", "refused", "expired"]),
                name="outbox_done_is_not_due",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} ({self.pk})"

    @property
    def has_failed(self) -> bool:
        """Whether it did not arrive and is no longer tried."""
        return self.state in (State.REFUSED, State.EXPIRED)

    @property
    def to(self) -> str:
        """The address, or "" if no key decrypts it."""
        return self.recipient

    @property
    def message_id(self) -> str:
        return f"<outbox.{self.uid}@{sender_domain()}>"

    @property
    def reference(self) -> str:
        """What names this email in reports of mail servers and services; see `named_by`."""
        return f"{_REFERENCE}{self.pk}-{self.uid.hex}"

    def note_bounce(self, reply: str) -> bool:
        """Record that the recipient's server refused the email after ours had taken it; False if that is no news."""
        failure = f"bounced: {mail.reply_codes(reply) or 'no reply'}"
        sent = OutgoingEmail.objects.filter(pk=self.pk, state=State.SENT)
        return bool(sent.update(state=State.REFUSED, failure=failure))

    def send(self) -> bool:
        """Hand an email that this process has taken to the mail server, and record the result; True if it was sent."""
        if self.useful_until <= timezone.now():
            self.finish(state=State.EXPIRED)
            self._count("failed")
            return False
        try:
            content = _from_json(readable(self.content) or {})
            with self.kept(timedelta(seconds=settings.OUTBOX_LEASE_SECONDS)):
                mail.hand_over(readable(self.recipient), content, message_id=self.message_id, reference=self.reference)
        except NotSent as failure:
            self._record(failure)
            return False
        except UnreadableValue:
            logger.error("email_unreadable", email=self.pk, kind=self.kind)
            self._wait("no key decrypts it")  # it may come back
            return False
        except Exception as error:  # one email stops no other; the text of the error may hold its address
            logger.error("email_failed_here", email=self.pk, kind=self.kind, error=type(error).__name__)
            self._wait(f"failed here: {type(error).__name__}")
            return False
        # It is sent, even if another process has the row by now.
        OutgoingEmail.objects.filter(pk=self.pk).update(
            due_at=None, state=State.SENT, sent_at=timezone.now(), content=None, failure=""
        )
        self._count("sent")
        return True

    def send_again(self) -> bool:
        """Queue an email that was given up; False if it was not."""
        now = timezone.now()
        failed = OutgoingEmail.objects.failed().filter(pk=self.pk, content__isnull=False)
        changes = {"state": State.QUEUED, "due_at": now, "useful_until": now + USEFUL_FOR, "attempts": 0, "failure": ""}
        queued = failed.update(**changes)
        if queued:
            transaction.on_commit(wake_up.wake, robust=True)
        return bool(queued)

    def _count(self, result: str) -> None:
        tallies.add("messages", channel="email", kind=self.kind, result=result)

    def _record(self, failure: NotSent) -> None:
        self.was_refused = True
        if failure.is_permanent:
            self.finish(state=State.REFUSED, failure=str(failure)[:200])
            self._count("failed")
            return
        self._wait(str(failure))

    def _wait(self, failure: str) -> None:
        self._count("later")
        wait = wait_after(self.attempts, first=settings.OUTBOX_RETRY_FIRST, longest=settings.OUTBOX_RETRY_LONGEST)
        again = min(timezone.now() + wait, self.useful_until)
        self.try_again(again, state=State.QUEUED, failure=failure[:200])


def _as_json(content: Content) -> dict[str, Any]:
    files = [[name, base64.b64encode(data).decode(), kind] for name, data, kind in content.attachments]
    return {**asdict(content), "attachments": files}


def _from_json(stored: dict[str, Any]) -> Content:
    files = tuple((name, base64.b64decode(data), kind) for name, data, kind in stored["attachments"])
    return Content(**{**stored, "attachments": files})
