"""The catalog of API products, and which app has access to which."""

import datetime
import time
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.db import models, transaction
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models.apps import App
from developer_apps.models.clients import Environment
from myusa.lib import history, texts
from myusa.lib.security.digests import digest, random_token
from myusa.lib.steps import InvalidTransition
from myusa.lib.texts import TranslationsField

if TYPE_CHECKING:
    from accounts.models import User

CATALOG_SECONDS = 5
LAST_REPORT_RESOLUTION = datetime.timedelta(minutes=10)


class ProductQuerySet(models.QuerySet["Product"]):
    def listed(self) -> "ProductQuerySet":
        return self.filter(is_listed=True)

    def subscribe_by_scopes(self, app: App, *, by: "User | None") -> None:
        """Subscribe `app` to every product that one of its scopes belongs to."""
        scopes = set(app.scope_list)
        subscribed = set(app.subscriptions.values_list("product_id", flat=True))
        for product in self.exclude(pk__in=subscribed):
            if scopes & product.scopes.keys():
                Subscription.objects.subscribe(app, product, by=by)

    def withhold_sandbox_only(self, apps: models.QuerySet[App]) -> None:
        """Bring `withheld_scopes` of `apps` up to date with the sandbox-only products."""
        withheld = {scope for product in self.filter(sandbox_only=True) for scope in product.scopes}
        for app in apps.only("scopes", "withheld_scopes"):
            kept_back = " ".join(sorted(withheld & set(app.scope_list)))
            if kept_back != app.withheld_scopes:
                App.objects.filter(pk=app.pk).update(withheld_scopes=kept_back)


