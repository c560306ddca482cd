"""All settings, read from the environment (see `.env.example` for what each variable means)."""

from pathlib import Path
from urllib.parse import quote, urlsplit

import phonenumbers
from celery.schedules import crontab
from django.core.exceptions import ImproperlyConfigured
from django.urls import reverse_lazy
from kombu import Queue

from myusa.environment import Env, host, origin
from myusa.lib import languages, redis_servers
from myusa.lib.http import cookies

BASE_DIR = Path(__file__).resolve().parent.parent


env = Env()

# --- The site -----------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", default=True)
# True for the demo and a developer's machine: shows /dev/outbox/ and writes mail and SMS to files.
DEMO = env.bool("DEMO", default=False)
DEFAULT_SECRET_KEY = "insecure-development-key-do-not-use-in-production"  # noqa: S105
SECRET_KEY = env.str("SECRET_KEY", default=DEFAULT_SECRET_KEY)
SECRET_KEY_FALLBACKS = env.list("SECRET_KEY_FALLBACKS", default=[])
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["*"] if DEBUG else [], each=host)
# The public address of this site, without a trailing slash: emails and OAuth's issuer are built on it.
BASE_URL = env.origin("BASE_URL", default="http://127.0.0.1:8000")
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[], each=origin)
SUPPORT_EMAIL = env.email("SUPPORT_EMAIL", default="support@myusa.example")
# The federal agency that runs the site, for the identifier below each page. Without a name there is none.
AGENCY = {
    "name": env.str("AGENCY_NAME", default=""),
    "url": env.url("AGENCY_URL"),
    "domain": urlsplit(BASE_URL).hostname or "",
    "foia_url": env.url("AGENCY_FOIA_URL"),
    "no_fear_url": env.url("AGENCY_NO_FEAR_URL"),
    "inspector_general_url": env.url("AGENCY_INSPECTOR_GENERAL_URL"),
    "performance_url": env.url("AGENCY_PERFORMANCE_URL"),
}
SITE_NAME = "MyUSA"
# Names that no private app may have, nor one that looks like them; staff are warned about others. SITE_NAME is one, too.
RESERVED_NAMES = tuple(
    env.list(
        "RESERVED_NAMES",
        default=[
            "USA", "USA.gov", "USAGov", "Login.gov", "Recreation.gov", "Medicare", "Medicare.gov", "HealthCare.gov",
            "IRS", "Internal Revenue Service", "SSA", "Social Security", "Social Security Administration", "FBI", "FEMA",
            "USCIS", "VA", "VA.gov", "Veterans Affairs", "Department of Veterans Affairs", "Department of State",
            "Department of Homeland Security", "U.S. Passport", "TSA", "The White House", "FTC", "USPS",
        ],
    )
)  # fmt: skip
# Anyone can get an address at these: staff are warned about an officer who has one.
FREE_MAIL_DOMAINS = tuple(
    env.list(
        "FREE_MAIL_DOMAINS",
        default=[
            "aol.com", "att.net", "comcast.net", "fastmail.com", "gmail.com", "gmx.com", "gmx.net", "googlemail.com",
            "hotmail.com", "icloud.com", "live.com", "mac.com", "mail.com", "mail.ru", "me.com", "msn.com", "outlook.com",
            "pm.me", "proton.me", "protonmail.com", "qq.com", "tuta.com", "verizon.net", "yahoo.com", "yandex.com",
            "ymail.com", "zoho.com",
        ],
    )
)  # fmt: skip
VAR_DIR = env.path("DEMO_DIR", default="var/demo")

# --- Applications and middleware ----------------------------------------------------------------

INSTALLED_APPS = [
    "onboarding",
    "profiles",
    "tasks",
    "notifications",
    "developer_apps",
    "accounts",
    "myusa.outbox",
    "myusa.home",
    "myusa.operations",
    "accounts.admin_site.MyUSAAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.humanize",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.forms",
    "allauth",
    "allauth.account",
    "allauth.mfa",
    "allauth.socialaccount",
    "oauth2_provider",
    "rest_framework",
    "drf_spectacular",
    "auditlog",
    "csp",
    "corsheaders",
    "phonenumber_field",
    "localflavor",
]
# The demo's pages let anyone sign in as anyone: a production process does not even import them.
if DEBUG:
    INSTALLED_APPS.append("myusa.demo")
