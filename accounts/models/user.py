"""The person: one account, reached by proving control of an email address."""

import contextlib
import datetime
import uuid
from typing import Any

import idna
from allauth.account.models import EmailAddress
from django.contrib.auth.models import AbstractBaseUser, BaseUserManager, PermissionsMixin
from django.db import IntegrityError, models, transaction
from django.db.models.functions import Lower
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.database.turns import take_turn
from myusa.lib.security.digests import digest
from myusa.lib.typed_text import canonical_text

# The addresses of test users. `.invalid` never resolves (RFC 2606 §2), so no mail can leave for them by mistake.
TEST_USER_DOMAIN = "test.invalid"


class AddressTaken(Exception):
    """Another account has this email address."""


def normalize_email(email: str) -> str:
    """Return the form in which an address is stored and compared.

    It is in lower case, without spaces and invisible characters around it, and its domain is the one that mail is
    really sent to: mapped by UTS 46 (non-transitional) and written in A-labels, as RFC 5891 §4 asks.
    """
    local, at, domain = canonical_text(email).lower().rpartition("@")
    with contextlib.suppress(idna.IDNAError):  # not a name of the DNS: form fields refuse it
        domain = idna.encode(domain, uts46=True).decode() if domain else ""
    return f"{local}{at}{domain}"


class UserManager(BaseUserManager["User"]):
    """Users have no password: a person who proves control of an email address is that user."""

    def create_user(self, email: str, **fields: Any) -> "User":
        user = self.model(email=normalize_email(email), **fields)
        user.set_unusable_password()
        user.save(using=self._db)
        return user

    def create_superuser(self, email: str, password: str | None = None, **fields: Any) -> "User":
        """Make a superuser; a password that Django's command asks for is not kept."""
        return self.create_user(email, is_staff=True, is_superuser=True, **fields)

    def get_by_natural_key(self, email: str | None) -> "User":
        return self.get(email=normalize_email(email or ""))


class User(AbstractBaseUser, PermissionsMixin):
    """A person with an account. `uid` is the public identifier, `id` the integer that apps see as `user_id`."""

    uid = models.UUIDField(_("MyUSA ID"), unique=True, default=uuid.uuid4, editable=False)
    email = models.EmailField(_("email address"), max_length=254, unique=True)
    is_active = models.BooleanField(_("active"), default=True)
    closing_at = models.DateTimeField(null=True, editable=False)
    is_staff = models.BooleanField(
        _("staff"), default=False, help_text=_("Can open the admin site with two-step sign-in.")
    )
    # Of pages, emails and text messages; empty until the first sign-in of a site with several languages.
    language = models.CharField(max_length=20, blank=True, editable=False)
    # In which emails show times; empty until the first sign-in.
    time_zone = models.CharField(max_length=64, blank=True, editable=False)
    # Suggestions on the home page that the person dismissed, with the day: `slug@2026-11-27`, separated by spaces.
    dismissed_steps = models.TextField(blank=True, default="", editable=False)
    date_joined = models.DateTimeField(_("joined"), default=timezone.now)

    USERNAME_FIELD = "email"
    REQUIRED_FIELDS: list[str] = []  # type: ignore[misc]
    objects = UserManager()

    class Meta:
        verbose_name = _("user")
        verbose_name_plural = _("users")
        constraints = [models.UniqueConstraint(Lower("email"), name="user_email_unique_lower")]

    def __str__(self) -> str:
        return self.email

    @property
    def history_name(self) -> str:
        """What the history calls this person in plain text: the MyUSA ID."""
        return str(self.uid)

    def clean(self) -> None:
        super().clean()
        self.email = normalize_email(self.email)

    def dismiss_step(self, slug: str) -> None:
        """Remember that this person does not want a suggestion of the home page now."""
        kept = [each for each in self.dismissed_steps.split() if each.partition("@")[0] != slug]
        self.dismissed_steps = " ".join([*kept, f"{slug}@{timezone.localdate().isoformat()}"])
        self.save(update_fields=["dismissed_steps"])

    def step_dismissed_on(self, slug: str) -> datetime.date | None:
        """Return the day on which this person dismissed a suggestion, None if they did not."""
        days = {name: day for name, _at, day in (each.partition("@") for each in self.dismissed_steps.split())}
        return datetime.date.fromisoformat(days[slug]) if slug in days else None

    @property
    def is_test_user(self) -> bool:
        """Whether this is a team's synthetic user, which no real email or SMS reaches and which cannot sign in."""
        return hasattr(self, "test_user")

    @property
    def verified_mobile(self) -> str | None:
        """The person's verified mobile number as E.164, whether or not it takes messages now (`phone.takes_messages`)."""
        phone = getattr(self, "phone", None)
        return phone.number if phone else None

    def _get_session_auth_hash(self, secret: Any = None) -> str:
        """Return what a session must hold to be this person's: the same under each SECRET_KEY.

        Sessions are rows whose content only this site can write, so nothing is signed. With Django's hash, which
        depends on SECRET_KEY, two processes with different keys would replace a session at each of its requests.
        """
        return digest(f"session:{self.pk}:{self.password}")

    def change_email(self, email: str) -> None:
        """Give the account another, proven address; raise AddressTaken if another account has it.

        Of several changes at once one wins: the others find that the address is not what they knew.
        """
        before, email = self.email, normalize_email(email)
        try:
            with transaction.atomic():
                changed = User.objects.filter(pk=self.pk, email=before).update(email=email)
                if not changed:
                    raise AddressTaken
                self.email = email
                self.confirm_email()
                history.record(self, "email_changed", by=self, before={"email": before}, after={"email": email})
        except IntegrityError as error:
            self.email = before
            raise AddressTaken from error

    @transaction.atomic
    def confirm_email(self) -> None:
        """Tell allauth that this person's address is proven; it keeps a row per address."""
        proven = EmailAddress.objects.filter(user=self, email=self.email, verified=True, primary=True)
        if proven.exists():
            return
        take_turn(f"email:{self.email}")
        if not proven.exists():  # two browsers can prove a new address at the same moment
            EmailAddress.objects.filter(user=self).delete()
            EmailAddress.objects.filter(email=self.email).delete()
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)