class Product(models.Model):
    """An API in the catalog. Staff edit it in the admin."""

    slug = models.SlugField(_("slug"), unique=True)
    name = models.CharField(_("name"), max_length=100)
    agency = models.CharField(
        _("agency"), max_length=100, blank=True, help_text=_("Who provides it. People see this at consent.")
    )
    summary = models.CharField(_("summary"), max_length=200, blank=True)
    overview = models.TextField(_("overview"), blank=True, help_text=_("Markdown."))
    openapi = models.JSONField(_("OpenAPI document"), null=True, blank=True)
    scopes = models.JSONField(
        _("scopes"), default=dict, blank=True, help_text=_("An object: scope name → what it lets an app do.")
    )
    app_token_only = models.BooleanField(
        _("takes the app’s own token only"), default=False, help_text=_("People are never asked for its scopes.")
    )
    # Of what citizens read: names of agencies' APIs and of their scopes. The rest of the catalog is for developers.
    translations = TranslationsField(of=("name", "agency", "scopes"))
    is_built_in = models.BooleanField(_("served here"), default=False)
    is_listed = models.BooleanField(_("shown in the catalog"), default=True)
    sandbox_only = models.BooleanField(_("sandbox only"), default=False)
    requires_demo = models.BooleanField(_("production needs a demo"), default=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    # Where to call a product that is served elsewhere
    sandbox_base_url = models.CharField(
        _("sandbox address"), max_length=300, blank=True, help_text=_("Leave empty until it is available.")
    )
    sandbox_path = models.CharField(
        _("sandbox path to try"), max_length=300, blank=True, help_text=_("A path that works, such as /cases/1.")
    )
    production_base_url = models.CharField(
        _("production address"), max_length=300, blank=True, help_text=_("Leave empty until it is available.")
    )
    production_path = models.CharField(
        _("production path to try"), max_length=300, blank=True, help_text=_("A path that works, such as /cases/1.")
    )
    # Thresholds of evidence
    min_consecutive_days = models.PositiveIntegerField(_("consecutive days with traffic"), default=5)
    min_calls = models.PositiveIntegerField(_("calls"), default=100)
    min_distinct = models.PositiveIntegerField(_("distinct payloads or resources"), default=20)
    needs_success_and_error = models.BooleanField(_("both 2xx and 4xx answers"), default=True)
    # The demo
    demo_minutes = models.PositiveSmallIntegerField(_("demo length in minutes"), default=60)
    criteria = models.JSONField(_("demo criteria"), default=list, blank=True)
    allows_not_applicable = models.BooleanField(
        _("a criterion can be not applicable"),
        default=False,
        help_text=_("Staff can mark this on the scorecard, with a reason."),
    )
    # Quotas
    sandbox_calls_per_second = models.PositiveIntegerField(default=5)
    sandbox_calls_per_day = models.PositiveIntegerField(default=1000)
    production_calls_per_second = models.PositiveIntegerField(default=10)
    production_calls_per_day = models.PositiveIntegerField(default=10000)

    objects = ProductQuerySet.as_manager()

    class Meta:
        verbose_name = _("product")
        verbose_name_plural = _("products")
        ordering = ["position", "name"]
        constraints = [
            models.CheckConstraint(condition=Q(demo_minutes__lte=60), name="product_demo_within_an_hour"),
        ]

    def __str__(self) -> str:
        return self.name

    def save(self, *args: Any, **kwargs: Any) -> None:
        super().save(*args, **kwargs)
        invalidate_catalog()

    @property
    def translated_name(self) -> str:
        return str(texts.translated(self, "name").value)

    @property
    def translated_agency(self) -> str:
        return str(texts.translated(self, "agency").value)

    def scope_label(self, scope: str) -> texts.Text:
        """Return what a scope lets an app do, in the current language if staff have translated it."""
        found = texts.translated(self, "scopes")
        if label := found.value.get(scope):
            return texts.Text(label, found.language)
        return texts.Text(self.scopes[scope], settings.LANGUAGE_CODE)

    def lock(self) -> bool:
        """Let no one delete the product, or add it to an app, before the transaction ends; return whether it is there."""
        return Product.objects.select_for_update(no_key=True).filter(pk=self.pk).first() is not None

    def base_url(self, environment: str) -> str:
        """Return the address of this product in an environment, without a slash at its end; empty if there is none."""
        return self.production_base_url if environment == Environment.PRODUCTION else self.sandbox_base_url

    def sample_path(self, environment: str) -> str:
        """Return a path that works in an environment."""
        return self.production_path if environment == Environment.PRODUCTION else self.sandbox_path

    @transaction.atomic
    def edit(self, before: dict[str, Any], after: dict[str, Any], *, by: "User") -> None:
        """Keep what was set on this product, with what it was before in the history, and apply its rules."""
        verb = "edited" if self.pk else "added"
        self.save()
        history.record(self, verb, by=by, before=before, after=after)
        self.apply_rules(by=by)

    @transaction.atomic
    def apply_rules(self, *, by: "User | None") -> None:
        """After an edit: keep back the scopes of sandbox-only products everywhere, and end production access to them."""
        Product.objects.withhold_sandbox_only(App.objects.filter(subscriptions__product=self))
        if self.sandbox_only:
            for subscription in self.subscriptions.in_production():
                subscription.end_production(by=by, reason="The product is sandbox only.")


_catalog: tuple[float, dict[str, Product]] | None = None


def catalog() -> dict[str, Product]:
    """Return all products by slug, at most CATALOG_SECONDS old: quotas and names on the hot path, not access rules."""
    global _catalog
    now = time.monotonic()
    if _catalog is None or now - _catalog[0] > CATALOG_SECONDS:
        _catalog = (now, {product.slug: product for product in Product.objects.all()})
    return _catalog[1]


def app_token_scopes() -> frozenset[str]:
    """Return the scopes that only an app's own token carries, never that of a person."""
    return frozenset(scope for product in catalog().values() if product.app_token_only for scope in product.scopes)


def invalidate_catalog() -> None:
    """Invalidate the cached catalog: the next `catalog()` reads the database."""
    global _catalog
    _catalog = None


class SubscriptionQuerySet(models.QuerySet["Subscription"]):
    def in_production(self) -> "SubscriptionQuerySet":
        return self.exclude(production_since=None)

    @transaction.atomic
    def subscribe(self, app: App, product: Product, *, by: "User | None") -> "Subscription":
        """Give `app` sandbox access to `product`; a second time changes nothing. Raises InvalidTransition if it is gone."""
        if not product.lock():
            raise InvalidTransition(_("This product is no longer offered."))
        subscription, created = self.get_or_create(app=app, product=product, defaults={"created_by": by})
        if created:
            history.record(app, "subscribed", by=by, after={"product": product.name})
        return subscription


class Subscription(models.Model):
    """An app's access to a product: in the sandbox from the start, in production once staff granted it."""

    app = models.ForeignKey(App, models.CASCADE, related_name="subscriptions")
    product = models.ForeignKey(Product, models.PROTECT, related_name="subscriptions")
    created_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.SET_NULL, null=True, related_name="+")
    created_at = models.DateTimeField(_("since"), auto_now_add=True)
    production_since = models.DateTimeField(_("in production since"), null=True, editable=False)

    objects = SubscriptionQuerySet.as_manager()

    class Meta:
        verbose_name = _("subscription")
        verbose_name_plural = _("subscriptions")
        ordering = ["product__position"]
        constraints = [models.UniqueConstraint(fields=["app", "product"], name="subscription_unique")]

    def __str__(self) -> str:
        return f"{self.app} → {self.product}"

    @transaction.atomic
    def grant_production(self, *, by: "User") -> None:
        """Let production tokens of the app reach the product; never for a sandbox-only product (ValueError)."""
        if self.product.sandbox_only:
            raise ValueError(f"{self.product} is sandbox only")
        if Subscription.objects.filter(pk=self.pk, production_since=None).update(production_since=timezone.now()):
            history.record(self.app, "production_granted", by=by, after={"product": self.product.name})

    @transaction.atomic
    def end_production(self, *, by: "User | None", reason: str) -> None:
        if Subscription.objects.filter(pk=self.pk).exclude(production_since=None).update(production_since=None):
            history.record(self.app, "production_ended", by=by, before={"product": self.product.name}, note=reason)


