"""`manage.py replay_traffic <app_id> [--days 5]`: simulate the evidence for a production request, in the demo."""

from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError, CommandParser

from developer_apps.models import App
from onboarding import replay


class Command(BaseCommand):
    help = "Record simulated sandbox calls of several consecutive days for an app's products that need a demo."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("app_id", type=int, help="the app's id, as in /developer/apps/<id>/")
        parser.add_argument("--days", type=int, default=5, help="consecutive days that end today (default 5)")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO:
            raise CommandError("Simulated traffic exists only in the demo. Start this with the demo's settings.")
        app = App.objects.filter(pk=options["app_id"]).first()
        if app is None:
            raise CommandError("There is no app with this id.")
        if not 1 <= options["days"] <= 60:
            raise CommandError("Choose 1 to 60 days.")
        products = replay.products_of(app)
        if not products:
            raise CommandError("The app uses no product that needs a demo. Add one on its page first.")
        for product in products:
            calls = replay.replay(app, product, days=options["days"])
            self.stdout.write(f"{product}: {calls} calls on {options['days']} days")
