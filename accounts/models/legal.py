"""Terms, privacy notice and the statements that law asks for: texts that staff write, whose every version stays."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts import markdown
from myusa.lib import texts


class LegalTextQuerySet(models.QuerySet["LegalText"]):
    def in_force(self) -> "LegalTextQuerySet":
        """Return what is or was in effect, newest first."""
        return self.filter(effective_at__lte=timezone.now()).order_by("-effective_at", "-pk")

    def current(self, kind: str) -> "LegalText | None":
        """Return the version of a kind of text that is in effect now."""
        return self.in_force().filter(kind=kind).first()


class LegalText(models.Model):
    """One version of one text. Changing a text means adding a version; what people accepted stays readable."""

    class Kind(models.TextChoices):
        TERMS = "terms", _("Terms of service")
        PRIVACY = "privacy", _("Privacy notice")
        PRIVACY_ACT = "privacy_act", _("Privacy Act statement")
        ACCESSIBILITY = "accessibility", _("Accessibility statement")

    kind = models.CharField(_("text"), max_length=20, choices=Kind.choices)
    version = models.CharField(
        _("version"), max_length=40, help_text=_("For example, 2026-11. Recorded with each acceptance.")
    )
    body = models.TextField(_("body"), help_text=_("Markdown: ## headings, lists, [links](https://example.gov)."))
    translations = texts.TranslationsField(of=("body",))
    effective_at = models.DateTimeField(_("in effect from"), default=timezone.now)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.SET_NULL, null=True, editable=False, related_name="+"
    )
    created_at = models.DateTimeField(_("written"), auto_now_add=True)

    objects = LegalTextQuerySet.as_manager()

    class Meta:
        verbose_name = _("legal text")
        verbose_name_plural = _("legal texts")
        ordering = ["kind", "-effective_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["kind", "version"], name="legal_text_version")]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.version}"

    @property
    def language(self) -> str:
        """Which language `html` is in: the page's, or English."""
        return texts.translated(self, "body").language

    @property
    def html(self) -> SafeString:
        return markdown.render(texts.translated(self, "body").value)

    @property
    def html_below_heading(self) -> SafeString:
        return markdown.render(texts.translated(self, "body").value, deeper=1)
