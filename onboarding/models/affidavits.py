"""What an officer of the organization affirms: the text in its versions, each sending of it, and the signature."""

import datetime
import json
import uuid
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import structlog
from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models.user import normalize_email
from myusa.lib import history
from myusa.lib.database.encryption import EncryptedJSONField, EncryptedTextField
from myusa.lib.security.digests import digest, keyed_digests
from myusa.lib.steps import InvalidTransition
from onboarding.models.requests import ProductionRequest
from onboarding.states import State

if TYPE_CHECKING:
    from accounts.models import User

LINK_AGE = datetime.timedelta(days=14)
_signer = Signer(salt="onboarding.affidavit")
_copy_signer = Signer(salt="onboarding.affidavit.copy")

logger = structlog.get_logger(__name__)


class AffidavitTextQuerySet(models.QuerySet["AffidavitText"]):
    def current(self) -> "AffidavitText":
        """Return the newest version. A migration creates the first one."""
        return self.latest("version")

    @transaction.atomic
    def publish(self, *, title: str, body: str, statements: Sequence[str], by: "User | None") -> "AffidavitText":
        """Publish the next version. Affidavits sent before keep theirs."""
        version = (self.aggregate(last=Max("version"))["last"] or 0) + 1
        text = self.create(version=version, title=title, body=body, statements=list(statements), created_by=by)
        history.record(text, "published", by=by, after={"version": version})
        return text


class AffidavitText(models.Model):
    """One version of the affidavit. It never changes: an edit creates a new version."""

    version = models.PositiveIntegerField(_("version"), unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    statements = models.JSONField(_("statements"), help_text=_("The officer checks each one."))
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("published"), auto_now_add=True)

    objects = AffidavitTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("affidavit text")
        verbose_name_plural = _("affidavit texts")
        ordering = ["-version"]

    def __str__(self) -> str:
        return _("Version %(version)s") % {"version": self.version}

    def clean(self) -> None:
        good = isinstance(self.statements, list) and self.statements
        if not good or not all(isinstance(each, str) and each.strip() for each in self.statements):
            raise ValidationError({"statements": _("Write at least one statement.")})

    @property
    def digest(self) -> str:
        """The SHA-256 of everything the officer reads. A signature keeps it to name the exact text."""
        return digest(json.dumps([self.title, self.body, self.statements], ensure_ascii=False))


class AffidavitQuerySet(models.QuerySet["Affidavit"]):
    def by_link(self, token: str) -> "Affidavit | None":
        """Return the affidavit of an emailed link, also if the link was used or has expired; None for a forged one."""
        try:
            _signer.unsign(token)
        except BadSignature:
            return None
        return self.select_related("request__app__team", "text").filter(link_digest=digest(token)).first()

    def latest_of(self, request: ProductionRequest) -> "Affidavit | None":
        return self.filter(request=request).select_related("text").order_by("-pk").first()

    def to_officer(self, email: str) -> "AffidavitQuerySet":
        """Keep those that were sent to an officer's address."""
        return self.filter(officer_digest__in=officer_digests(email))

    def create_link(
        self, request: ProductionRequest, *, officer_name: str, officer_title: str, officer_email: str, by: "User"
    ) -> "Affidavit":
        """Create a sending with the current text. Links created before end."""
        self.filter(request=request, ended_at=None).update(ended_at=timezone.now())
        affidavit = self.model(
            request=request,
            text=AffidavitText.objects.current(),
            officer_name=officer_name,
            officer_title=officer_title,
            officer_email=officer_email,
            sent_by=by,
            expires_at=timezone.now() + LINK_AGE,
        )
        affidavit.link_digest = digest(affidavit.link_token)
        affidavit.save()
        return affidavit


