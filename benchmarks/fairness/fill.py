"""Queue one app's messages to people of given domains, in the database of the environment.

python -m benchmarks.fairness.fill '{"dead.example.org": 10000}'
"""

import itertools
import json
import sys

import django

django.setup()

from django.contrib.auth import get_user_model

from developer_apps.models import Authorization
from notifications.create import delivery
from notifications.models import Delivery, Notification
from notifications.states import Channel
from tests import factories


def fill(counts: dict[str, int]) -> None:
    """Queue as many messages to each domain as `counts` says."""
    factories._numbers = itertools.count(1_000_000)  # apart from those of the seed
    app = factories.make_app(public=True, name="Bulk sender").app
    addresses = [f"p{number}@{domain}" for domain, count in counts.items() for number in range(count)]
    people = get_user_model().objects.bulk_create(get_user_model()(email=address) for address in addresses)
    Authorization.objects.bulk_create(Authorization(user=person, app=app, scopes="notifications") for person in people)
    notifications = Notification.objects.bulk_create(
        Notification(user=person, app=app, sender=app.name, subject="Bulk", body="Text.") for person in people
    )
    rows = []
    for notification, address in zip(notifications, addresses, strict=True):
        row = delivery(notification, Channel.EMAIL, email=address)
        row.notification = notification
        rows.append(row)
    Delivery.objects.bulk_create(rows, batch_size=2000)


if __name__ == "__main__":
    fill(json.loads(sys.argv[1]))
