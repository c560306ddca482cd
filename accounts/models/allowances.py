"""How often a person, a team or a recipient may cause something: counted in the database, refilled bit by bit.

    INVITATIONS.take(user, team, "newcomer@example.gov")   # raises UsedUp, which names the wait

An allowance of 30 a day holds 30 at first and gets one back every 48 minutes, so no one waits longer than needed. Staff
see what is used up and fill it again, with a reason (`accounts.admin.allowances`).
"""

import datetime
from dataclasses import dataclass
from typing import TYPE_CHECKING

from django.conf import settings
from django.db import models, transaction
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.timesince import timeuntil
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.database.encryption import EncryptedTextField
from myusa.lib.security.digests import keyed_digest, keyed_digests
from myusa.lib.steps import InvalidTransition

if TYPE_CHECKING:
    from accounts.models.user import User

HOUR = datetime.timedelta(hours=1)
DAY = datetime.timedelta(days=1)
MONTH = datetime.timedelta(days=30)
CLOCKS_DIFFER = datetime.timedelta(hours=1)

kinds: dict[str, "Kind"] = {}


class UsedUp(InvalidTransition):
    """Nothing is left of an allowance until some of it comes back."""

    def __init__(self, kind: "Kind", until: datetime.datetime) -> None:
        self.until = until
        words = {"what": kind.label, "wait": timeuntil(until + datetime.timedelta(seconds=59))}
        super().__init__(_("You reached the limit for %(what)s. Try again in %(wait)s.") % words)


@dataclass(frozen=True)
class Kind:
    """`count` in each `window`, for each subject: a row of the database, or text such as an email address."""

    slug: str
    label: str | Promise
    count: int
    window: datetime.timedelta = DAY
    # Whether people are refused something. What only keeps us from writing twice is no work for staff.
    stops_people: bool = True

    def __post_init__(self) -> None:
        kinds[self.slug] = self

    @property
    def share(self) -> datetime.timedelta:
        """How long it takes until one comes back."""
        return self.window / (self.count * settings.CODE_LIMIT_FACTOR)

    @transaction.atomic
    def take(self, *subjects: models.Model | str) -> None:
        """Use up one of each subject's allowance, or none if one of them has nothing left; then raise UsedUp."""
        for subject in subjects:
            Allowance.objects.take(self, subject)

    @transaction.atomic
    def queue(self, subject: models.Model | str, count: int, *, longest: datetime.timedelta) -> datetime.timedelta:
        """Use up `count`, if need be in advance; return how long to wait until they are back, `longest` at most.

        What is used in advance makes the next wait longer, so what waits is spread over time.
        """
        return Allowance.objects.queue(self, subject, count, longest)

    def wait(self, subject: models.Model | str) -> datetime.timedelta:
        """Return how long the next one would wait."""
        row = Allowance.objects.of(subject).filter(kind=self.slug).first()
        ahead = row.full_at + self.share - self.window - timezone.now() if row else datetime.timedelta()
        return max(ahead, datetime.timedelta())

    def give_back(self, subject: models.Model | str) -> None:
        """Give one back that was used rightly."""
        Allowance.objects.of(subject).filter(kind=self.slug).update(full_at=models.F("full_at") - self.share)

    def allows(self, *subjects: models.Model | str) -> bool:
        """Use up one and return whether that was possible."""
        try:
            self.take(*subjects)
        except UsedUp:
            return False
        return True


INVITATIONS = Kind("invitations", _("invitations"), 30)
INVITATIONS_TO_ONE = Kind("invitations_to_one", _("invitations to one address"), 5)
LETTERS = Kind("letters", _("emails to officers"), 10)
LETTERS_TO_ONE = Kind("letters_to_one", _("emails to one officer"), 5)
REQUESTS = Kind("requests", _("requests to staff"), 20)
SUPPORT_EMAILS = Kind("support_emails", _("emails to support about the same thing"), 1, stops_people=False)
REPORTS = Kind("reports", _("reports"), 10)
SUPPORT_REQUESTS = Kind("support_requests", _("messages to support"), 10)
TEXTS_TO_COUNTRY = Kind("texts_to_country", _("codes texted to one country"), settings.SMS_CODES_PER_COUNTRY)
CODES_TO_NEWCOMERS = Kind(
    "codes_to_newcomers", _("codes to addresses without an account"), settings.NEWCOMER_CODES_PER_HOUR, HOUR
)
LOGOS = Kind("logos", _("new logos"), 20)
APPS = Kind("apps", _("new apps"), 25, MONTH)
TEAMS = Kind("teams", _("new teams"), 10, MONTH)


