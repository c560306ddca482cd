"""What an officer of the organization affirms: the text in its versions, each sending of it, and the signature."""

import datetime
import json
import uuid
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.files.base import ContentFile
from django.core.signing import BadSignature, Signer
from django.db import IntegrityError, models, transaction
from django.db.models import Max, Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from myusa.lib import history
from myusa.lib.security.digests import digest
from myusa.lib.steps import InvalidTransition
from onboarding import affidavit_pdf, emails, evidence, states
from onboarding.models.requests import ProductionRequest

if TYPE_CHECKING:
    from accounts.models import User

LINK_AGE = datetime.timedelta(days=14)
_signer = Signer(salt="onboarding.affidavit")


class AffidavitTextQuerySet(models.QuerySet["AffidavitText"]):
    def current(self) -> "AffidavitText":
        """Return the newest version; the first one comes with the tables."""
        return self.latest("version")

    @transaction.atomic
    def publish(self, *, title: str, body: str, statements: Sequence[str], by: "User | None") -> "AffidavitText":
        """Make the next version, which later sendings carry; those sent before keep theirs."""
        version = (self.aggregate(last=Max("version"))["last"] or 0) + 1
        text = self.create(version=version, title=title, body=body, statements=list(statements), created_by=by)
        history.record(text, "published", by=by, after={"version": version})
        return text


class AffidavitText(models.Model):
    """One version of the affidavit. Never changed: an edit is a new version."""

    version = models.PositiveIntegerField(_("version"), unique=True, editable=False)
    title = models.CharField(_("title"), max_length=200)
    body = models.TextField(_("text"))
    statements = models.JSONField(_("statements"), help_text=_("Each is ticked by the officer."))
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
        """The SHA-256 of everything the officer reads, by which a signature names this very text."""
        return digest(json.dumps([self.title, self.body, self.statements], ensure_ascii=False))


class AffidavitQuerySet(models.QuerySet["Affidavit"]):
    def by_link(self, token: str) -> "Affidavit | None":
        """Return what an emailed link stands for, also when it is used or lapsed; None for a forged one."""
        try:
            _signer.unsign(token)
        except BadSignature:
            return None
        return self.select_related("request__app__team", "text").filter(link_digest=digest(token)).first()

    def latest_of(self, request: ProductionRequest) -> "Affidavit | None":
        return self.filter(request=request).select_related("text").order_by("-pk").first()

    @transaction.atomic
    def send_for(self, request: ProductionRequest, *, by: "User", override: str = "", note: str = "") -> "Affidavit":
        """Send the affidavit to the officer, and the demo's criteria to the team.

        The evidence must be met, or `override` say why it need not be. Raises InvalidTransition otherwise.
        """
        states.step("send_affidavit", request.state)
        request._refuse_without_products()
        unmet = [each for each in evidence.of(request) if not each.is_met]
        if unmet and not override.strip():
            names = ", ".join(each.product.name for each in unmet)
            raise InvalidTransition(
                _("The evidence is not met for %(products)s. Override it with a reason, or ask for more.")
                % {"products": names}
            )
        override = override.strip() if unmet else ""
        request.advance(
            "send_affidavit",
            by=by,
            note=override or note,
            after={"evidence": "overridden" if unmet else "met"},
            evidence_override=override,
        )
        answers = request.answers
        affidavit = self._make(request, answers["officer_name"], answers["officer_title"], answers["officer_email"], by)
        emails.affidavit_sent(request, affidavit)
        return affidavit

    @transaction.atomic
    def resend_for(
        self, request: ProductionRequest, *, by: "User", officer_name: str, officer_title: str, officer_email: str
    ) -> "Affidavit":
        """Send a new link, to the same officer or another; links sent before end."""
        states.step("resend_affidavit", request.state)
        request.advance("resend_affidavit", by=by, after={"officer": f"{officer_name} <{officer_email}>"})
        affidavit = self._make(request, officer_name, officer_title, officer_email, by)
        emails.affidavit_resent(request, affidavit)
        return affidavit

    def renew_for(self, request: ProductionRequest, *, by: "User") -> "Affidavit":
        """Make a new link for the officer who was asked last."""
        last = self.latest_of(request)
        assert last is not None
        return self._make(request, last.officer_name, last.officer_title, last.officer_email, by)

    def _make(self, request: ProductionRequest, name: str, title: str, email: str, by: "User") -> "Affidavit":
        self.filter(request=request, ended_at=None).update(ended_at=timezone.now())
        affidavit = self.model(
            request=request,
            text=AffidavitText.objects.current(),
            officer_name=name,
            officer_title=title,
            officer_email=email,
            sent_by=by,
            expires_at=timezone.now() + LINK_AGE,
        )
        affidavit.link_digest = digest(affidavit.link_token)
        affidavit.save()
        return affidavit


