from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnboardingConfig(AppConfig):
    name = "onboarding"
    verbose_name = _("Production access")

    def ready(self) -> None:
        from accounts import contributions as to_accounts
        from developer_apps import contributions as to_portal
        from myusa.lib.admin import desk
        from onboarding import (
            contribution,
            jobs,  # noqa: F401 - an email is sent by the job's name
            staff,
        )

        to_accounts.registered.register(contribution.account())
        to_portal.register(contribution.api())
        desk.registered.register(staff.contribution())
