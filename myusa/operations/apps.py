from django.apps import AppConfig


class OperationsConfig(AppConfig):
    name = "myusa.operations"

    def ready(self) -> None:
        from myusa.lib.security import checks  # noqa: F401 - registers the checks of a production start
