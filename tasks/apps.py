from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TasksConfig(AppConfig):
    name = "tasks"
    verbose_name = _("Tasks")

    def ready(self) -> None:
        from accounts import contributions
        from tasks import contribution as own
        from tasks import errors  # noqa: F401  (its codes join the catalogue)

        contributions.register_export("tasks", own.export)
        contributions.register_home_panel(own.home_panel)
