"""Teams own apps: their members build them, their admins decide for them."""

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.contrib.auth import get_user_model
from django.db import models, transaction
from django.db.models import Exists, OuterRef, Q, Subquery
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import allowances
from accounts.models.user import normalize_email
from developer_apps import emails
from myusa.lib import history
from myusa.lib.database.conflicts import again_after_deadlock
from myusa.lib.database.encryption import EncryptedTextField
from myusa.lib.database.turns import take_turn
from myusa.lib.security.digests import digest, keyed_digests, random_token
from myusa.lib.steps import ConflictOfInterest, InvalidTransition
from myusa.outbox.models import OutgoingEmail

if TYPE_CHECKING:
    from accounts.models import User

INVITATION_AGE = timedelta(days=14)


# How long after leaving a team staff may not decide about its apps.
CONFLICT_AGE = timedelta(days=90)
# How long an invitation is kept after its link has expired.
INVITATION_KEPT = timedelta(days=90)


class LastAdminError(InvalidTransition):
    """A team must keep at least one admin."""

    def __init__(self) -> None:
        super().__init__(_("A team needs at least one admin. Make someone else an admin first."))


class TeamQuerySet(models.QuerySet["Team"]):
    def visible_to(self, user: "User") -> "TeamQuerySet":
        return self.filter(memberships__user=user)

    def manageable_by(self, user: "User") -> "TeamQuerySet":
        return self.filter(memberships__user=user, memberships__role=Membership.Role.ADMIN)

    def without_admin(self) -> "TeamQuerySet":
        """Return teams that have members and no admin, so only staff can help them."""
        admins = Membership.objects.filter(team=OuterRef("pk"), role=Membership.Role.ADMIN)
        return self.filter(Exists(Membership.objects.filter(team=OuterRef("pk"))), ~Exists(admins))

    @transaction.atomic
    def create_for(self, user: "User", *, name: str, personal: bool = False) -> "Team":
        """Make a team whose first admin is `user`."""
        team = self.create(name=name, is_personal=personal)
        team.memberships.create(user=user, role=Membership.Role.ADMIN)
        history.record(team, "created", by=user, after={"name": name or None})
        return team

    @transaction.atomic
    def personal_of(self, user: "User") -> "Team":
        """Return the personal team that `user` began and leads, making it if it is not there yet.

        Who was invited to another person's is a member of a personal team, too, but not of their own.
        """
        take_turn(f"personal-team:{user.pk}")
        founder = Membership.objects.filter(team=OuterRef("pk")).order_by("pk").values("user")[:1]
        led = self.filter(is_personal=True, memberships__user=user, memberships__role=Membership.Role.ADMIN)
        team = led.alias(founder=Subquery(founder)).filter(founder=user.pk).first()
        return team or self.create_for(user, name="", personal=True)