class ResourceServerQuerySet(models.QuerySet["ResourceServer"]):
    def authenticate(self, client_id: str, secret: str) -> "ResourceServer | None":
        """Return the active server with these credentials: its secret, or the one before it."""
        given = digest(secret)
        secrets = Q(secret_digest=given) | Q(old_secret_digest=given)
        return self.filter(secrets, client_id=client_id, is_active=True).first()


_SECRETS = ("secret_digest", "last_four", "old_secret_digest", "old_last_four")


class ResourceServer(models.Model):
    """A server elsewhere that serves products of the catalog and asks us about tokens (RFC 7662)."""

    name = models.CharField(_("name"), max_length=100)
    client_id = models.CharField(_("client id"), max_length=64, unique=True, default=random_token, editable=False)
    secret_digest = models.CharField(max_length=64, editable=False)
    last_four = models.CharField(_("secret ends in"), max_length=4, editable=False)
    # The secret before it works until it is revoked or replaced, so proxies can change one after the other.
    old_secret_digest = models.CharField(max_length=64, blank=True, editable=False)
    old_last_four = models.CharField(_("old secret ends in"), max_length=4, blank=True, editable=False)
    last_report_at = models.DateTimeField(_("last outcome reported"), null=True, editable=False)
    products = models.ManyToManyField(Product, related_name="resource_servers", blank=True)
    is_active = models.BooleanField(_("active"), default=True)
    created_at = models.DateTimeField(_("registered"), auto_now_add=True)

    objects = ResourceServerQuerySet.as_manager()

    class Meta:
        verbose_name = _("resource server")
        verbose_name_plural = _("resource servers")

    def __str__(self) -> str:
        return self.name

    @transaction.atomic
    def make_secret(self, *, by: "User | None") -> str:
        """Create a secret and return it in plain text. The one before it keeps working until `revoke_old_secret`.

        Raises InvalidTransition if someone made or revoked a secret since this row was read: another one than the page
        said would end.
        """
        self._lock_secrets()
        plain = random_token()
        self.old_secret_digest, self.old_last_four = self.secret_digest, self.last_four
        self.secret_digest, self.last_four = digest(plain), plain[-4:]
        self.save(update_fields=_SECRETS if self.pk else None)
        history.record(self, "secret_made", by=by, after={"secret": f"…{self.last_four}"})
        return plain

    @transaction.atomic
    def revoke_old_secret(self, *, by: "User") -> None:
        """Stop the secret before the current one from working; raise InvalidTransition as `make_secret` does."""
        self._lock_secrets()
        if self.old_secret_digest:
            before = {"secret": f"…{self.old_last_four}"}
            self.old_secret_digest = self.old_last_four = ""
            self.save(update_fields=_SECRETS)
            history.record(self, "secret_revoked", by=by, before=before)

    def _lock_secrets(self) -> None:
        now = ResourceServer.objects.select_for_update().filter(pk=self.pk).first()
        if now and (now.secret_digest, now.old_secret_digest) != (self.secret_digest, self.old_secret_digest):
            raise InvalidTransition(_("Someone changed the secrets after you opened the page. Check them first."))

    def note_report(self, now: datetime.datetime) -> None:
        """Store when the server last reported an outcome, accurate to ten minutes."""
        if self.last_report_at is None or now - self.last_report_at > LAST_REPORT_RESOLUTION:
            ResourceServer.objects.filter(pk=self.pk).update(last_report_at=now)

    def record_edit(self, before: dict[str, Any], after: dict[str, Any], *, by: "User") -> None:
        """Keep in the history what staff changed."""
        if before != after:
            history.record(self, "edited" if before else "added", by=by, before=before, after=after)
