"""Scenarios that an app is tried by, and the runs in which it was.

Staff edit scenarios as data. A run copies the steps of its scenario, so a later change of the scenario leaves it alone.
"""

import re
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models.apps import App
from developer_apps.models.products import Product
from developer_apps.models.test_users import TestUser

if TYPE_CHECKING:
    from accounts.models import User

STATUS = re.compile(r"[1-5](\d\d|xx)")


class StepKind(models.TextChoices):
    """What must be observed for a step. Each is found among the run's events after those of the step before it."""

    TOKEN = "token", _("A token, by any grant")
    TOKEN_BY_CODE = "code", _("A token by authorization code for the test user")
    TOKEN_BY_CLIENT = "client", _("A token by client credentials")
    REFRESH = "refresh", _("A refresh of a token")
    REVOCATION = "revoked", _("The app revokes its token")
    CALL = "call", _("A call with this result")
    REFUSED_CALL = "refused", _("A call that MyUSA rejects with this status")
    NEW_TOKEN_AFTER_401 = "renewed", _("After a 401, a new token and a call that works")
    PAUSE_AFTER_429 = "pause", _("After a 429, a pause and a call that works")
    CHANGED_RESPONSE = "changed", _("The same call until its response changes")
    NEW_CONSENT = "consent", _("After the person disconnected the app, a new sign-in")


class StepFields(models.Model):
    """What a step of a scenario says, and the copy of it in a run.

    Empty `method`, `endpoint` and `status` mean any method, any operation, and any 2xx. `times` is the number of calls
    with different payloads, `seconds` the length of a pause. `criterion` is the demo criterion that the step is about.
    With `is_proof` the step alone proves it, otherwise staff also judge by what they see.
    """

    position = models.PositiveSmallIntegerField(_("position"), default=1)
    title = models.CharField(_("what the app does"), max_length=200)
    hint = models.TextField(_("how to do it"), blank=True, max_length=1000)
    kind = models.CharField(_("what must be observed"), max_length=10, choices=StepKind.choices)
    method = models.CharField(_("method"), max_length=8, blank=True)
    endpoint = models.CharField(_("operation"), max_length=60, blank=True)
    status = models.CharField(
        _("status"),
        max_length=3,
        blank=True,
        help_text=_("For example, 201 or 4xx. Leave empty to accept any success."),
        validators=[RegexValidator(STATUS, _("Enter a status such as 201, or a class such as 4xx."))],
    )
    times = models.PositiveSmallIntegerField(
        _("different payloads"), default=1, validators=[MinValueValidator(1), MaxValueValidator(100)]
    )
    seconds = models.PositiveSmallIntegerField(_("seconds to pause"), default=0, validators=[MaxValueValidator(3600)])
    criterion = models.TextField(_("demo criterion"), blank=True)
    is_proof = models.BooleanField(_("proves the criterion"), default=True)

    class Meta:
        abstract = True
        ordering = ["position", "pk"]

    def __str__(self) -> str:
        return self.title

    def accepts(self, status: int) -> bool:
        """Return whether `status` is the one that the step asks for."""
        wanted = self.status or "2xx"
        return str(status) == wanted or (wanted.endswith("xx") and str(status)[:1] == wanted[0])