# Google sign-in shows only when both are set.
GOOGLE_CLIENT_ID = env.str("GOOGLE_CLIENT_ID", default="")
GOOGLE_CLIENT_SECRET = env.str("GOOGLE_CLIENT_SECRET", default="")
if GOOGLE_CLIENT_ID and GOOGLE_CLIENT_SECRET:
    INSTALLED_APPS.append("allauth.socialaccount.providers.google")

# What a page passes through. Programs have a door of their own (`myusa.lib.http.doors`): MACHINE_MIDDLEWARE.
MIDDLEWARE = [
    "myusa.lib.http.chunked_bodies.ChunkedBodyMiddleware",
    "myusa.lib.observability.request_id.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "myusa.lib.http.compression.PageCompressionMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "myusa.lib.http.page_middleware.LocaleMiddleware",
    "myusa.home.time_zone.TimeZoneMiddleware",
    "accounts.middleware.BodyLimit",
    "myusa.home.errors.OwnErrorPages",
    "myusa.home.errors.ReadableForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "myusa.lib.http.page_middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.middleware.PersonLanguage",
    "accounts.middleware.ShortDestinations",
    "accounts.middleware.SecondFactorPages",
    "myusa.home.errors.PageForRefusedMethods",
    "allauth.account.middleware.AccountMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "myusa.lib.http.page_middleware.CSPMiddleware",
]
MACHINE_MIDDLEWARE = [
    "myusa.lib.http.chunked_bodies.ChunkedBodyMiddleware",
    "myusa.lib.observability.request_id.RequestIdMiddleware",
    "corsheaders.middleware.CorsMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "myusa.home.errors.OwnErrorPages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
# Requests under these prefixes come from programs: bearer tokens or client credentials, never a session.
MACHINE_PATHS = (
    "/api/",
    "/oauth/token",
    "/oauth/accesstoken",
    "/oauth/revoke",
    "/oauth/introspect",
    "/gateway/",
    "/webhooks/",
    "/.well-known/oauth-authorization-server",
    "/status.json",
    "/livez",
    "/readyz",
    "/metrics",
)

ROOT_URLCONF = "myusa.urls"
WSGI_APPLICATION = "myusa.wsgi.application"
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "myusa.home.context_processors.site",
                "notifications.context_processors.unread",
            ],
        },
    },
]

# --- Database, cache, jobs ----------------------------------------------------------------------

DATABASES = {"default": env.database("DATABASE_URL", default=f"sqlite:///{quote(str(VAR_DIR / 'db.sqlite3'))}")}
DATABASES["default"]["CONN_MAX_AGE"] = env.int("CONN_MAX_AGE", default=60, minimum=0)
DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
if DATABASES["default"]["ENGINE"] == "django.db.backends.postgresql":
    DATABASES["default"]["ENGINE"] = "myusa.lib.database.postgresql"
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["CONN_MAX_AGE"] = 0
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
# Let PostgreSQL keep the plans of the hot statements; not behind a pooler that shares connections by transaction.
PREPARED_STATEMENTS = env.bool("PREPARED_STATEMENTS", default=True)
# Both are switched off by themselves, too, where a process notices such a pooler (`myusa.lib.database.postgresql`).
DATABASES["default"]["DISABLE_SERVER_SIDE_CURSORS"] = env.bool("DISABLE_SERVER_SIDE_CURSORS", default=False)
# Compile the statements of the hot paths once, on PostgreSQL; off, the ORM builds each of them again (to rule out a mistake in
# them). On SQLite it always does, so the first pass of the suite tests the plain ORM as a whole.
COMPILED_STATEMENTS = env.bool("COMPILED_STATEMENTS", default=True)
# Seconds that PostgreSQL works on a statement of a request, waits for a lock, and keeps a transaction in which nothing
# happens. Jobs and commands have DATABASE_JOB_SECONDS in place of the first and the last. 0 is no deadline.
DATABASE_STATEMENT_SECONDS = env.float("DATABASE_STATEMENT_SECONDS", default=4.0, minimum=0)
DATABASE_LOCK_SECONDS = env.float("DATABASE_LOCK_SECONDS", default=3.0, minimum=0)
DATABASE_IDLE_SECONDS = env.float("DATABASE_IDLE_SECONDS", default=10.0, minimum=0)
DATABASE_JOB_SECONDS = env.float("DATABASE_JOB_SECONDS", default=600.0, minimum=0)
# Threads of a web process (gunicorn.conf.py): one fewer may wait for the database at the same moment.
WEB_THREADS = env.int("WEB_THREADS", default=4)
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.url("REDIS_URL", schemes=redis_servers.SCHEMES, check=redis_servers.check)
# Each process for itself, because what must hold for all of them is in the database, and Redis may fail at any time.
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}

