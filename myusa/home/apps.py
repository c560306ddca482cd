from django.apps import AppConfig


class HomeConfig(AppConfig):
    name = "myusa.home"

    def ready(self) -> None:
        from myusa.lib.security import checks  # noqa: F401 - registers the checks of a production start
