"""Codes of six digits that prove control of an email address or a mobile number, once.

A code belongs to a recipient and to a holder (the browser that asked, or a person who is signed in), so knowing it
elsewhere is worth nothing. It is stored nowhere: it is computed from the row and SECRET_KEY, so a worker that sends
a row again sends the same code.

The row is also the queue: `due_at` says when a worker may send it (see `myusa.lib.leases`). A refusal of the mail
server or of the provider of text messages is stored in `failure` for the page on which the person waits.

What guards against guessing and against unwanted messages is counted in the database (see `accounts.models.attempts`,
too). Rows are superseded and never deleted before KEPT_FOR has passed, so no action resets a count:

- `CODE_ATTEMPTS` tries of one code, then it is dead;
- `ACCOUNT_ATTEMPTS` wrong tries for one recipient, and `ADDRESS_ATTEMPTS` from one network address;
- how many codes are sent (`accounts.models.code_limits`).

A browser known to be the recipient's (`accounts.known_browsers`) has counts of its own, so strangers cannot use up
the owner's. Staff see what was refused, and lift it (`accounts.admin.allowances`). `settings.CODE_LIMIT_FACTOR`
multiplies all but the first: on a demo machine everyone has one address.
"""

from datetime import timedelta
from typing import TYPE_CHECKING

import structlog
from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from accounts import contributions
from accounts.code_links import stop_link
from accounts.models.attempts import CodeGuard, FailedAttempt, address_digest
from accounts.models.code_limits import newcomer_came, newcomers_wait, refuse_too_many, wait_of_newcomers
from accounts.refusals import (
    CodeExpired,
    CodeJustSent,
    CodeRefused,
    CodesPaused,
    CodeSpent,
    CodeSuperseded,
    CodeUsed,
    TooManyCodes,
    WrongCode,
)
from myusa.lib import phone_numbers
from myusa.lib.database.encryption import EncryptedTextField, readable
from myusa.lib.database.turns import take_turn
from myusa.lib.http.network import network_of
from myusa.lib.leases import LeasedModel
from myusa.lib.messages import sms
from myusa.lib.security.digests import keyed_digest, keyed_digests, same
from myusa.lib.wake_up import WakeUp
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models.user import User

logger = structlog.get_logger(__name__)

CODE_ATTEMPTS = 5
RESEND_AFTER = timedelta(seconds=30)
# Rows are kept this long for the counts above and for questions of support.
KEPT_FOR = timedelta(days=1)
# A worker's hold on a code. When it is killed, another one sends the code after that.
LEASE = timedelta(seconds=20)
# Rows that a worker looks at beyond those it wants: others may have been faster with some.
LOOK_AHEAD = 20

wake_up = WakeUp(inline=True, falls_back=True)


class Failure(models.TextChoices):
    """Why a code did not arrive, or not yet."""

    UNAVAILABLE = "unavailable", _("The server asked us to try again later")
    UNCERTAIN = "uncertain", _("We don’t know whether it was sent")
    REFUSED = "refused", _("The server rejects this recipient")
    OPTED_OUT = sms.OPTED_OUT, _("The number replied STOP")
    UNREACHABLE = sms.UNREACHABLE_NUMBER, _("We can’t text this number")


_RECIPIENT, _HOLDER = "code-recipient", "code-holder"
PERMANENT = (Failure.REFUSED, Failure.OPTED_OUT, Failure.UNREACHABLE)


def recipient_digest(recipient: str) -> str:
    return keyed_digest(_RECIPIENT, recipient)


def recipient_digests(recipient: str) -> list[str]:
    return keyed_digests(_RECIPIENT, recipient)


