"""The Celery application: jobs live in each app's `jobs.py`, the schedule in settings."""

import os
import sys

from celery import Celery
from celery.signals import beat_init, worker_init
from django.core.exceptions import ImproperlyConfigured

from myusa.lib import job_connections
from myusa.lib.observability import job_tracing
from myusa.lib.security.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myusa.settings")

app = Celery("myusa")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks(related_name="jobs")
app.set_default()
job_tracing.connect()
job_connections.connect()


@worker_init.connect
@beat_init.connect
def refuse(**kwargs: object) -> None:
    """End a worker or scheduler whose settings are unsafe; an exception would only be logged by Celery."""
    try:
        refuse_unsafe_start()
    except ImproperlyConfigured as error:
        sys.exit(str(error))
