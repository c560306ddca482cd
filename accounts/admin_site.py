"""Makes Django's admin use this site's own gate. It is loaded before any model, so the gate is a module of its own."""

from django.contrib.admin.apps import AdminConfig


class MyUSAAdminConfig(AdminConfig):
    default_site = "accounts.admin_gate.MyUSAAdminSite"