class Affidavit(models.Model):
    """One sending of the affidavit to a named officer, by a link that works once."""

    request = models.ForeignKey(ProductionRequest, models.CASCADE, related_name="affidavits")
    text = models.ForeignKey(AffidavitText, models.PROTECT, related_name="affidavits")
    officer_name = models.CharField(_("officer’s full name"), max_length=200)
    officer_title = models.CharField(_("officer’s title"), max_length=200)
    officer_email = models.EmailField(_("officer’s email address"), max_length=254)
    link_id = models.UUIDField(default=uuid.uuid4, editable=False)
    link_digest = models.CharField(max_length=64, unique=True, editable=False)
    sent_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    sent_at = models.DateTimeField(_("sent"), auto_now_add=True)
    expires_at = models.DateTimeField(_("link ends"))
    ended_at = models.DateTimeField(_("used or replaced"), null=True)

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

    @property
    def link_token(self) -> str:
        """The secret part of the link. Only who has SECRET_KEY can make it, so the table alone opens nothing."""
        return _signer.sign(str(self.link_id))

    @property
    def link(self) -> str:
        return settings.BASE_URL + reverse("onboarding:sign", args=[self.link_token])

    @property
    def is_open(self) -> bool:
        """Whether the link can still be used to sign."""
        return (
            self.ended_at is None
            and self.expires_at > timezone.now()
            and self.request.state == states.State.AFFIDAVIT_SENT
            and not self.request.app.is_blocked
        )

    @transaction.atomic
    def sign(
        self, *, name: str, title: str, date: datetime.date, ticked: Sequence[int], address: str | None
    ) -> "Signature":
        """Sign by the link: the named officer types name, title and date and ticks every statement.

        `ticked` holds the positions of the ticked statements. The link ends with it. Raises InvalidTransition for a used,
        lapsed or replaced link, another name, another day than today, and statements left out.
        """
        if not self.is_open:
            raise InvalidTransition(_("This link has been used, has been replaced by a newer one, or has lapsed."))
        for fault in self.faults(name=name, date=date, ticked=ticked).values():
            raise InvalidTransition(fault)
        signature = self._keep(Signature(name=name.strip(), title=title.strip(), date=date, address=address))
        self.request.advance("sign_affidavit", by=None, officer=self.officer_name)
        signature.file.save("affidavit.pdf", ContentFile(affidavit_pdf.render(signature)))
        emails.affidavit_signed(self.request, self)
        return signature

    def faults(self, *, name: str, date: datetime.date | None, ticked: Sequence[int]) -> dict[str, str]:
        """Return what is wrong with a signature by the link, by the field of its form."""
        found = {}
        if set(ticked) != set(range(len(self.text.statements))):
            found["statements"] = _("Tick every statement: the affidavit holds only as a whole.")
        if _comparable(name) != _comparable(self.officer_name):
            found["name"] = _("Type your name as it stands above. If someone else signs, the team can send a new link.")
        if date != timezone.localdate():
            found["date"] = _("The date must be today’s.")
        return {field: str(fault) for field, fault in found.items()}

    @transaction.atomic
    def record_copy(self, *, name: str, title: str, date: datetime.date, pdf: bytes, by: "User") -> "Signature":
        """Record a PDF with a wet signature that came back by email; `pdf` must have passed `onboarding.uploads`."""
        states.step("record_affidavit", self.request.state)
        if date > timezone.localdate():
            raise InvalidTransition(_("The date lies in the future."))
        signature = self._keep(Signature(name=name.strip(), title=title.strip(), date=date, recorded_by=by))
        self.request.advance("record_affidavit", by=by, after={"officer": name})
        signature.file.save("affidavit.pdf", ContentFile(pdf))
        emails.affidavit_signed(self.request, self)
        return signature

    def _keep(self, signature: "Signature") -> "Signature":
        """End the link and store the signature; two at once leave one."""
        claimed = Affidavit.objects.filter(pk=self.pk, ended_at=None).update(ended_at=timezone.now())
        signature.affidavit, signature.text_digest = self, self.text.digest
        try:
            with transaction.atomic():
                if not claimed:
                    raise IntegrityError
                signature.save()
        except IntegrityError:
            raise InvalidTransition(
                _("This affidavit has been signed already, or a newer link has replaced it.")
            ) from None
        return signature