_BROKERS = ("redis", "rediss", "sentinel", "amqp", "amqps", "sqs", "memory")
_broker_url, _broker_options = redis_servers.broker(REDIS_URL)
CELERY_BROKER_URL = env.url("CELERY_BROKER_URL", default=_broker_url or "memory://", schemes=_BROKERS)
if CELERY_BROKER_URL.startswith("memory"):
    CELERY_BROKER_TRANSPORT_OPTIONS = {"polling_interval": 0.1}  # seconds until a thread sees a new job
else:
    # Seconds, longer than a worker waits for a job. A broker that hangs is left and asked again.
    CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 10, "socket_connect_timeout": 5, **_broker_options}
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
# Jobs before Celery itself closes its database connections: never, `myusa.lib.job_connections` does it by CONN_MAX_AGE.
CELERY_DB_REUSE_MAX = 10**9
# The Procfile has a worker per queue: a code for signing in waits neither for a slow mail server nor for a wave of
# notifications. A worker that is started without `-Q` takes from all three in turn.
CELERY_TASK_QUEUES = [Queue(name, routing_key=name) for name in ("codes", "celery", "notifications")]
CELERY_TASK_ROUTES = {
    "accounts.jobs.send_*": {"queue": "codes"},
    # Apart from the deliveries, which it must not delay.
    "notifications.jobs.announce": {"queue": "celery"},
    "notifications.jobs.*": {"queue": "notifications"},
}
# All scheduled work of the system, in one place.
CELERY_BEAT_SCHEDULE: dict[str, dict[str, object]] = {
    # Traffic counts in UTC days (CELERY_TIMEZONE); a day is summed when its last calls are surely written.
    "roll-up-traffic": {"task": "developer_apps.jobs.roll_up_traffic", "schedule": crontab(hour=0, minute=20)},
    # After `roll_up.HOUR_SETTLES`
    "roll-up-hours": {"task": "developer_apps.jobs.roll_up_hours", "schedule": crontab(minute=6)},
    "settle-early-outcomes": {"task": "developer_apps.jobs.settle_early_outcomes", "schedule": 60},
    "end-overdue-runs": {"task": "developer_apps.jobs.end_overdue_runs", "schedule": 60},
    "remove-test-users-of-runs": {
        "task": "developer_apps.jobs.remove_test_users_of_runs",
        "schedule": crontab(hour=9, minute=50),
    },
    "check-links": {"task": "developer_apps.jobs.check_links", "schedule": 60, "options": {"expires": 60}},
    "email-changelog": {"task": "developer_apps.jobs.email_changelog", "schedule": 10, "options": {"expires": 10}},
    "delete-old-link-checks": {
        "task": "developer_apps.jobs.delete_old_link_checks",
        "schedule": crontab(hour=9, minute=55),
    },
    "purge-logos": {"task": "developer_apps.jobs.purge_logos", "schedule": crontab(hour=9, minute=35)},
    "notify-of-deprecations": {
        "task": "developer_apps.jobs.notify_of_deprecations",
        "schedule": crontab(hour="*/6", minute=35),
    },
    "remind-of-secrets": {"task": "developer_apps.jobs.remind_of_secrets", "schedule": crontab(minute=25)},
    "forget-refreshes": {"task": "developer_apps.jobs.forget_refreshes", "schedule": 30},
    "purge-tokens": {"task": "developer_apps.jobs.purge_tokens", "schedule": crontab(minute=40)},
    "purge-idempotent-responses": {
        "task": "developer_apps.jobs.purge_idempotent_responses",
        "schedule": crontab(minute=45),
    },
    "purge-portal": {"task": "developer_apps.jobs.purge_portal", "schedule": crontab(hour=9, minute=40)},
    # Sends the codes that a lost wake-up or a killed worker left, and those a server asked to send later.
    "sweep-codes": {
        "task": "accounts.jobs.send_codes",
        "schedule": env.float("CODES_SWEEP_SECONDS", default=2.0),
        "options": {"expires": env.float("CODES_SWEEP_SECONDS", default=2.0)},
    },
    # Undo deletions that were begun by a process that was killed.
    "reopen-accounts": {"task": "accounts.jobs.reopen_interrupted", "schedule": 300},
    "reopen-apps": {"task": "developer_apps.jobs.reopen_interrupted", "schedule": 300},
    "apply-recoveries": {"task": "accounts.jobs.apply_recoveries", "schedule": 60},
    "purge-accounts": {"task": "accounts.jobs.purge", "schedule": crontab(minute=50)},
    "remind-of-demos": {"task": "onboarding.jobs.remind_of_demos", "schedule": crontab(minute=5)},
    "watch-affidavits": {"task": "onboarding.jobs.watch_affidavits", "schedule": crontab(minute=20)},
    "count-services": {
        "task": "myusa.operations.jobs.count_services",
        "schedule": 300,
        "options": {"expires": 300},
    },
    # After the traffic of the day before is summed.
    "settle-services": {"task": "myusa.operations.jobs.settle_services", "schedule": crontab(hour=0, minute=50)},
    "purge-error-pages": {"task": "myusa.operations.jobs.purge", "schedule": crontab(hour=8, minute=45)},
    "purge-onboarding": {"task": "onboarding.jobs.purge", "schedule": crontab(hour=9, minute=30)},
    "make-demo-slots": {"task": "onboarding.jobs.make_demo_slots", "schedule": crontab(hour=9, minute=10)},
    # Sends what a lost wake-up or a killed worker left in the outbox.
    "sweep-outbox": {
        "task": "myusa.outbox.jobs.deliver",
        "schedule": env.float("OUTBOX_SWEEP_SECONDS", default=5.0),
        "options": {"expires": env.float("OUTBOX_SWEEP_SECONDS", default=5.0)},
    },
    "purge-outbox": {"task": "myusa.outbox.jobs.purge", "schedule": crontab(hour=8, minute=40)},
    # A sweep that no worker began before the next one is due has nothing to add.
    "sweep-deliveries": {
        "task": "notifications.jobs.sweep",
        "schedule": env.float("NOTIFICATIONS_SWEEP_SECONDS", default=5.0),
        "options": {"expires": env.float("NOTIFICATIONS_SWEEP_SECONDS", default=5.0)},
    },
    "send-announcements": {"task": "notifications.jobs.announce", "schedule": 5, "options": {"expires": 5}},
    "read-bounces": {"task": "notifications.jobs.read_bounces", "schedule": 60, "options": {"expires": 60}},
    "retain-notifications": {"task": "notifications.jobs.retain", "schedule": crontab(hour=8, minute=25)},
}