class AllowanceQuerySet(models.QuerySet["Allowance"]):
    def take(self, kind: Kind, subject: models.Model | str) -> None:
        now = timezone.now()
        row = self._of(kind, subject, now)
        # Further ahead than any use can reach: a clock that was set back must not lock anyone out for months.
        full_at = row.full_at if row.full_at < now + kind.window + CLOCKS_DIFFER else now
        full_until = max(full_at, now) + kind.share
        if full_until > now + kind.window + datetime.timedelta(microseconds=kind.count):  # shares are rounded
            raise UsedUp(kind, full_until - kind.window)
        self.filter(pk=row.pk).update(full_at=full_until)

    def stopping_people(self) -> "AllowanceQuerySet":
        return self.exclude(kind__in=[kind.slug for kind in kinds.values() if not kind.stops_people])

    def queue(
        self, kind: Kind, subject: models.Model | str, count: int, longest: datetime.timedelta
    ) -> datetime.timedelta:
        now = timezone.now()
        row = self._of(kind, subject, now)
        # What waits longest is not added to, and a clock that was set back keeps no one waiting.
        most = now + kind.window + longest
        full_until = min(max(row.full_at, now) + count * kind.share, most)
        self.filter(pk=row.pk).update(full_at=full_until)
        return max(full_until - now - kind.window, datetime.timedelta())

    def used_up(self) -> "AllowanceQuerySet":
        """Keep those of which nothing is left, so that someone is refused."""
        now = timezone.now()
        full = models.Q()
        for kind in kinds.values():
            if kind.stops_people:
                full |= models.Q(kind=kind.slug, full_at__gt=now + kind.window - kind.share)
        return self.filter(full)

    def of(self, subject: models.Model | str) -> "AllowanceQuerySet":
        """Keep those of one subject."""
        return self.filter(digest__in=keyed_digests("allowance", _name_of(subject)))

    def purge(self) -> int:
        """Delete rows that are full again; return how many."""
        return self.filter(full_at__lt=timezone.now()).delete()[0]

    def _of(self, kind: Kind, subject: models.Model | str, now: datetime.datetime) -> "Allowance":
        """Return the row of a subject, locked until the transaction ends."""
        name = _name_of(subject)
        found = self.select_for_update().filter(kind=kind.slug, digest__in=keyed_digests("allowance", name)).first()
        if found:
            return found
        digest = keyed_digest("allowance", name)
        row, _created = self.select_for_update().get_or_create(
            kind=kind.slug, digest=digest, defaults={"subject": str(subject), "full_at": now}
        )
        return row


class Allowance(models.Model):
    """What one subject used of one kind. A row that is full again says nothing and is deleted."""

    kind = models.CharField(_("kind"), max_length=30)
    digest = models.CharField(max_length=64, editable=False)
    subject = EncryptedTextField(_("whose"))
    # When all of it is back; each use moves this by one share.
    full_at = models.DateTimeField(_("full again"))

    objects = AllowanceQuerySet.as_manager()

    class Meta:
        verbose_name = _("allowance")
        verbose_name_plural = _("allowances")
        ordering = ["-full_at"]
        constraints = [models.UniqueConstraint(fields=["kind", "digest"], name="allowance_one_per_subject")]

    def __str__(self) -> str:
        return f"{self.label} #{self.pk}"  # without the subject: the history keeps this in plain text

    @property
    def label(self) -> str:
        return str(kinds[self.kind].label) if self.kind in kinds else self.kind

    @property
    def used(self) -> int:
        """How many are used and not back yet."""
        kind = kinds.get(self.kind)
        left = self.full_at - timezone.now()
        return max(0, -(-left // kind.share)) if kind else 0

    @property
    def is_used_up(self) -> bool:
        kind = kinds.get(self.kind)
        return kind is not None and self.full_at > timezone.now() + kind.window - kind.share

    @transaction.atomic
    def refill(self, *, by: "User", reason: str) -> None:
        """Give all of it back now."""
        Allowance.objects.filter(pk=self.pk).update(full_at=timezone.now())
        history.record(self, "refilled", by=by, before={"used": self.used}, after={"used": 0}, note=reason)
        self.full_at = timezone.now()


def _name_of(subject: models.Model | str) -> str:
    return subject if isinstance(subject, str) else f"{subject._meta.label_lower}:{subject.pk}"