def _private_path(signature: "Signature", filename: str) -> str:
    return f"affidavits/{signature.affidavit.request_id}/{uuid.uuid4().hex}.pdf"


class SignatureQuerySet(models.QuerySet["Signature"]):
    def latest_of(self, request: ProductionRequest) -> "Signature | None":
        return (
            self.filter(affidavit__request=request)
            .select_related("affidavit__text", "recorded_by")
            .order_by("-pk")
            .first()
        )


class Signature(models.Model):
    """The officer's signature: typed in the portal, or on paper and recorded by staff (`recorded_by`)."""

    class Decision(models.TextChoices):
        PENDING = "pending", _("Waits for staff")
        ACCEPTED = "accepted", _("Accepted")
        RETURNED = "returned", _("Returned")

    affidavit = models.OneToOneField(Affidavit, models.CASCADE, related_name="signature")
    name = models.CharField(_("name"), max_length=200)
    title = models.CharField(_("title"), max_length=200)
    date = models.DateField(_("date"))
    text_digest = models.CharField(_("SHA-256 of the text"), max_length=64)
    address = models.GenericIPAddressField(_("internet address"), null=True)
    signed_at = models.DateTimeField(_("received"), default=timezone.now)
    recorded_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    # Stored privately: no URL leads to it but the download views of the team and of staff.
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
    def came_by_email(self) -> bool:
        return self.address is None

    @transaction.atomic
    def accept(self, *, by: "User", note: str = "") -> None:
        """Let the team book its demo."""
        self._decide("accept_affidavit", self.Decision.ACCEPTED, by=by, note=note)
        emails.affidavit_accepted(self.affidavit.request)

    @transaction.atomic
    def return_to_officer(self, *, by: "User", note: str) -> Affidavit:
        """Ask for another signature with a note what was wrong; the officer gets a new link."""
        self._decide("return_affidavit", self.Decision.RETURNED, by=by, note=note)
        affidavit = Affidavit.objects.renew_for(self.affidavit.request, by=by)
        emails.affidavit_returned(self.affidavit.request, affidavit, note)
        return affidavit

    def _decide(self, verb: str, decision: str, **how: Any) -> None:
        self.affidavit.request.advance(verb, **how)
        if not Signature.objects.filter(pk=self.pk, decision=self.Decision.PENDING).update(decision=decision):
            raise InvalidTransition(_("This signature has been decided already."))
        self.decision = decision


def _comparable(name: str) -> str:
    return " ".join(name.casefold().split())
