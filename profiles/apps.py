from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = _("Profiles")

    def ready(self) -> None:
        from accounts import contributions as to_accounts
        from developer_apps import contributions as to_portal
        from profiles import contribution

        to_accounts.registered.register(contribution.account())
        to_portal.register(contribution.api())