class OneTimeCodeQuerySet(models.QuerySet["OneTimeCode"]):
    def live(self) -> "OneTimeCodeQuerySet":
        return self.filter(used_at=None, superseded_at=None, expires_at__gt=timezone.now(), tries__lt=CODE_ATTEMPTS)

    def issue(
        self,
        purpose: str,
        recipient: str,
        *,
        holder: str,
        address: str = "",
        allowance: str = "",
        user: "User | None" = None,
    ) -> "OneTimeCode":
        """Create the code that `holder` asked for from the network address `address`; it replaces the holder's last one.

        It counts against the recipient, or against `allowance` if the browser has one of its own. A worker sends it
        as soon as the row is committed. Raises CodeJustSent, CodesPaused, TooManyCodes, TooManyRecipients and
        TextsUsedUp, and then sends nothing.
        """
        to = recipient_digest(recipient)
        is_strange = not allowance and purpose != OneTimeCode.Purpose.CONFIRM
        if is_strange and CodeGuard.objects.is_paused(recipient_digests(recipient)):
            raise CodesPaused
        code = self.model(
            purpose=purpose,
            recipient=recipient,
            recipient_digest=to,
            holder_digest=keyed_digest(_HOLDER, holder),
            address_digest=address_digest(address),
            allowance_digest=allowance or to,
            person_digest=_person_digest(user),
            user=user,
            language=get_language() or "",
        )
        try:
            self._add(code, self._of_holder(purpose, holder))
        except TooManyCodes as refusal:
            self._note_refusal(code, address, refusal)
            raise
        wake_up.wake()
        return code

    @transaction.atomic
    def _add(self, code: "OneTimeCode", mine: "OneTimeCodeQuerySet") -> None:
        """Store a code in place of `mine`, those of its holder; raise CodeRefused if one was just sent, or too many."""
        # Those that count together take turns: parallel requests would each see room for one more.
        take_turn(
            code.holder_digest,
            code.allowance_digest,
            code.address_digest,
            code.person_digest,
            *([code.purpose] if code.purpose == OneTimeCode.Purpose.PHONE else []),
        )
        now = code.created_at = code.due_at = timezone.now()
        code.expires_at = now + timedelta(seconds=settings.SIGN_IN_CODE_AGE)
        waits_for = mine.filter(
            recipient_digest__in=recipient_digests(code.recipient), used_at=None, created_at__gt=now - RESEND_AFTER
        )
        latest = waits_for.exclude(failure__in=PERMANENT).order_by("-created_at").first()
        if latest:
            raise CodeJustSent(latest.created_at + RESEND_AFTER - now, code_id=latest.pk)
        code.save(force_insert=True)
        refuse_too_many(self, code)
        before = mine.live().exclude(pk=code.pk)
        waiting = before.filter(recipient_digest__in=recipient_digests(code.recipient), due_at__gt=now, attempts=0)
        place = waiting.aggregate(at=models.Min("due_at"))["at"]  # asking again loses no place
        wait = place - now if place else wait_of_newcomers(code, has_account=_has_account(code.recipient))
        before.supersede()
        if wait:
            code.due_at, code.expires_at = now + wait, code.expires_at + wait
            code.save(update_fields=["due_at", "expires_at"])

    def supersede(self) -> int:
        """End codes, sent or not; their rows stay for the counts."""
        return self.update(superseded_at=timezone.now(), due_at=None)

    def take_due(self, limit: int = 1) -> list["OneTimeCode"]:
        """Reserve up to `limit` codes for this process to send, first those that have been due the longest."""
        due = self.live().filter(due_at__lte=timezone.now()).order_by("due_at", "pk")
        taken: list[OneTimeCode] = []
        for code in due[: limit + LOOK_AHEAD]:
            if len(taken) < limit and code.take_up():
                taken.append(code)
        return taken

    def redeem(self, pk: int, code: str, *, purpose: str, holder: str, address: str = "") -> "OneTimeCode":
        """Use up the code `pk` if `code` is right and `holder` asked for it; one of several parallel uses wins.

        Raises WrongCode, CodeExpired, CodeUsed, CodeSuperseded, CodeSpent, TooManyAttempts or plain CodeRefused.
        Call it outside of a transaction that an exception would roll back, or tries are not counted.
        """
        mine = self._of_holder(purpose, holder).filter(pk=pk)
        row = mine.first()
        if row is None:
            raise CodeRefused
        # A known browser has tries of its own, which no one else of its network can use up.
        attempt = FailedAttempt.objects.begin(
            row.allowance_digest,
            "" if row.is_of_known_browser else address_digest(address),
            subject=row.recipient,
            network=network_of(address),
            kind=row.guard_kind,
        )
        if not mine.live().update(tries=F("tries") + 1):
            attempt.take_back()  # a dead code reveals nothing to a guesser
            raise mine.get().refusal()
        row.refresh_from_db()
        if not row.matches(code):
            if attempt.claim_telling():
                row.tell_owner()
            raise WrongCode(CODE_ATTEMPTS - row.tries)
        attempt.succeed()
        return self._use(row)

    def redeem_by_link(self, pk: int, *, purpose: str, holder: str) -> "OneTimeCode":
        """Use up the code `pk` for `holder`, who opened the link that was emailed with it; raise CodeRefused.

        No one can guess a link, so it works when codes are turned off, and turns them on again.
        """
        mine = self._of_holder(purpose, holder).filter(pk=pk)
        row = mine.live().first()
        if row is None:
            dead = mine.first()  # read now: a row from before could have been used since
            raise dead.refusal() if dead else CodeRefused
        used = self._use(row)
        CodeGuard.objects.forget_failures(row.allowance_digest)
        return used

    def _note_refusal(self, code: "OneTimeCode", address: str, refusal: TooManyCodes) -> None:
        if refusal.is_of_network:
            CodeGuard.objects.note_refusal(code.address_digest, network_of(address), CodeGuard.Kind.NETWORK)
        else:
            CodeGuard.objects.note_refusal(code.allowance_digest, code.recipient, code.guard_kind)

    def _use(self, row: "OneTimeCode") -> "OneTimeCode":
        won = self.filter(pk=row.pk, used_at=None, superseded_at=None).update(used_at=timezone.now(), due_at=None)
        if not won:
            raise self.get(pk=row.pk).refusal()
        if row.is_strange and not _has_account(row.recipient):
            newcomer_came()
        if row.purpose != OneTimeCode.Purpose.PHONE:
            contributions.address_proven(row.recipient)
        return row

    def oldest_unsent_seconds(self) -> float:
        """Return the age of the oldest code that should be on its way, 0 if there is none."""
        oldest = self.live().filter(due_at__isnull=False).aggregate(at=models.Min("created_at"))["at"]
        return max(0.0, (timezone.now() - oldest).total_seconds()) if oldest else 0.0

    def purge(self) -> int:
        """Delete codes and failed attempts older than KEPT_FOR; return how many."""
        before = timezone.now() - KEPT_FOR
        codes, _codes = self.filter(created_at__lt=before).delete()
        attempts, _attempts = FailedAttempt.objects.filter(at__lt=before).delete()
        return codes + attempts

    def forget(self, user: "User") -> None:
        """End the codes to and for a person whose account is deleted. Only digests stay, for the counts."""
        to_or_for = self.filter(Q(user=user) | Q(recipient_digest__in=recipient_digests(user.email)))
        to_or_for.update(recipient="", user=None, superseded_at=timezone.now(), due_at=None)

    def _of_holder(self, purpose: str, holder: str) -> "OneTimeCodeQuerySet":
        return self.filter(purpose=purpose, holder_digest__in=keyed_digests(_HOLDER, holder))