# --- People and sessions ------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.PBKDF2PasswordHasher"]
LOGIN_URL = reverse_lazy("accounts:sign_in")
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/"
SESSION_ENGINE = "accounts.sessions"
# A session without "remember me" ends with the browser, and after this many seconds in any case.
SESSION_COOKIE_AGE = env.int("SESSION_COOKIE_AGE", default=12 * 60 * 60)
SESSION_REMEMBER_AGE = env.int("SESSION_REMEMBER_AGE", default=30 * 24 * 60 * 60)
# How long a sign-in counts as fresh for secrets, deletion and second-factor changes, in seconds.
FRESH_SIGN_IN_AGE = env.int("FRESH_SIGN_IN_AGE", default=15 * 60)
# How long a person can cancel a recovery of their account that staff began.
ACCOUNT_RECOVERY_HOURS = env.int("ACCOUNT_RECOVERY_HOURS", default=72)
SIGN_IN_CODE_AGE = env.int("SIGN_IN_CODE_AGE", default=10 * 60)
# Tokens that a client may get for itself (client credentials). Each is a row, and one works for hours.
CLIENT_TOKENS_PER_SECOND = env.int("CLIENT_TOKENS_PER_SECOND", default=10)
CLIENT_TOKENS_PER_HOUR = env.int("CLIENT_TOKENS_PER_HOUR", default=1000)
# Codes and refresh tokens of one person that one app may exchange. Tokens live for hours, so honest apps need a few a day.
USER_TOKENS_PER_MINUTE = env.int("USER_TOKENS_PER_MINUTE", default=60)
USER_TOKENS_PER_HOUR = env.int("USER_TOKENS_PER_HOUR", default=600)
# Codes that the whole site texts in a day to numbers that are not verified. Support gets an email at 80 percent.
SMS_CODES_PER_DAY = env.int("SMS_CODES_PER_DAY", default=5000, minimum=0)
SMS_CODES_PER_COUNTRY = env.int("SMS_CODES_PER_COUNTRY", default=500, minimum=0)
# Sign-in codes to addresses without an account that no one enters, for the whole site: more of them wait longer and longer.
NEWCOMER_CODES_PER_HOUR = env.int("NEWCOMER_CODES_PER_HOUR", default=3000)
# Multiplies how many codes may be sent and how many wrong ones tried per person and network address
# (`accounts.models.code_limits`): on a demo machine everyone comes from one address.
CODE_LIMIT_FACTOR = env.int("CODE_LIMIT_FACTOR", default=50 if DEMO else 1)

