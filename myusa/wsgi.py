"""The WSGI entry point for gunicorn and granian."""

import os

from myusa.lib.database import deadlines
from myusa.lib.http import doors
from myusa.lib.security.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myusa.settings")

application = doors.application()
deadlines.apply_to_requests()
refuse_unsafe_start()
