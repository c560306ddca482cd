"""Key pairs as staff see them: which, where to, since when. Secrets have no page."""

from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from developer_apps.models import App, Client
from myusa.lib.admin.read_only import ReadOnlyAdmin


class ClientAdmin(ReadOnlyAdmin):
    """Registered by django-oauth-toolkit, which reads `settings.OAUTH2_PROVIDER["APPLICATION_ADMIN_CLASS"]`."""

    list_display = ("client_id", "app", "keys", "live_secrets", "suspended_at", "created")
    list_filter = ("environment", "client_type", ("suspended_at", admin.EmptyFieldListFilter))
    list_select_related = ("app",)
    search_fields = ("client_id", "app__name", "redirect_uris")
    search_help_text = _("Client ID, app or redirect URI")
    ordering = ("-created",)
    fields = (
        "client_id",
        "app",
        "keys",
        "client_type",
        "redirect_uris",
        "requires_pkce",
        "live_secrets",
        "suspended_at",
        "created",
        "updated",
    )
    readonly_fields = fields

    def get_queryset(self, request: HttpRequest) -> QuerySet[Client]:
        live = Q(secrets__revoked_at=None) & (Q(secrets__expires_at=None) | Q(secrets__expires_at__gt=timezone.now()))
        counted = Count("secrets", filter=live)
        return super().get_queryset(request).annotate(secrets_counted=counted)

    def subject_of_history(self, obj: Client) -> App:
        return obj.app

    @admin.display(description=_("keys"), ordering="environment")
    def keys(self, client: Client) -> str:
        return str(client.keys_label)

    @admin.display(description=_("live secrets"))
    def live_secrets(self, client: Client) -> int:
        return client.secrets_counted  # type: ignore[attr-defined,no-any-return]