ACCOUNT_ADAPTER = "accounts.adapters.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "none"
# Tries and codes are counted in the database (accounts.models.codes), not by allauth in the cache.
ACCOUNT_RATE_LIMITS = False
MFA_ADAPTER = "accounts.adapters.MFAAdapter"
MFA_SUPPORTED_TYPES = ["totp", "recovery_codes"]
MFA_TOTP_ISSUER = SITE_NAME
# Clocks of phones may be half a minute off; a code works once all the same (accounts.models.spent_codes).
MFA_TOTP_TOLERANCE = 1
SOCIALACCOUNT_ADAPTER = "accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = True
SOCIALACCOUNT_EMAIL_AUTHENTICATION_AUTO_CONNECT = True
SOCIALACCOUNT_PROVIDERS = {
    "google": {"APPS": [{"client_id": GOOGLE_CLIENT_ID, "secret": GOOGLE_CLIENT_SECRET, "key": ""}], "SCOPE": ["email"]}
}
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0, minimum=0)

# Keys that encrypt profile values, phone numbers and second-factor seeds at rest: the first encrypts,
# all decrypt. 32 url-safe base64 bytes each (`python -c "from cryptography.fernet import Fernet; ..."`).
ENCRYPTION_KEYS = env.list("ENCRYPTION_KEYS", default=[])

# --- OAuth --------------------------------------------------------------------------------------

OAUTH2_PROVIDER_APPLICATION_MODEL = "developer_apps.Client"
OAUTH2_PROVIDER_ACCESS_TOKEN_MODEL = "developer_apps.AccessToken"  # noqa: S105
OAUTH2_PROVIDER_REFRESH_TOKEN_MODEL = "developer_apps.RefreshToken"  # noqa: S105
OAUTH2_PROVIDER_GRANT_MODEL = "developer_apps.Grant"
USER_TOKEN_AGE = 7200
CLIENT_TOKEN_AGE = 1800
REFRESH_TOKEN_AGE = 180 * 24 * 60 * 60
AUTHORIZATION_CODE_AGE = 60
OAUTH2_PROVIDER = {
    "OAUTH2_SERVER_CLASS": "developer_apps.oauth.server.AuthorizationServer",
    "OAUTH2_VALIDATOR_CLASS": "developer_apps.oauth.validator.Validator",
    "OAUTH2_BACKEND_CLASS": "developer_apps.oauth.backend.OAuthBackend",
    "SCOPES_BACKEND_CLASS": "developer_apps.scopes.RegisteredScopes",
    "APPLICATION_ADMIN_CLASS": "developer_apps.portal.admin.clients.ClientAdmin",
    "ALLOWED_REDIRECT_URI_SCHEMES": ["https"],
    "AUTHORIZATION_CODE_EXPIRE_SECONDS": AUTHORIZATION_CODE_AGE,
    "ACCESS_TOKEN_EXPIRE_SECONDS": USER_TOKEN_AGE,
    "REFRESH_TOKEN_EXPIRE_SECONDS": REFRESH_TOKEN_AGE,
    "REFRESH_TOKEN_REUSE_PROTECTION": True,
    "REFRESH_TOKEN_GRACE_PERIOD_SECONDS": 0,
    "PKCE_REQUIRED": True,
    "COMPLIANT_BCP_RFC9700_IMPLICIT_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PASSWORD_GRANT": True,
    "COMPLIANT_BCP_RFC9700_PKCE_METHOD": True,
    "COMPLIANT_BCP_RFC9700_ACCESS_TOKEN_TRANSPORT": True,
    "COMPLIANT_BCP_RFC9700_AUTHZ_RESPONSE_ISS": True,
    "COMPLIANT_BCP_RFC9700_TOKEN_STORAGE": True,
    "COMPLIANT_BCP_RFC9700_REFRESH_TOKEN": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_SCHEME": True,
    "COMPLIANT_BCP_RFC9700_REDIRECT_URI_MATCHING": True,
    "COMPLIANT_BCP_RFC9700_PKCE_REQUIRED": True,
}

