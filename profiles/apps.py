from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ProfilesConfig(AppConfig):
    name = "profiles"
    verbose_name = _("Profiles")

    def ready(self) -> None:
        from accounts import contributions
        from developer_apps.oauth import consent_values
        from developer_apps.sandbox import personas, test_users
        from profiles import contribution as own
        from profiles.consent import ProfileValues
        from profiles.personas import PERSONAS, fill_from_persona
        from profiles.test_users import form_of

        consent_values.register(ProfileValues())
        test_users.register_profile_form(form_of)
        personas.register([persona.described for persona in PERSONAS], fill_from_persona)
        contributions.register_export("profile", own.export)
        contributions.register_home_panel(own.home_panel)
