from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeveloperAppsConfig(AppConfig):
    name = "developer_apps"
    verbose_name = _("Apps and access")

    def ready(self) -> None:
        from accounts import contributions
        from developer_apps import errors  # noqa: F401 - errors: every code is in the catalogue
        from developer_apps.history_verbs import VERBS
        from developer_apps.oauth.views.authorize import connect
        from developer_apps.portal import account_deletion, app_page, app_traffic
        from developer_apps.portal import contribution as own
        from developer_apps.traffic import activity
        from myusa.lib.history import lines

        lines.register_verbs(VERBS)
        contributions.register_activity(activity.activity_of)
        contributions.register_export("calls_of_apps", activity.export_of)
        contributions.register_erasure(activity.erase)
        app_page.register_panel(app_traffic.panel)
        contributions.register_export("apps", own.export)
        contributions.register_erasure(account_deletion.leave_teams)
        contributions.register_deletion_notice(own.deletion_notices)
        contributions.register_home_panel(own.connected_apps_panel)
        contributions.register_home_panel(own.developer_panel)
        contributions.register_sign_in_banner(own.sign_in_banner)
        contributions.register_sign_in_banner(own.invitation_banner)
        contributions.register_sign_out_hosts(own.sign_out_hosts)
        contributions.register_connect(connect)
