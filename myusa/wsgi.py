"""The WSGI entry point for gunicorn and granian."""

import os

from django.core.wsgi import get_wsgi_application

from myusa.lib.security.checks import refuse_unsafe_start

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "myusa.settings")

application = get_wsgi_application()
refuse_unsafe_start()
