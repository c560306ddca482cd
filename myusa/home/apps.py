from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class HomeConfig(AppConfig):
    name = "myusa.home"

    def ready(self) -> None:
        """Import the module `registrations` of each app, as Django's admin imports `admin`."""
        autodiscover_modules("registrations")
