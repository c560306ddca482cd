from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = _("Tasks")

    def ready(self) -> None:
        from accounts import contributions as to_accounts
        from developer_apps import contributions as to_portal
        from tasks import (
            contribution,
            errors,  # noqa: F401  (its codes join the catalog)
        )

        to_accounts.registered.register(contribution.account())
        to_portal.register(contribution.api())