class Affidavit(models.Model):
    """One sending of the affidavit to a named officer, by a link that works once."""

    class Reply(models.TextChoices):
        DECLINED = "declined", _("Declined")
        REFERRED = "referred", _("Named someone else")

    request = models.ForeignKey(ProductionRequest, models.CASCADE, related_name="affidavits")
    text = models.ForeignKey(AffidavitText, models.PROTECT, related_name="affidavits")
    officer_name = EncryptedTextField(_("officer’s full name"))
    officer_title = EncryptedTextField(_("officer’s title"))
    officer_email = EncryptedTextField(_("officer’s email address"))
    officer_digest = models.CharField(max_length=64, db_index=True, editable=False)
    link_id = models.UUIDField(default=uuid.uuid4, editable=False)
    link_digest = models.CharField(max_length=64, unique=True, editable=False)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("link expires"))
    ended_at = models.DateTimeField(_("used or replaced"), null=True)
    # What the officer did instead of signing, and the person they named.
    reply = models.CharField(_("reply"), max_length=10, choices=Reply.choices, blank=True)
    reply_reason = models.TextField(_("reason"), blank=True)
    named = EncryptedJSONField(default=dict)

    objects = AffidavitQuerySet.as_manager()

    class Meta:
        verbose_name = _("affidavit")
        verbose_name_plural = _("affidavits")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(fields=["request"], condition=Q(ended_at=None), name="affidavit_one_live_link")
        ]

    def __str__(self) -> str:
        return f"{self.request}: {self.officer_name}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if not kwargs.get("update_fields"):
            self.officer_digest = officer_digests(self.officer_email)[0]
        super().save(*args, **kwargs)

    @property
    def number(self) -> str:
        """What a printed copy is known by: the request's number and that of this sending."""
        return f"{self.request_id}-{self.pk}"

    @property
    def link_token(self) -> str:
        """The secret part of the link. It needs SECRET_KEY, so a copy of the table opens no link."""
        return _signer.sign(str(self.link_id))

    @property
    def link(self) -> str:
        return settings.BASE_URL + reverse("onboarding:sign", args=[self.link_token])

    @property
    def email_has_failed(self) -> bool:
        """Whether the last email to the officer was not delivered."""
        to_officer = self.emails.with_delivery().filter(name__in=["affidavit_officer", "affidavit_returned_officer"])
        last = to_officer.first()
        return last is not None and last.outgoing_email.has_failed

    @property
    def is_open(self) -> bool:
        """Whether the link can still be used to sign."""
        return (
            self.ended_at is None
            and self.expires_at > timezone.now()
            and self.request.state == State.AFFIDAVIT_SENT
            and not self.request.app.is_blocked
        )

    def faults(self, *, name: str, date: datetime.date | None, checked: Sequence[int]) -> dict[str, str]:
        """Return what is wrong with a signature given by the link, keyed by form field."""
        found = {}
        if set(checked) != set(range(len(self.text.statements))):
            found["statements"] = _("Check every statement to sign.")
        if _comparable(name) != _comparable(self.officer_name):
            found["name"] = _(
                "Type your name exactly as shown above. If someone else signs, the team can send a new link."
            )
        if date != timezone.localdate():
            found["date"] = _("Enter today’s date.")
        return {field: str(fault) for field, fault in found.items()}

    def keep_reply(self, reply: "Affidavit.Reply", *, reason: str, named: Mapping[str, str]) -> None:
        """End the link with a reply that is no signature. Raises InvalidTransition if the link has ended."""
        claimed = Affidavit.objects.filter(pk=self.pk, ended_at=None).update(
            ended_at=timezone.now(), reply=reply, reply_reason=reason, named=dict(named)
        )
        if not claimed:
            raise InvalidTransition(_("This link was used or replaced, or it has expired."))
        self.refresh_from_db()

    def keep(self, signature: "Signature") -> "Signature":
        """End the link and store the signature. Of two at the same time, one is refused."""
        claimed = Affidavit.objects.filter(pk=self.pk, ended_at=None).update(ended_at=timezone.now())
        signature.affidavit, signature.text_digest = self, self.text.digest
        try:
            with transaction.atomic():
                if not claimed:
                    raise IntegrityError
                signature.save()
        except IntegrityError:
            raise InvalidTransition(_("This affidavit was already signed, or a newer link replaced it.")) from None
        return signature


def _private_path(signature: "Signature", filename: str) -> str:
    return f"affidavits/{signature.affidavit.request_id}/{uuid.uuid4().hex}.pdf"


class SignatureQuerySet(models.QuerySet["Signature"]):
    def by_copy_link(self, token: str) -> "Signature | None":
        """Return the signature whose document the officer may download by this link; None if it is forged or too old."""
        try:
            link_id = _copy_signer.unsign(token)
        except BadSignature:
            return None
        oldest = timezone.now() - LINK_AGE
        return (
            self.filter(affidavit__link_id=link_id, signed_at__gt=oldest, recorded_by=None, address__isnull=False)
            .select_related("affidavit")
            .first()
        )

    def latest_of(self, request: ProductionRequest) -> "Signature | None":
        return (
            self.filter(affidavit__request=request)
            .select_related("affidavit__text", "recorded_by")
            .order_by("-pk")
            .first()
        )


class Signature(models.Model):
    """The officer's signature: typed on this site, or given on paper and recorded by staff (`recorded_by`)."""

    class Decision(models.TextChoices):
        PENDING = "pending", _("Waiting for staff")
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Returned")

    affidavit = models.OneToOneField(Affidavit, models.CASCADE, related_name="signature")
    name = EncryptedTextField(_("name"))
    title = EncryptedTextField(_("title"))
    date = models.DateField(_("date"))
    text_digest = models.CharField(_("SHA-256 of the text"), max_length=64)
    address = models.GenericIPAddressField(_("internet address"), null=True)
    signed_at = models.DateTimeField(_("received"), default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Stored privately. Only the download views of the team and of staff read it.
    file = models.FileField(_("document"), upload_to=_private_path)
    decision = models.CharField(_("decision"), max_length=10, choices=Decision.choices, default=Decision.PENDING)

    objects = SignatureQuerySet.as_manager()

    class Meta:
        verbose_name = _("signature")
        verbose_name_plural = _("signatures")
        ordering = ["-pk"]

    def __str__(self) -> str:
        return f"{self.name}, {self.date}"

    @property
    def copy_link(self) -> str:
        """A link with which the officer can download the document, and do nothing else, for 14 days."""
        token = _copy_signer.sign(str(self.affidavit.link_id))
        return settings.BASE_URL + reverse("onboarding:officer_copy", args=[token])

    @property
    def came_by_email(self) -> bool:
        return self.address is None

    def document(self) -> bytes | None:
        """Return the signed document, None if its file can't be read; operators find that in the log."""
        try:
            with self.file.open() as file:
                return bytes(file.read())
        except OSError as error:
            logger.error("document_unreadable", signature=self.pk, error=type(error).__name__)
            return None

    @property
    def is_readable(self) -> bool:
        return self.document() is not None

    def decide(self, decision: "Signature.Decision") -> None:
        """Store what staff decided; raise InvalidTransition if a decision was stored before."""
        if not Signature.objects.filter(pk=self.pk, decision=self.Decision.PENDING).update(decision=decision):
            raise InvalidTransition(_("This signature was already decided."))
        self.decision = decision


def officer_digests(email: str) -> list[str]:
    return keyed_digests("officer-address", normalize_email(email))


def _comparable(name: str) -> str:
    return " ".join(name.casefold().split())
