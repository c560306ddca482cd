from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class OnboardingConfig(AppConfig):
    name = "onboarding"
    verbose_name = _("Production access")

    def ready(self) -> None:
        from accounts import contributions
        from developer_apps.portal import app_page
        from myusa.lib.history import lines
        from onboarding import contribution, panels, states

        app_page.register_panel(panels.app_panel)
        app_page.register_next_step(panels.next_step)
        contributions.register_home_panel(panels.home_panel)
        contributions.register_export("production_requests", contribution.export)
        lines.register_verbs(states.done_labels())
