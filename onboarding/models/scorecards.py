"""How a demo was rated: a row for each criterion of each product."""

from django.db import models
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from developer_apps.models import Product, RunStep
from onboarding.models.demos import Demo


class Score(models.Model):
    """Pass or fail of one criterion, in the words it had on the day of the demo. None: it is not applicable."""

    demo = models.ForeignKey(Demo, models.CASCADE, related_name="scores")
    product = models.ForeignKey(Product, models.PROTECT, related_name="+")
    position = models.PositiveSmallIntegerField(_("position"))
    criterion = models.TextField(_("criterion"))
    passed = models.BooleanField(_("passed"), null=True)
    comment = models.TextField(_("comment"), blank=True)
    # What a run showed for the criterion when staff decided
    run_step = models.ForeignKey(RunStep, models.SET_NULL, null=True, related_name="+")

    class Meta:
        verbose_name = _("score")
        verbose_name_plural = _("scores")
        ordering = ["demo", "product__position", "position"]
        constraints = [models.UniqueConstraint(fields=["demo", "product", "position"], name="score_unique")]

    def __str__(self) -> str:
        return self.criterion

    @property
    def result(self) -> str:
        """Pass, fail or not applicable, in words."""
        return {True: gettext("Pass"), False: gettext("Fail"), None: gettext("Not applicable")}[self.passed]