# --- APIs ---------------------------------------------------------------------------------------

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["developer_apps.api.authentication.BearerAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["developer_apps.api.permissions.HasScopes"],
    "DEFAULT_RENDERER_CLASSES": ["developer_apps.api.renderers.JSONWithCharset"],
    "DEFAULT_PARSER_CLASSES": [
        "myusa.lib.http.parsers.JSONBodyParser",
        "myusa.lib.http.parsers.FormBodyParser",
        "myusa.lib.http.parsers.MultiPartBodyParser",
    ],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "myusa.lib.http.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "DATETIME_FORMAT": "%Y-%m-%dT%H:%M:%S.%fZ",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "MyUSA API",
    "DESCRIPTION": "Profile, tasks and notifications of a person who consented, and facts about the token in use.",
    "VERSION": "1",
    "OAS_VERSION": "3.1.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_AUTHENTICATION": [],
    "SERVE_PERMISSIONS": [],
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "PREPROCESSING_HOOKS": ["myusa.lib.http.openapi.only_versioned"],
    "GET_LIB_DOC_EXCLUDES": "developer_apps.api.views.without_documentation",
}
# Apps that run in a browser call from their own address, with a bearer token or a code: nothing here looks at cookies,
# so that every address may.
CORS_URLS_REGEX = r"^/(api/|oauth/(token|accesstoken|revoke)$|\.well-known/)"
CORS_ALLOW_ALL_ORIGINS = True
CORS_ALLOW_METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"]
CORS_ALLOW_HEADERS = [
    "accept",
    "authorization",
    "content-type",
    "idempotency-key",
    "x-request-id",
    "x-requested-with",
    "x-sandbox-fault",
    "x-test-user",
]
CORS_EXPOSE_HEADERS = [
    "Deprecation",
    "Link",
    "RateLimit-Limit",
    "RateLimit-Policy",
    "RateLimit-Remaining",
    "RateLimit-Reset",
    "Retry-After",
    "Sunset",
    "WWW-Authenticate",
    "X-Request-Id",
]
# The largest request body that is read, in bytes; more is refused with 413.
DATA_UPLOAD_MAX_MEMORY_SIZE = env.int("MAX_BODY_BYTES", default=1024 * 1024)
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- Traffic and the sandbox --------------------------------------------------------------------

# How long recorded calls wait in a web process before they are written, in seconds: what a killed process loses.
TRAFFIC_FLUSH_SECONDS = env.float("TRAFFIC_FLUSH_SECONDS", default=0.5)
# Write each call at once, in its request (tests).
TRAFFIC_SYNCHRONOUS = env.bool("TRAFFIC_SYNCHRONOUS", default=False)
# Single calls are kept this long; what remains of them are sums by day.
TRAFFIC_DETAIL_DAYS = env.int("TRAFFIC_DETAIL_DAYS", default=90)
# How long `X-Sandbox-Fault: slow` makes a call wait, in seconds.
SANDBOX_SLOW_SECONDS = env.float("SANDBOX_SLOW_SECONDS", default=3.0, minimum=0)

# --- Mail and SMS -------------------------------------------------------------------------------

DEFAULT_FROM_EMAIL = env.email("DEFAULT_FROM_EMAIL", default="MyUSA <no-reply@myusa.example>")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
EMAIL_BACKEND = env.str("EMAIL_BACKEND", default="django.core.mail.backends.filebased.EmailBackend")
vars().update(env.mail_server("EMAIL_URL"))
EMAIL_FILE_PATH = str(VAR_DIR / "mail")
EMAIL_TIMEOUT = env.int("EMAIL_TIMEOUT", default=20)
# Settings of django-anymail, whose backends send through a mail service and whose webhooks report what became of emails.
ANYMAIL = env.json("ANYMAIL", default={})
# The mail service that reports to /webhooks/email: postmark, mailgun or amazon_ses; empty: none.
MAIL_EVENTS = env.str("MAIL_EVENTS", default="", choices=("", "postmark", "mailgun", "amazon_ses"))
# Bounces of emails go to <mailbox>+<reference>@<domain>, and are read from a mailbox by a scheduled job.
MAIL_RETURN_PATH = env.email("MAIL_RETURN_PATH", default="")
MAIL_BOUNCES_URL = env.url("MAIL_BOUNCES_URL", schemes=("maildir", "imaps", "imap+tls"))
# The outbox (`myusa.outbox`), in seconds: the first wait after a temporary refusal, which doubles up to the longest,
# and the lease after which another worker takes an email that a killed one had in hand.
OUTBOX_RETRY_FIRST = env.float("OUTBOX_RETRY_FIRST", default=30.0, minimum=0)
OUTBOX_RETRY_LONGEST = env.float("OUTBOX_RETRY_LONGEST", default=60 * 60.0, minimum=0)
OUTBOX_LEASE_SECONDS = env.float("OUTBOX_LEASE_SECONDS", default=120.0)
# The provider that sends text messages: "file" writes them to SMS_FILE_PATH, "twilio" sends them.
SMS_PROVIDER = env.str("SMS_PROVIDER", default="file", choices=("file", "twilio"))
# Regions (ISO 3166-1) whose mobile numbers get codes: each text costs money. Default: the United States and territories.
SMS_REGIONS = env.list("SMS_REGIONS", default=["US", "PR", "GU", "VI", "AS", "MP"])
if unknown := set(SMS_REGIONS) - phonenumbers.SUPPORTED_REGIONS:
    raise ImproperlyConfigured(f"SMS_REGIONS names no region of ISO 3166-1: {', '.join(sorted(unknown))}.")
