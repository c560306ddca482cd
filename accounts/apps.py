from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import (
            history_verbs,
            jobs,  # noqa: F401 - codes are sent by the job's name
            staff,
        )
        from myusa.lib.admin import desk
        from myusa.lib.history import lines

        desk.registered.register(staff.contribution())
        lines.register_verbs(history_verbs.VERBS)
