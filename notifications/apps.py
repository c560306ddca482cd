from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NotificationsConfig(AppConfig):
    name = "notifications"
    verbose_name = _("Notifications")

    def ready(self) -> None:
        from accounts import contributions
        from notifications import contribution as own
        from notifications import (
            errors,  # noqa: F401  (its codes join the catalogue)
            jobs,  # noqa: F401  (a wake-up names a job by its registered name)
            metrics,
        )

        contributions.register_export("notifications", own.export)
        contributions.register_erasure(own.erase)
        contributions.register_deletion_notice(own.deletion_notice)
        contributions.register_home_panel(own.home_panel)
        metrics.register()
