from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    name = "accounts"
    verbose_name = _("People")

    def ready(self) -> None:
        from accounts import (
            jobs,  # noqa: F401 - a code is sent by the job's name
            staff,
        )
        from myusa.lib.admin import desk

        desk.registered.register(staff.contribution())
