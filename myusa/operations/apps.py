from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OperationsConfig(AppConfig):
    name = "myusa.operations"
    verbose_name = _("Operations")

    def ready(self) -> None:
        from myusa.lib.admin import desk
        from myusa.lib.http.error_pages import error_page_shown
        from myusa.lib.security import checks  # noqa: F401 - registers the checks of a production start
        from myusa.operations import error_log, staff

        desk.registered.register(staff.contribution())
        error_page_shown.connect(error_log.record, dispatch_uid="error_log")