class Team(models.Model):
    name = models.CharField(_("name"), max_length=200)
    is_personal = models.BooleanField(_("personal"), default=False, editable=False)
    created_at = models.DateTimeField(_("created"), auto_now_add=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, through="Membership", related_name="teams")

    objects = TeamQuerySet.as_manager()

    class Meta:
        verbose_name = _("team")
        verbose_name_plural = _("teams")

    def __str__(self) -> str:
        return self.title

    @property
    def title(self) -> str:
        """The name on pages and in emails. A personal team has none of its own until someone renames it."""
        return self.name or gettext("Personal team")

    @property
    def label(self) -> str:
        """The name for staff and where several teams are listed: it says whose personal team it is."""
        founder = None if self.name else self.memberships.select_related("user").order_by("pk").first()
        return gettext("Personal team of %(email)s") % {"email": founder.user.email} if founder else self.title

    def has_member(self, user: "User") -> bool:
        return self.memberships.filter(user=user).exists()

    def has_admin(self, user: "User") -> bool:
        return self.memberships.filter(user=user, role=Membership.Role.ADMIN).exists()

    def admins(self) -> models.QuerySet["User"]:
        return self.members.filter(memberships__role=Membership.Role.ADMIN, memberships__team=self)

    @again_after_deadlock
    @transaction.atomic
    def rename(self, name: str, *, by: "User") -> None:
        before = Team.objects.select_for_update().values_list("name", flat=True).get(pk=self.pk)
        self.name = name
        self.save(update_fields=["name"])
        if before != name:
            history.record(self, "renamed", by=by, before={"name": before}, after={"name": name})

    def involves(self, user: "User") -> bool:
        """Whether `user` belongs to the team, or did in the last 90 days."""
        since = timezone.now() - CONFLICT_AGE
        return self.has_member(user) or self.former_members.filter(user=user, left_at__gt=since).exists()

    def conflict_of(self, staff: "User") -> str:
        """Return why this staff member must not decide about the team's apps, and who can; "" if they may."""
        if not self.involves(staff):
            return ""
        why = _("You belong to this app’s team, or did in the last 90 days. Another reviewer must decide.")
        reviewers = get_user_model().objects.filter(is_active=True, is_staff=True).exclude(pk=staff.pk)
        decides = Q(is_superuser=True) | Q(groups__permissions__codename="change_publicaccessrequest")
        if reviewers.filter(decides).exclude(memberships__team=self).exists():
            return str(why)
        ask = _("There is no other reviewer right now. Ask %(email)s to name one.") % {"email": settings.SUPPORT_EMAIL}
        return f"{why} {ask}"

    def require_independent(self, staff: "User") -> None:
        """Raise ConflictOfInterest if `staff` would decide about an app of their own team."""
        if conflict := self.conflict_of(staff):
            raise ConflictOfInterest(conflict)

    @again_after_deadlock
    @transaction.atomic
    def remove(self, member: "User", *, by: "User") -> None:
        """Remove `member`, and withdraw the open invitations that they sent; raise InvalidTransition.

        LastAdminError if the team would be without an admin. A member can always leave.
        """
        membership = self._locked_membership(member, by=by, can_be_member=member == by)
        if membership.role == Membership.Role.ADMIN and self._admin_count() == 1:
            raise LastAdminError
        membership.delete()
        self.former_members.create(user=member)
        self._withdraw_invitations_of(member, by=by)
        history.record(self, "member_removed", by=by, before={"member": member.email})

    @again_after_deadlock
    @transaction.atomic
    def change_role(self, member: "User", role: str, *, by: "User") -> None:
        """Make `member` an admin or a plain member; raise InvalidTransition as `remove` does."""
        membership = self._locked_membership(member, by=by)
        if membership.role == role:
            return
        if membership.role == Membership.Role.ADMIN and self._admin_count() == 1:
            raise LastAdminError
        self._set_role(membership, role, by=by)
        if role != Membership.Role.ADMIN:
            self._withdraw_invitations_of(member, by=by)

    @again_after_deadlock
    @transaction.atomic
    def appoint_admin(self, *, by: "User", reason: str = "", leaving: "User | None" = None) -> None:
        """Make the longest-serving member the admin of a team without one; raise InvalidTransition if it has one.

        A member who is `leaving` counts as gone. With a `reason`, staff's, all members are notified; ConflictOfInterest
        if the staff member belongs to the team.
        """
        if reason:
            self.require_independent(by)
        self.lock()
        staying = self.memberships.exclude(user=leaving)
        if staying.filter(role=Membership.Role.ADMIN).exists():
            raise InvalidTransition(_("This team has an admin."))
        longest = staying.select_related("user").order_by("created_at", "pk").first()
        if longest is None:
            raise InvalidTransition(_("This team has no members."))
        self._set_role(longest, Membership.Role.ADMIN, by=by, note=reason)
        if reason:
            emails.admin_appointed(self, longest.user, reason)

    def lock(self) -> None:
        """Wait for other changes of the memberships, and keep them waiting until the transaction ends."""
        Team.objects.select_for_update().get(pk=self.pk)

    @again_after_deadlock
    @transaction.atomic
    def invite(self, email: str, role: str, *, by: "User") -> tuple["Invitation", str]:
        """Email an address a link into the team; return the invitation and the link's token, which is not kept.

        Raises UsedUp when the person, the team or the address had many invitations.
        """
        allowances.INVITATIONS.take(by, self)
        allowances.INVITATIONS_TO_ONE.take(email)
        token = random_token()
        self.invitations.to(email).filter(accepted_at=None).delete()
        invitation = self.invitations.create(
            email=email,
            role=role,
            token_digest=digest(token),
            invited_by=by,
            expires_at=timezone.now() + INVITATION_AGE,
        )
        history.record(self, "invited", by=by, after={"email": email, "role": role})
        invitation.outgoing_email = emails.invited(invitation, token)
        invitation.save(update_fields=["outgoing_email"])
        return invitation, token

    def _locked_membership(self, member: "User", *, by: "User", can_be_member: bool = False) -> "Membership":
        self.lock()
        if not can_be_member and not self.has_admin(by):
            raise InvalidTransition(_("You are no longer an admin of this team."))
        membership = self.memberships.filter(user=member).first()
        if membership is None:
            raise InvalidTransition(_("This person is no longer on the team."))
        return membership

    def _set_role(self, membership: "Membership", role: str, *, by: "User", note: str = "") -> None:
        before, membership.role = membership.role, role
        membership.save(update_fields=["role"])
        after = {"member": membership.user.email, "role": role}
        history.record(self, "role_changed", by=by, before={"role": before}, after=after, note=note)

    def _withdraw_invitations_of(self, author: "User", *, by: "User") -> None:
        for invitation in self.invitations.open().filter(invited_by=author):
            invitation.withdraw(by=by)

    def _admin_count(self) -> int:
        return self.memberships.filter(role=Membership.Role.ADMIN).count()