SMS_FILE_PATH = VAR_DIR / "sms"
TWILIO_ACCOUNT_SID = env.str("TWILIO_ACCOUNT_SID", default="")
TWILIO_AUTH_TOKEN = env.str("TWILIO_AUTH_TOKEN", default="")
TWILIO_FROM_NUMBER = env.str("TWILIO_FROM_NUMBER", default="")
# Another server in place of Twilio's, for tests.
TWILIO_API_URL = env.url("TWILIO_API_URL")

# --- Production access --------------------------------------------------------------------------

# How many weeks ahead the times of demos are offered.
DEMO_SLOT_WEEKS = env.int("DEMO_SLOT_WEEKS", default=8)
# How many business days ahead a team must book. Extra times that staff add need no notice.
DEMO_NOTICE_DAYS = env.int("DEMO_NOTICE_DAYS", default=2, minimum=0)
# The Microsoft Teams meeting that demos get when they are booked; empty: staff set one for each demo.
DEMO_MEETING_LINK = env.url("DEMO_MEETING_LINK")

# Days for which the history of changes is kept.
HISTORY_DAYS = env.int("HISTORY_DAYS", default=7 * 365)

# --- Notifications ------------------------------------------------------------------------------

# What an app may send, and what it may send to one person, in a minute and in a UTC day; staff can raise them per app.
NOTIFICATIONS_PER_APP = (
    env.int("NOTIFICATIONS_APP_MINUTE", default=600),
    env.int("NOTIFICATIONS_APP_DAY", default=100_000),
)
NOTIFICATIONS_PER_USER = (
    env.int("NOTIFICATIONS_USER_MINUTE", default=20),
    env.int("NOTIFICATIONS_USER_DAY", default=200),
)
# An Idempotency-Key may be used for another request after this long.
IDEMPOTENCY_KEY_SECONDS = 24 * 60 * 60
# The first wait before another attempt; each later wait doubles, up to the longest (seconds).
NOTIFICATIONS_RETRY_FIRST = env.float("NOTIFICATIONS_RETRY_FIRST", default=30.0, minimum=0)
NOTIFICATIONS_RETRY_LONGEST = env.float("NOTIFICATIONS_RETRY_LONGEST", default=4 * 60 * 60.0, minimum=0)
# After this many seconds without success a delivery has failed.
NOTIFICATIONS_GIVE_UP_AFTER = env.int("NOTIFICATIONS_GIVE_UP_AFTER", default=72 * 60 * 60)
# A worker's hold on the messages it took, in seconds: when it dies, another takes them after that. The last message
# is begun at least NOTIFICATIONS_SEND_SECONDS before the end, and no conversation lasts longer than those.
NOTIFICATIONS_LEASE_SECONDS = env.float("NOTIFICATIONS_LEASE_SECONDS", default=60.0)
NOTIFICATIONS_SEND_SECONDS = env.float("NOTIFICATIONS_SEND_SECONDS", default=30.0)
if NOTIFICATIONS_SEND_SECONDS >= NOTIFICATIONS_LEASE_SECONDS:
    raise ImproperlyConfigured(
        "NOTIFICATIONS_SEND_SECONDS must be less than NOTIFICATIONS_LEASE_SECONDS: nothing could be sent."
    )
