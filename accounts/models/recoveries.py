"""How a person who lost the second factor or the mailbox gets back in: staff ask, the person can stop it, time decides."""

from datetime import timedelta
from typing import TYPE_CHECKING

from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.contenttypes.fields import GenericRelation
from django.db import IntegrityError, models, transaction
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models.attempts import CodeGuard, second_factor_digest
from accounts.models.sessions import Session
from accounts.models.user import AddressTaken
from accounts.models.work import Claim, StaffNote
from myusa.lib import history
from myusa.lib.database.encryption import EncryptedTextField, readable
from myusa.lib.security.digests import digest, random_token
from myusa.lib.steps import InvalidTransition
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models.user import User

PERMISSION = "accounts.add_accountrecovery"
# How long it is kept after it was done or canceled. The history, which names no new address, is kept longer.
KEPT_AFTER_END = timedelta(days=365)


class AccountRecoveryQuerySet(models.QuerySet["AccountRecovery"]):
    def open(self) -> "AccountRecoveryQuerySet":
        return self.filter(canceled_at=None, done_at=None)

    def due(self) -> "AccountRecoveryQuerySet":
        return self.open().filter(effective_at__lte=timezone.now())

    def to_approve(self) -> "AccountRecoveryQuerySet":
        """Return the open recoveries of accounts of staff that no second superuser has checked yet."""
        return self.open().filter(Q(user__is_staff=True) | Q(user__is_superuser=True), approved_by=None)

    def approvable_by(self, user: "User") -> "AccountRecoveryQuerySet":
        """Return those that `user` may approve: a superuser who neither asked for it nor gets the account back."""
        return self.to_approve().exclude(requested_by=user).exclude(user=user) if user.is_superuser else self.none()

    def of_token(self, token: str) -> "AccountRecovery | None":
        """Return the recovery that an emailed link is about."""
        return self.filter(token_digest=digest(token)).select_related("user").first()

    def purge(self) -> int:
        """Delete those that ended a year ago, with the notes of staff; return how many."""
        before = timezone.now() - KEPT_AFTER_END
        deleted = self.filter(Q(done_at__lt=before) | Q(canceled_at__lt=before)).delete()[1]
        return deleted.get("accounts.AccountRecovery", 0)

    @transaction.atomic
    def begin(self, user: "User", *, kind: str, reason: str, by: "User", new_email: str = "") -> "AccountRecovery":
        """Ask for a recovery, and email the person how to stop it; raise InvalidTransition if it is not possible."""
        self.refuse_impossible(user, kind=kind, by=by, new_email=new_email)
        token, now = random_token(), timezone.now()
        try:
            with transaction.atomic():
                recovery = self.create(
                    user=user,
                    kind=kind,
                    reason=reason,
                    new_email=new_email,
                    requested_by=by,
                    requested_at=now,
                    effective_at=now + timedelta(hours=settings.ACCOUNT_RECOVERY_HOURS),
                    token_digest=digest(token),
                )
        except IntegrityError as error:
            raise InvalidTransition(_("This account already has an open recovery.")) from error
        history.record(user, f"{kind}_recovery_requested", by=by, note=reason)
        link = settings.BASE_URL + reverse("accounts:recovery", args=[token])
        recovery.notify("recovery_requested", link=link, link_text=gettext_lazy("Cancel this request"))
        return recovery

    def refuse_impossible(self, user: "User", *, kind: str, by: "User", new_email: str = "") -> None:
        """Raise InvalidTransition, with the reason, if `by` cannot ask for this recovery."""
        if not by.has_perm(PERMISSION):
            raise InvalidTransition(_("Only account support can recover accounts."))
        if user == by:
            raise InvalidTransition(_("Ask a colleague to recover your own account."))
        if (user.is_staff or user.is_superuser) and not by.is_superuser:
            raise InvalidTransition(_("Only a superuser can recover an account of staff."))
        if not user.is_active or user.is_test_user:
            raise InvalidTransition(_("This account can’t be used, so it can’t be recovered."))
        if kind == AccountRecovery.Kind.SECOND_FACTOR and not Authenticator.objects.filter(user=user).exists():
            raise InvalidTransition(_("This person doesn’t use two-step sign-in."))
        if kind == AccountRecovery.Kind.EMAIL and type(user).objects.filter(email=new_email).exists():
            raise InvalidTransition(_("An account already has this email address."))
        if self.open().filter(user=user).exists():
            raise InvalidTransition(_("This account already has an open recovery."))

    def cancel_for(self, user: "User") -> None:
        """Cancel a person's open recovery of the second factor, because they just used it."""
        for recovery in self.open().filter(user=user, kind=AccountRecovery.Kind.SECOND_FACTOR):
            recovery.cancel(by=user)