class OneTimeCode(LeasedModel):
    """A code on its way to a recipient. Neither the code nor the recipient is readable in the database."""

    class Purpose(models.TextChoices):
        SIGN_IN = "sign_in", _("signing in")
        CONFIRM = "confirm", _("confirming who is signed in")
        CHANGE_EMAIL = "change_email", _("changing the email address")
        PHONE = "phone", _("verifying a mobile number")

    purpose = models.CharField(max_length=20, choices=Purpose.choices)
    recipient = EncryptedTextField()
    recipient_digest = models.CharField(max_length=64)
    holder_digest = models.CharField(max_length=64)
    address_digest = models.CharField(max_length=64, blank=True)
    # Which allowance it counts against: `recipient_digest`, or a known browser's.
    allowance_digest = models.CharField(max_length=64)
    # Who asked for it, if the person was signed in. It outlives the account, so signing up again resets nothing.
    person_digest = models.CharField(max_length=64, blank=True)
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Of the page on which it was asked for.
    language = models.CharField(max_length=20, blank=True)
    tries = models.PositiveSmallIntegerField(default=0)
    created_at = models.DateTimeField(default=timezone.now, db_index=True)
    # Counted from the sending; before that, the end of the attempts to send it.
    expires_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    failure = models.CharField(max_length=20, choices=Failure.choices, blank=True)
    used_at = models.DateTimeField(null=True)
    superseded_at = models.DateTimeField(null=True)

    # Known while it is sent: whether a process that ended had it in hand, and whether that one may have sent it.
    was_dropped = False
    is_uncertain = False

    objects = OneTimeCodeQuerySet.as_manager()

    class Meta:
        indexes = [
            models.Index(fields=["allowance_digest", "created_at"], name="code_allowance"),
            models.Index(fields=["address_digest", "created_at"], name="code_address"),
            models.Index(fields=["person_digest", "created_at"], name="code_person"),
            models.Index(fields=["holder_digest", "purpose"], name="code_holder"),
            models.Index(fields=["due_at"], condition=Q(due_at__isnull=False), name="code_due"),
        ]
        constraints = [models.CheckConstraint(condition=Q(tries__lte=CODE_ATTEMPTS), name="code_tries_capped")]

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"

    def matches(self, code: str) -> bool:
        """Return whether `code` is this row's, under the current SECRET_KEY or an earlier one."""
        digests = keyed_digests("one-time-code", self.identity)
        return any(same(_digits(each), code) for each in digests)

    @property
    def recipient_in_words(self) -> str:
        """The address, or the number as people write it."""
        return phone_numbers.in_words(self.recipient) if self.purpose == self.Purpose.PHONE else self.recipient

    @property
    def code(self) -> str:
        return _digits(keyed_digest("one-time-code", self.identity))

    @property
    def identity(self) -> str:
        created = self.created_at.timestamp()
        return f"{self.pk}:{self.purpose}:{self.recipient_digest}:{self.holder_digest}:{created:.6f}"

    def tell_owner(self) -> None:
        """Write to the recipient that someone enters wrong codes."""
        email = self.user.email if self.purpose == self.Purpose.PHONE and self.user else readable(self.recipient)
        if "@" in email:
            OutgoingEmail.objects.write(email, "accounts/codes_guessed", {"link": stop_link(recipient_digest(email))})

    @property
    def is_of_known_browser(self) -> bool:
        """Whether it counts against an allowance of the browser that asked for it."""
        return self.allowance_digest != self.recipient_digest

    @property
    def is_strange(self) -> bool:
        """Whether anyone could have asked for it: a sign-in code for a browser that is not known."""
        return self.purpose == self.Purpose.SIGN_IN and not self.is_of_known_browser

    @property
    def may_wait(self) -> bool:
        """Whether it may wait for others. Equal for addresses with and without an account, as the page must be."""
        return self.is_strange and bool(newcomers_wait())

    @property
    def guard_kind(self) -> str:
        return CodeGuard.Kind.BROWSER if self.is_of_known_browser else CodeGuard.Kind.RECIPIENT

    @property
    def is_settled(self) -> bool:
        """Whether it was sent, or will not be sent."""
        return self.due_at is None

    @property
    def is_refused(self) -> bool:
        """Whether the recipient can get no code this way."""
        return self.failure in PERMANENT

    def take_up(self) -> bool:
        """Reserve the row for this process, and note whether the last one ended while it had it in hand."""
        self.was_dropped = self.attempts > 0 and self.failure in ("", Failure.UNCERTAIN)
        return self.take(LEASE, failure="")

    def give_back(self, wait: timedelta) -> None:
        """Return a code that was taken and not begun: it is due again after `wait`, without an attempt."""
        self.try_again(timezone.now() + wait, attempts=max(0, self.attempts - 1), failure=self.failure)

    def refusal(self) -> CodeRefused:
        """Return why this code cannot be used."""
        if self.used_at:
            return CodeUsed()
        if self.superseded_at:
            return CodeSuperseded()
        return CodeSpent() if self.tries >= CODE_ATTEMPTS else CodeExpired()


def _digits(digest: str) -> str:
    return f"{int(digest, 16) % 10**6:06}"


def _has_account(email: str) -> bool:
    return get_user_model()._default_manager.filter(email=email).exists()


def _person_digest(user: "User | None") -> str:
    return keyed_digest("code-person", user.email) if user else ""
