"""Servers of other agencies that ask about tokens. Their secret is shown once, when it is created or replaced."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import models
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.guards import person
from developer_apps import shown_once
from developer_apps.models import ResourceServer
from myusa.lib.admin.read_only import AdminWithHistory
from myusa.lib.stale_forms import StaleSafeModelForm
from myusa.lib.steps import InvalidTransition
from myusa.lib.widgets import TYPED_TEXT


@admin.register(ResourceServer)
class ResourceServerAdmin(AdminWithHistory):
    form = StaleSafeModelForm
    change_form_template = "developer_apps/admin/resource_server.html"
    list_display = ("name", "client_id", "last_four", "is_active", "last_report_at", "created_at")
    list_filter = ("is_active", "products")
    search_fields = ("name", "client_id")
    formfield_overrides = {**TYPED_TEXT, models.ManyToManyField: {"widget": forms.CheckboxSelectMultiple}}
    fields = (
        "name",
        "products",
        "is_active",
        "client_id",
        "last_four",
        "old_last_four",
        "last_report_at",
        "created_at",
    )
    readonly_fields = ("client_id", "last_four", "old_last_four", "last_report_at", "created_at")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """A new server has no client id yet: the one that the row would have now is not the one that it gets."""
        return self.fields if obj else ("name", "products", "is_active")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Servers are deactivated, never deleted: their history is kept."""
        return False

    def get_urls(self) -> list[URLPattern]:
        own = [
            path(
                "<int:pk>/secret/",
                self.admin_site.admin_view(never_cache(self.secret_view)),
                name="developer_apps_resourceserver_secret",
            ),
            path(
                "<int:pk>/rotate/",
                self.admin_site.admin_view(self.rotate_view),
                name="developer_apps_resourceserver_rotate",
            ),
            path(
                "<int:pk>/revoke/",
                self.admin_site.admin_view(self.revoke_view),
                name="developer_apps_resourceserver_revoke",
            ),
        ]
        return own + super().get_urls()

    def save_model(self, request: HttpRequest, obj: ResourceServer, form: Any, change: bool) -> None:
        """Write what was changed alone: a secret that is rotated at this moment stays."""
        changed = [name for name in form.changed_data if name != "products"]
        obj.save(update_fields=changed if change else None)

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        """Record what changed once the products are known, and give a new server its secret."""
        server: ResourceServer = form.instance
        before = {name: self._plain(form.initial.get(name)) for name in form.changed_data} if change else {}
        super().save_related(request, form, formsets, change)
        after = {name: self._plain(form.cleaned_data.get(name)) for name in form.changed_data}
        server.record_edit(before, after, by=request.user)  # type: ignore[arg-type]
        if not change:
            self._make_secret(request, server)

    def response_add(
        self, request: HttpRequest, obj: ResourceServer, post_url_continue: str | None = None
    ) -> HttpResponse:
        return HttpResponseRedirect(reverse("admin:developer_apps_resourceserver_secret", args=[obj.pk]))

    def render_change_form(
        self, request: HttpRequest, context: dict[str, Any], *args: Any, **kwargs: Any
    ) -> HttpResponse:
        server = context.get("original")
        if server and self.has_change_permission(request, server):
            context["rotate"] = reverse("admin:developer_apps_resourceserver_rotate", args=[server.pk])
            if server.old_secret_digest:
                context["revoke"] = reverse("admin:developer_apps_resourceserver_revoke", args=[server.pk])
        return super().render_change_form(request, context, *args, **kwargs)

    def rotate_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Add a secret, after a confirmation. The one before it keeps working, so proxies can change one by one."""
        server = get_object_or_404(ResourceServer, pk=pk)
        if not self.has_change_permission(request, server):
            raise PermissionDenied
        if request.method == "POST":
            try:
                self._refuse_old_page(request, server)
                self._make_secret(request, server)
            except InvalidTransition as refusal:
                return self._refuse(request, server, refusal)
            return HttpResponseRedirect(reverse("admin:developer_apps_resourceserver_secret", args=[pk]))
        return TemplateResponse(
            request, "developer_apps/admin/rotate.html", self._context(request, server, _("Rotate the secret"))
        )

    def revoke_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Revoke the secret before the current one, after a confirmation."""
        server = get_object_or_404(ResourceServer, pk=pk)
        if not self.has_change_permission(request, server):
            raise PermissionDenied
        if request.method == "POST":
            try:
                self._refuse_old_page(request, server)
                server.revoke_old_secret(by=person(request))
            except InvalidTransition as refusal:
                return self._refuse(request, server, refusal)
            return HttpResponseRedirect(reverse("admin:developer_apps_resourceserver_change", args=[pk]))
        context = {**self._context(request, server, _("Revoke the old secret")), "revokes": True}
        return TemplateResponse(request, "developer_apps/admin/rotate.html", context)

    def secret_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show a secret that was just created, once."""
        server = get_object_or_404(ResourceServer, pk=pk)
        if not self.has_view_permission(request, server):
            raise PermissionDenied
        context = self._context(request, server, _("Credentials"))
        return TemplateResponse(
            request, "developer_apps/admin/secret.html", {**context, "shown": shown_once.take(request, server)}
        )

    def _refuse_old_page(self, request: HttpRequest, server: ResourceServer) -> None:
        """Raise InvalidTransition if the secrets are others than those that the page named."""
        shown = request.POST.get("secrets")
        if shown is not None and shown != f"{server.last_four} {server.old_last_four}":
            raise InvalidTransition(_("Someone changed the secrets after you opened the page. Check them first."))

    def _refuse(self, request: HttpRequest, server: ResourceServer, refusal: InvalidTransition) -> HttpResponse:
        messages.error(request, str(refusal))
        return HttpResponseRedirect(reverse("admin:developer_apps_resourceserver_change", args=[server.pk]))

    def _make_secret(self, request: HttpRequest, server: ResourceServer) -> None:
        secret = server.make_secret(by=request.user)  # type: ignore[arg-type]
        shown_once.keep_for(request, server, server.client_id, secret)

    def _context(self, request: HttpRequest, server: ResourceServer, title: Any) -> dict[str, Any]:
        return {**self.admin_site.each_context(request), "opts": self.opts, "title": title, "server": server}

    @staticmethod
    def _plain(value: Any) -> Any:
        return (
            ", ".join(sorted(str(each) for each in value))
            if hasattr(value, "__iter__") and not isinstance(value, str)
            else value
        )
