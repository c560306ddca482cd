"""Settings of the starter. In your project, add what the comments name to the settings that you have."""

import os
import secrets
from pathlib import Path

# The site, and your app's keys there.
MYUSA_URL = os.environ.get("MYUSA_URL", "http://127.0.0.1:8000")
MYUSA_CLIENT_ID = os.environ.get("MYUSA_CLIENT_ID", "")
MYUSA_CLIENT_SECRET = os.environ.get("MYUSA_CLIENT_SECRET", "")
# Authlib refuses http. Only a site on your own machine has no https.
if MYUSA_URL.startswith("http://"):
    os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"

DEBUG = True
SECRET_KEY = os.environ.get("SECRET_KEY") or secrets.token_urlsafe(50)
ALLOWED_HOSTS = ["127.0.0.1", "localhost"]
ROOT_URLCONF = "urls"
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
]
TEMPLATES = [
    {"BACKEND": "django.template.backends.django.DjangoTemplates", "DIRS": [Path(__file__).parent / "templates"]}
]
# Tokens stay on the server. With more than one process, keep sessions in the database instead.
SESSION_ENGINE = "django.contrib.sessions.backends.cache"
# Cookies know no ports: without names of its own, the starter would sign you out of a site on the same machine.
SESSION_COOKIE_NAME, CSRF_COOKIE_NAME = "starter_session", "starter_csrf"
