"""What apps did over the APIs: one row per call for a while. Sums of them are in `traffic_sums`.

The rows are written in bulk outside the request (`developer_apps.traffic`), so their foreign keys carry no database
constraint: a check per row would cost more than the row. Who is deleted is taken out by `developer_apps.traffic.activity.erase`.
"""

import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from developer_apps.models.apps import App
from developer_apps.models.clients import Environment
from developer_apps.models.products import Product


class TokenKind(models.TextChoices):
    USER = "user", _("A person's token")
    TEST_USER = "test", _("A test user's token")
    CLIENT = "client", _("The app's own token (client credentials)")


class Outcome(models.TextChoices):
    """What is known about the result of a call. An API served elsewhere reports it after the check of the token."""

    SERVED = "served", _("served here")
    REPORTED = "reported", _("reported by the API")
    UNKNOWN = "unknown", _("checked, outcome unknown")
    REFUSED = "refused", _("rejected by MyUSA")
    SIMULATED = "simulated", _("simulated")


class Cause(models.TextChoices):
    """What an error code leaves open about a rejected call. Only the app's team reads it."""

    EXPIRED = "expired", _("The token has expired.")
    REVOKED = "revoked", _("The token, or the person’s consent, was revoked.")
    FORCED = "forced", _("Your request forced this error with X-Sandbox-Fault.")


class Call(models.Model):
    """One call of an app: to an API served here, or one that was checked for an API served elsewhere.

    `status` and `latency_us` are those of the API. Of a refusal by MyUSA they are those of the refusal, and `status`
    is 0 while the outcome is unknown.
    """

    at = models.DateTimeField(_("time"))
    app = models.ForeignKey(App, models.DO_NOTHING, related_name="calls", db_constraint=False, db_index=False)
    product = models.ForeignKey(
        Product, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    environment = models.CharField(_("environment"), max_length=10, choices=Environment.choices)
    token_kind = models.CharField(_("token"), max_length=6, choices=TokenKind.choices)
    endpoint = models.CharField(_("endpoint"), max_length=60)
    method = models.CharField(_("method"), max_length=8)
    status = models.PositiveSmallIntegerField(_("status"))
    outcome = models.CharField(_("outcome"), max_length=9, choices=Outcome.choices, default=Outcome.SERVED)
    # The first code of the error body; empty for a call that succeeded, or whose error another API reported.
    error = models.CharField(_("error"), max_length=40, blank=True, db_default="")
    cause = models.CharField(_("cause"), max_length=8, choices=Cause.choices, blank=True, db_default="")
    latency_us = models.PositiveIntegerField(_("latency in microseconds"))
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.DO_NOTHING, null=True, related_name="+", db_constraint=False, db_index=False
    )
    # A keyed digest of what was asked or sent, to count distinct ones; the payload itself is kept nowhere.
    payload_digest = models.CharField(max_length=16, blank=True)
    # The same of the response, if the API reported one: two of the same payload show that a status changed.
    response_digest = models.CharField(max_length=16, blank=True, db_default="")
    # Without its query, and only of sandbox calls of products that need a demo: staff look at a sample of them.
    path = models.CharField(_("path"), max_length=200, blank=True, db_default="")
    # A keyed digest of the caller's network, of the same calls: whether all came from one.
    network_digest = models.CharField(max_length=16, blank=True, db_default="")
    # The scopes of the fields that the response gave of the person, never their values.
    fields_read = models.TextField(_("fields read"), blank=True, db_default="")
    trace_id = models.UUIDField(_("trace id"), null=True)

    class Meta:
        verbose_name = _("call")
        verbose_name_plural = _("calls")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["app", "at"], name="call_app_at"),
            # The log's failed calls: rare ones are found as fast as frequent ones
            models.Index(fields=["app", "at"], name="call_failed", condition=Q(status__gte=400)),
            # Evidence: its cost does not depend on the app's other traffic
            models.Index(fields=["app", "product", "at"], name="call_evidence", condition=Q(environment="sandbox")),
            # The sample that staff see: errors are rare among millions of calls
            models.Index(
                fields=["app", "product", "at"],
                name="call_evidence_failed",
                condition=Q(environment="sandbox", status__gte=400),
            ),
            models.Index(fields=["user", "at"], name="call_user_at", condition=Q(user__isnull=False)),
            models.Index(fields=["trace_id", "at"], name="call_trace_id"),
            models.Index(fields=["at"], name="call_at"),
        ]

    def __str__(self) -> str:
        return f"{self.method} {self.endpoint} {self.result}"

    @property
    def result(self) -> str:
        """The status in words, with what is special about it."""
        if self.outcome == Outcome.UNKNOWN:
            return str(Outcome.UNKNOWN.label)
        if self.outcome in (Outcome.REFUSED, Outcome.SIMULATED):
            return f"{self.status}, {Outcome(self.outcome).label}"
        return str(self.status)

    @property
    def result_kind(self) -> str:
        """The kind of the tag that shows the result."""
        if self.outcome == Outcome.UNKNOWN:
            return "waiting"
        return "bad" if self.status >= 400 else "good"

    @property
    def latency_ms(self) -> float:
        return self.latency_us / 1000

    @property
    def utc(self) -> str:
        """The time in UTC, as logs write it."""
        return f"{self.at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S}"


class RefusedRequest(models.Model):
    """A refused sign-in or token request of a known client, with its cause in words. It holds no credential."""

    MAX_CAUSE = 500

    at = models.DateTimeField(_("time"), auto_now_add=True)
    app = models.ForeignKey(App, models.CASCADE, related_name="refused_requests")
    environment = models.CharField(_("environment"), max_length=10, choices=Environment.choices)
    endpoint = models.CharField(_("endpoint"), max_length=20)
    status = models.PositiveSmallIntegerField(_("status"))
    error = models.CharField(_("error"), max_length=40)
    cause = models.CharField(_("cause"), max_length=MAX_CAUSE)
    trace_id = models.UUIDField(_("trace id"), null=True, db_index=True)

    class Meta:
        verbose_name = _("refused request")
        verbose_name_plural = _("refused requests")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["app", "at"], name="refused_request_app_at"),
            # The status page: failures on our side are rare
            models.Index(fields=["at"], name="refused_request_failed", condition=Q(status__gte=500)),
        ]

    def __str__(self) -> str:
        return f"{self.endpoint} {self.error}"

    @property
    def method(self) -> str:
        return "GET" if self.endpoint == "authorize" else "POST"

    @property
    def keys_label(self) -> Promise:
        return Environment(self.environment).keys_label

    @property
    def utc(self) -> str:
        """The time in UTC, as logs write it."""
        return f"{self.at.astimezone(datetime.UTC):%Y-%m-%d %H:%M:%S}"


class EarlyOutcome(models.Model):
    """The outcome of a call whose check is not stored yet: calls are written from a buffer, in other processes too."""

    product = models.ForeignKey(Product, models.CASCADE, related_name="+")
    trace_id = models.UUIDField(_("trace ID"))
    report = models.JSONField(_("report"))
    received_at = models.DateTimeField(_("received"), default=timezone.now)

    class Meta:
        verbose_name = _("early outcome")
        verbose_name_plural = _("early outcomes")
        indexes = [models.Index(fields=["trace_id"], name="early_outcome_trace_id")]

    def __str__(self) -> str:
        return f"{self.product} {self.trace_id}"