# Messages that a worker process takes at a time, and how many of each channel (email, text message) it sends side by side.
NOTIFICATIONS_BATCH = env.int("NOTIFICATIONS_BATCH", default=100)
NOTIFICATIONS_CONNECTIONS = env.int("NOTIFICATIONS_CONNECTIONS", default=8)
# A message with an unknown outcome is looked for at its provider this often, and after so many looks sent again.
NOTIFICATIONS_RECONCILE_SECONDS = env.float("NOTIFICATIONS_RECONCILE_SECONDS", default=120.0, minimum=0)
NOTIFICATIONS_RECONCILE_LOOKS = env.int("NOTIFICATIONS_RECONCILE_LOOKS", default=5, minimum=0)
# Retention in days: whole notifications, read or not; texts of read ones, texts of deleted ones, and attempts.
NOTIFICATIONS_KEPT_DAYS = env.int("NOTIFICATIONS_KEPT_DAYS", default=730)
NOTIFICATIONS_READ_DAYS = env.int("NOTIFICATIONS_READ_DAYS", default=365)
NOTIFICATIONS_DELETED_DAYS = env.int("NOTIFICATIONS_DELETED_DAYS", default=30)
NOTIFICATIONS_ATTEMPT_DAYS = env.int("NOTIFICATIONS_ATTEMPT_DAYS", default=90)

# --- Language, time, files ----------------------------------------------------------------------

LANGUAGE_CODE = "en"
LOCALE_PATHS = [BASE_DIR / "locale"]
# A compiled catalog is all that another language needs; people then choose at the foot of each page.
LANGUAGES = languages.available(LOCALE_PATHS)
LANGUAGE_COOKIE_NAME = cookies.host_only("language", secure=BASE_URL.startswith("https://"))
LANGUAGE_COOKIE_AGE = 400 * 24 * 60 * 60
LANGUAGE_COOKIE_SECURE = BASE_URL.startswith("https://")
LANGUAGE_COOKIE_HTTPONLY = True
# Citizens' pages use the browser's zone where it is known (myusa.home.time_zone).
TIME_ZONE = "America/New_York"
FORMAT_MODULE_PATH = "myusa.formats"
USE_TZ = True
PHONENUMBER_DEFAULT_REGION = "US"
PHONENUMBER_DEFAULT_FORMAT = "E164"
STATIC_URL = "static/"
STATIC_ROOT = env.path("STATIC_ROOT", default="var/static")
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"location": str(env.path("PRIVATE_FILES_DIR", default=VAR_DIR / "private"))},
    },
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"}
    if not DEBUG
    else {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_USE_FINDERS = DEBUG

# --- Security -----------------------------------------------------------------------------------

HTTPS = BASE_URL.startswith("https://")
SESSION_COOKIE_SECURE = HTTPS
# A browser takes a cookie of such a name from this host only, so no sibling host can set one.
SESSION_COOKIE_NAME = cookies.host_only("sessionid", secure=HTTPS)
CSRF_COOKIE_NAME = cookies.host_only("csrftoken", secure=HTTPS)
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_FAILURE_VIEW = "myusa.home.errors.csrf_failure"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=HTTPS and not DEBUG)
# Probes come by plain HTTP from inside; the rest is sent to https.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$", r"^metrics$"]
SECURE_HSTS_SECONDS = env.int("SECURE_HSTS_SECONDS", default=31_536_000 if HTTPS and not DEBUG else 0, minimum=0)
# They bind sibling hosts below BASE_URL's host, or the whole domain for years: for an agency that owns all of them.
SECURE_HSTS_INCLUDE_SUBDOMAINS = env.bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=False)
SECURE_HSTS_PRELOAD = env.bool("SECURE_HSTS_PRELOAD", default=False)
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if env.bool("BEHIND_TLS_PROXY", default=False) else None
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": ["'none'"],
        "script-src": ["'self'"],
        "style-src": ["'self'"],
        "img-src": ["'self'", "data:"],
        "font-src": ["'self'"],
        "connect-src": ["'self'"],
        "form-action": ["'self'"],
        "frame-ancestors": ["'none'"],
        "base-uri": ["'none'"],
    }
}

# --- Logs and metrics ---------------------------------------------------------------------------

# "json" (one object a line) or "console"; `myusa.lib.observability.logs` turns both into handlers and processors.
LOG_FORMAT = env.str("LOG_FORMAT", default="console" if DEBUG else "json", choices=("json", "console"))
LOG_LEVEL = env.str("LOG_LEVEL", default="INFO", choices=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"))
LOGGING_CONFIG = "myusa.lib.observability.logs.configure"
LOGGING = {"format": LOG_FORMAT, "level": LOG_LEVEL}
AUDITLOG_CID_GETTER = "myusa.lib.observability.request_id.current"
# The bearer token for /metrics. Without it, only this machine may read them.
METRICS_TOKEN = env.str("METRICS_TOKEN", default="")