class AccountRecovery(models.Model):
    """One recovery of one account. It takes effect after a delay, unless the person or staff cancel it before."""

    class Kind(models.TextChoices):
        SECOND_FACTOR = "second_factor", gettext_lazy("Turn off two-step sign-in")
        EMAIL = "email", gettext_lazy("Replace the lost email address")

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="recoveries")
    kind = models.CharField(gettext_lazy("kind"), max_length=20, choices=Kind.choices)
    new_email = EncryptedTextField(gettext_lazy("new email address"), blank=True)
    reason = models.TextField(gettext_lazy("reason"), max_length=2000)
    requested_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("requested by"),
    )
    requested_at = models.DateTimeField(gettext_lazy("requested"))
    effective_at = models.DateTimeField(gettext_lazy("takes effect"))
    approved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.SET_NULL,
        null=True,
        related_name="+",
        verbose_name=gettext_lazy("approved by"),
    )
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    canceled_at = models.DateTimeField(gettext_lazy("canceled"), null=True)
    done_at = models.DateTimeField(gettext_lazy("done"), null=True)

    claims = GenericRelation(Claim)
    staff_notes = GenericRelation(StaffNote)

    objects = AccountRecoveryQuerySet.as_manager()

    class Meta:
        verbose_name = gettext_lazy("account recovery")
        verbose_name_plural = gettext_lazy("account recoveries")
        ordering = ["-requested_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=Q(canceled_at=None, done_at=None), name="one_open_recovery"
            ),
            models.CheckConstraint(condition=Q(canceled_at=None) | Q(done_at=None), name="recovery_canceled_or_done"),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} ({self.pk})"

    @property
    def is_open(self) -> bool:
        return self.canceled_at is None and self.done_at is None

    @property
    def waits_for_approval(self) -> bool:
        """Whether it is about an account of staff, and no second superuser has checked it yet."""
        return self.is_open and self.approved_by_id is None and (self.user.is_staff or self.user.is_superuser)

    @property
    def state(self) -> str:
        if self.waits_for_approval:
            return _("waiting for a second superuser")
        if self.is_open:
            return _("waiting")
        return _("done") if self.done_at else _("canceled")

    def is_approvable_by(self, user: "User") -> bool:
        """Whether `user` is another superuser than the one who asked for it, and it isn't about their own account."""
        return user.is_superuser and user.pk not in (self.user_id, self.requested_by_id)

    @transaction.atomic
    def approve(self, *, by: "User") -> None:
        """Let the recovery of an account of staff take effect, as a second superuser; raise InvalidTransition otherwise."""
        if not self.is_approvable_by(by):
            raise InvalidTransition(_("Only another superuser can approve this."))
        approved = AccountRecovery.objects.open().filter(pk=self.pk, approved_by=None).update(approved_by=by)
        self.refresh_from_db()
        if not approved:
            raise InvalidTransition(_("This request was already approved, or is no longer open."))
        history.record(self.user, f"{self.kind}_recovery_approved", by=by)

    @transaction.atomic
    def cancel(self, *, by: "User | None" = None) -> None:
        """Stop it; raise InvalidTransition if it has taken effect or was canceled before. `by` None: the emailed link."""
        if not self._end(canceled_at=timezone.now()):
            raise InvalidTransition(_("This request is no longer open."))
        history.record(self.user, f"{self.kind}_recovery_canceled", by=by)
        self.notify("recovery_canceled")

    @transaction.atomic
    def apply(self) -> bool:
        """Let it take effect if it is due, and end every session of the person; of several attempts one succeeds.

        An account of staff also needs the approval of a second superuser.
        """
        is_early = self.effective_at > timezone.now() or self.waits_for_approval
        if is_early or not self._end(done_at=timezone.now()):
            return False
        old_email = self.user.email
        if self.kind == self.Kind.SECOND_FACTOR:
            Authenticator.objects.filter(user=self.user).delete()
            CodeGuard.objects.filter(digest=second_factor_digest(self.user.pk)).delete()
        else:
            try:
                self.user.change_email(readable(self.new_email))
            except AddressTaken:
                history.record(self.user, "email_recovery_failed", by=self.requested_by, note=self.reason)
                return False
        for to in dict.fromkeys([old_email, self.user.email]):
            self.notify("recovery_done", to=to)
        Session.objects.filter(user=self.user).delete()
        history.record(self.user, f"{self.kind}_recovered", by=self.requested_by, note=self.reason)
        return True

    def notify(self, template: str, *, to: str = "", **context: str | Promise) -> None:
        """Email the person; `to` is another address than the account's current one."""
        facts = {"kind": self.kind, "effective_at": self.effective_at, **context}
        OutgoingEmail.objects.write(to or self.user.email, f"accounts/{template}", facts)

    def _end(self, **when: object) -> bool:
        ended = AccountRecovery.objects.open().filter(pk=self.pk).update(**when)
        self.refresh_from_db()
        return bool(ended)