class Membership(models.Model):
    class Role(models.TextChoices):
        ADMIN = "admin", _("Admin")
        MEMBER = "member", _("Member")

    team = models.ForeignKey(Team, models.CASCADE, related_name="memberships")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="memberships")
    role = models.CharField(_("role"), max_length=10, choices=Role.choices, default=Role.MEMBER)
    created_at = models.DateTimeField(_("since"), auto_now_add=True)

    class Meta:
        verbose_name = _("membership")
        verbose_name_plural = _("memberships")
        constraints = [models.UniqueConstraint(fields=["team", "user"], name="membership_unique")]

    def __str__(self) -> str:
        return f"{self.user} ({self.get_role_display()})"


class FormerMemberQuerySet(models.QuerySet["FormerMember"]):
    def purge(self) -> int:
        """Delete what decides nothing anymore; return how many."""
        return self.filter(left_at__lt=timezone.now() - CONFLICT_AGE).delete()[0]


class FormerMember(models.Model):
    """Who left a team when: for 90 days they decide nothing about its apps as staff."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="former_members")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="+")
    left_at = models.DateTimeField(default=timezone.now)

    objects = FormerMemberQuerySet.as_manager()

    class Meta:
        verbose_name = _("former member")
        verbose_name_plural = _("former members")

    def __str__(self) -> str:
        return f"{self.user} ({self.left_at:%Y-%m-%d})"


class InvitationQuerySet(models.QuerySet["Invitation"]):
    def open(self) -> "InvitationQuerySet":
        return self.filter(accepted_at=None, expires_at__gt=timezone.now())

    def purge(self) -> int:
        """Delete those whose link expired long ago, accepted or not; return how many."""
        return self.filter(expires_at__lt=timezone.now() - INVITATION_KEPT).delete()[0]

    def to(self, email: str) -> "InvitationQuerySet":
        """Keep those that were sent to an address."""
        return self.filter(email_digest__in=invited_digests(email))

    def with_delivery(self) -> "InvitationQuerySet":
        """Load with each invitation whether its email was delivered."""
        email = self.select_related("outgoing_email")
        return email.defer("outgoing_email__recipient", "outgoing_email__content")


class Invitation(models.Model):
    """An emailed link that adds the person who signs in with the invited address as a member."""

    team = models.ForeignKey(Team, models.CASCADE, related_name="invitations")
    email = EncryptedTextField(_("email address"))
    email_digest = models.CharField(max_length=64, db_index=True, editable=False)
    role = models.CharField(_("role"), max_length=10, choices=Membership.Role.choices, default=Membership.Role.MEMBER)
    token_digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(auto_now_add=True)
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    outgoing_email = models.ForeignKey(OutgoingEmail, models.SET_NULL, null=True, editable=False, related_name="+")

    objects = InvitationQuerySet.as_manager()

    class Meta:
        verbose_name = _("invitation")
        verbose_name_plural = _("invitations")

    def __str__(self) -> str:
        return self.email

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("update_fields"):
            self.email_digest = invited_digests(self.email)[0]
        super().save(*args, **kwargs)

    @again_after_deadlock
    @transaction.atomic
    def accept(self, user: "User") -> bool:
        """Make `user` a member; False if the invitation is used, expired, for another address, or no longer an admin's."""
        now = timezone.now()
        try:
            self.team.lock()
        except Team.DoesNotExist:
            return False
        if user.email != self.email or not self.author_is_admin:
            return False
        claimed = Invitation.objects.filter(pk=self.pk, accepted_at=None, expires_at__gt=now).update(accepted_at=now)
        if claimed:
            self.team.memberships.get_or_create(user=user, defaults={"role": self.role})
            history.record(self.team, "member_joined", by=user, after={"member": user.email, "role": self.role})
        return bool(claimed)

    @property
    def is_open(self) -> bool:
        return self.accepted_at is None and self.expires_at > timezone.now()

    @property
    def author_is_admin(self) -> bool:
        """Whether the person who invited may still do so."""
        return self.invited_by is not None and self.team.has_admin(self.invited_by)

    @again_after_deadlock
    @transaction.atomic
    def withdraw(self, *, by: "User") -> None:
        """Withdraw the invitation. Its link stops working."""
        deleted, _rows = Invitation.objects.filter(pk=self.pk, accepted_at=None).delete()
        if deleted:
            history.record(self.team, "invitation_withdrawn", by=by, before={"email": self.email})


def invited_digests(email: str) -> list[str]:
    return keyed_digests("invited-address", normalize_email(email))