class Scenario(models.Model):
    """What an app is to do with a product, step by step."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="scenarios")
    title = models.CharField(_("title"), max_length=100)
    summary = models.CharField(_("summary"), max_length=300, blank=True)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    is_active = models.BooleanField(_("offered"), default=True)

    class Meta:
        verbose_name = _("scenario")
        verbose_name_plural = _("scenarios")
        ordering = ["product__position", "position", "pk"]
        constraints = [models.UniqueConstraint(fields=["product", "title"], name="scenario_title_unique")]

    def __str__(self) -> str:
        return self.title


class ScenarioStep(StepFields):
    scenario = models.ForeignKey(Scenario, models.CASCADE, related_name="steps")

    class Meta(StepFields.Meta):
        verbose_name = _("step")
        verbose_name_plural = _("steps")

    def clean(self) -> None:
        if self.kind == StepKind.PAUSE_AFTER_429 and not self.seconds:
            raise ValidationError({"seconds": _("Enter how long the app must pause.")})


def coverage(product: Product) -> dict[str, bool]:
    """Return the criteria that offered scenarios of a product are about, each with whether a run alone proves it."""
    steps = ScenarioStep.objects.filter(scenario__product=product, scenario__is_active=True).exclude(criterion="")
    found: dict[str, bool] = {}
    for criterion, is_proof in steps.values_list("criterion", "is_proof"):
        found[criterion] = found.get(criterion, False) or is_proof
    return found


class RunQuerySet(models.QuerySet["Run"]):
    def running(self) -> "RunQuerySet":
        return self.filter(state=Run.State.RUNNING)

    def ended(self) -> "RunQuerySet":
        return self.exclude(state=Run.State.RUNNING)

    def visible_to(self, user: "User") -> "RunQuerySet":
        return self.filter(app__team__memberships__user=user)


class Run(models.Model):
    """One try of an app at a scenario, with a test user of its own."""

    MAX_HOURS = 4

    class State(models.TextChoices):
        RUNNING = "running", _("Running")
        PASSED = "passed", _("Passed")
        FAILED = "failed", _("Failed")

    app = models.ForeignKey(App, models.CASCADE, related_name="runs")
    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    scenario = models.ForeignKey(Scenario, models.SET_NULL, null=True, related_name="runs")
    title = models.CharField(_("scenario"), max_length=100)
    test_user = models.ForeignKey(TestUser, models.SET_NULL, null=True, related_name="runs")
    # What the test user's data say, by label: made up for this run.
    values = models.JSONField(_("values"), default=dict)
    state = models.CharField(_("state"), max_length=7, choices=State.choices, default=State.RUNNING)
    started_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    ends_at = models.DateTimeField(_("ends by"))
    ended_at = models.DateTimeField(_("ended"), null=True)

    objects = RunQuerySet.as_manager()

    class Meta:
        verbose_name = _("run")
        verbose_name_plural = _("runs")
        ordering = ["-started_at", "-pk"]
        indexes = [models.Index(fields=["app", "-started_at"], name="run_app_started")]
        constraints = [
            models.UniqueConstraint(
                fields=["app", "scenario"], condition=Q(state="running"), name="run_one_of_a_scenario"
            ),
            models.CheckConstraint(
                condition=Q(state="running", ended_at=None) | (~Q(state="running") & Q(ended_at__isnull=False)),
                name="run_ended_has_a_time",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.title} #{self.pk}"

    def get_absolute_url(self) -> str:
        return reverse("developer_apps:run", args=[self.app_id, self.pk])

    @property
    def is_running(self) -> bool:
        return self.state == Run.State.RUNNING

    @property
    def kind(self) -> str:
        """The kind of the tag that shows the state."""
        return {"running": "waiting", "passed": "good", "failed": "bad"}[self.state]


class RunStep(StepFields):
    """A copy of a scenario's step, with what proved it, or what went wrong so far."""

    run = models.ForeignKey(Run, models.CASCADE, related_name="steps")
    done_at = models.DateTimeField(_("done"), null=True)
    trace_id = models.UUIDField(_("trace ID"), null=True)
    problem = models.CharField(_("what is missing"), max_length=300, blank=True)

    class Meta(StepFields.Meta):
        verbose_name = _("step of a run")
        verbose_name_plural = _("steps of runs")


class TokenEvent(models.Model):
    """A token request, refresh, revocation or disconnection of an app that has a run. Nothing of the token is kept."""

    class Kind(models.TextChoices):
        CODE = "code", _("token by authorization code")
        CLIENT = "client", _("token by client credentials")
        REFRESH = "refresh", _("refresh")
        REVOKED = "revoked", _("token revoked by the app")
        DISCONNECTED = "disconnect", _("app disconnected")

    at = models.DateTimeField(_("time"), default=timezone.now)
    app = models.ForeignKey(App, models.CASCADE, related_name="+")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, null=True, related_name="+")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    trace_id = models.UUIDField(_("trace ID"), null=True)

    class Meta:
        verbose_name = _("token event")
        verbose_name_plural = _("token events")
        ordering = ["at", "pk"]
        indexes = [models.Index(fields=["app", "at"], name="token_event_app_at")]

    def __str__(self) -> str:
        return self.kind
