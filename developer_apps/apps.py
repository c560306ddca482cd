from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeveloperAppsConfig(AppConfig):
    name = "developer_apps"
    verbose_name = _("Apps and access")
