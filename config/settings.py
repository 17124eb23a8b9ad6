"""All settings in one file; what differs between machines comes from the environment (see `docs/operations.md`)."""

from pathlib import Path

import django_stubs_ext
from csp.constants import NONCE, NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import environment, gateway, sentry
from config.readers import (
    SQLITE,
    address,
    broker,
    bucket,
    database,
    hosts,
    log_level,
    mail,
    number,
    origins,
    provider,
    secret,
    sender,
    switch,
    text,
)

django_stubs_ext.monkeypatch()
environment.check()

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(text("OFFSET_DATA", str(BASE_DIR / "var"))).resolve()
DEBUG = switch("OFFSET_DEBUG", default=False)
DEMO = switch("OFFSET_DEMO", default=False)
HTTPS = switch("OFFSET_HTTPS", default=not (DEBUG or DEMO))

# --- Who answers, and under which names ---------------------------------------------------------------------------
SECRET_KEY = secret("OFFSET_SECRET_KEY", DATA_DIR / "secret-key")
ALLOWED_HOSTS = hosts("OFFSET_HOSTS", "localhost,127.0.0.1,[::1]")
CSRF_TRUSTED_ORIGINS = origins("OFFSET_ORIGINS")
PROXIES = number("OFFSET_PROXIES", 0)  # Each adds its peer to X-Forwarded-For; `core.clients` reads it.
PUBLIC_URL = address("OFFSET_PUBLIC_URL", "http://127.0.0.1:8000")
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
ASGI_APPLICATION = "config.asgi.application"
SILENCED_SYSTEM_CHECKS = ["models.W045"]  # Some CHECKs are SQL by design: one text serves check, trigger and reader.
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "core",
    "companies",
    "web",
    "ledger",
    "documents",
    "notifications",
    "subscriptions",
    "invoices",
    "creditmemos",
    "payments",
    "billing",
    "limits",
    "office",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.forms",
    "config.static.StaticFiles",
    "django_filters",
    "django_tables2",
    "django_htmx",
    "js_lib_bootstrap5",
    "js_lib_bootstrap_icons",
    "csp",
]

MIDDLEWARE = [
    "config.health.Health",
    "config.access_log.AccessLog",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "config.sessions.KeepSession",
    "web.middleware.DownloadMiddleware",
    "web.middleware.ReaderMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "companies.views.expired.SignInFirst",
    "companies.middleware.MemberMiddleware",
    "documents.middleware.PageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "OPTIONS": {
            "loaders": [
                (
                    "django.template.loaders.cached.Loader",
                    ["web.loader.Loader", "django.template.loaders.app_directories.Loader"],
                )
            ],
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "web.context.frame",
                "office.navigation.sidebar",
            ],
        },
    },
]

# --- The database: SQLite needs nothing, PostgreSQL is what a company runs ----------------------------------------
_SECONDS_STATEMENT = number("OFFSET_STATEMENT_TIMEOUT", 0)  # 0: no limit; the web server sets 10.
_SQLITE = {
    "transaction_mode": "IMMEDIATE",
    "timeout": 20,
    # Without recursive triggers INSERT OR REPLACE would delete a row behind the guards.
    "init_command": (
        "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA recursive_triggers=ON"
    ),
}
_POSTGRESQL = {
    "connect_timeout": 5,
    "server_side_binding": True,  # With prepared statements: planned once a connection, then only executed.
    "prepare_threshold": 3,
    "options": (
        "-c lock_timeout=3s -c idle_in_transaction_session_timeout=15s"
        f" -c statement_timeout={_SECONDS_STATEMENT}s -c timezone=UTC"
    ),
}
_DATABASE = database("DATABASE_URL", DATA_DIR / "offset.sqlite3")
_IS_SQLITE = _DATABASE["ENGINE"] == SQLITE
DATABASES = {
    "default": {
        **_DATABASE,
        "OPTIONS": {**(_SQLITE if _IS_SQLITE else _POSTGRESQL), **_DATABASE.get("OPTIONS", {})},
        "CONN_MAX_AGE": 0 if _IS_SQLITE else number("OFFSET_CONNECTION_AGE", 60),
        "CONN_HEALTH_CHECKS": not _IS_SQLITE,
    }
}

# --- People and their sessions ------------------------------------------------------------------------------------
AUTH_USER_MODEL = "companies.User"
AUTHENTICATION_BACKENDS = [
    "companies.backends.PasswordBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
LOGIN_URL = "/sign-in/"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "/sign-in/"
SESSION_ENGINE = "config.sessions"
SESSION_COOKIE_AGE = 30 * 60  # seconds without use; config.sessions moves the end
SESSION_EXPIRE_AT_BROWSER_CLOSE = True
SESSION_COOKIE_NAME = "__Host-offset" if HTTPS else "offset"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = HTTPS
CSRF_FAILURE_VIEW = "companies.views.expired.csrf_failure"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SECURE = HTTPS

# --- What a browser may do with a page ----------------------------------------------------------------------------
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:"],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}
X_FRAME_OPTIONS = "DENY"
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_SSL_REDIRECT = HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PROXIES else None
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024  # bytes
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- Languages ----------------------------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", _("English")), ("de", _("German")), ("fr", _("French"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
LANGUAGE_COOKIE_SECURE = HTTPS
USE_TZ = True
TIME_ZONE = "UTC"

# --- Files --------------------------------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
STATICFILES_DIRS = [BASE_DIR / "static"]
DOCUMENTS_DIR = Path(text("OFFSET_DOCUMENTS", str(DATA_DIR / "documents"))).resolve()
DOCUMENTS_CJK_FONT = text("OFFSET_CJK_FONT", "")
UPLOADS_DIR = Path(text("OFFSET_UPLOADS", str(DATA_DIR / "media"))).resolve()
_COLLECTED = switch("OFFSET_COLLECTED_STATIC", default=not DEBUG)
WHITENOISE_USE_FINDERS = not _COLLECTED
WHITENOISE_AUTOREFRESH = not _COLLECTED  # What lies where it was written is looked up when it is asked for.
_FILES = {"BACKEND": "documents.storage.stores.DurableFiles", "OPTIONS": {"location": DOCUMENTS_DIR}}
_BUCKET = bucket("OFFSET_DOCUMENTS_STORAGE")
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": UPLOADS_DIR}},
    "documents": {"BACKEND": "documents.storage.buckets.Bucket", "OPTIONS": _BUCKET} if _BUCKET else _FILES,
    "staticfiles": {
        "BACKEND": "config.static.CollectedFiles"
        if _COLLECTED
        else "django.contrib.staticfiles.storage.StaticFilesStorage"
    },
}

# --- Mail: by a provider or to a server when one is named, else each mail is a file in the data folder ------------
EMAIL_BACKEND = "django.core.mail.backends.filebased.EmailBackend"
EMAIL_FILE_PATH = str(DATA_DIR / "mail")
EMAIL_TIMEOUT = 10  # seconds
DEFAULT_FROM_EMAIL = sender("OFFSET_MAIL_FROM", "billing@offset.example")
SERVER_EMAIL = DEFAULT_FROM_EMAIL
globals().update(mail("OFFSET_SMTP_URL"))
globals().update(provider("OFFSET_MAIL_PROVIDER", "OFFSET_MAIL_PROVIDER_SETTINGS"))

# --- Payments: the accounts at Stripe, by the names that the database knows ---------------------------------------
STRIPE_KEYS = gateway.keys("OFFSET_STRIPE_KEYS")
STRIPE_WEBHOOK_SECRETS = gateway.webhook_secrets("OFFSET_STRIPE_WEBHOOK_SECRETS")
STRIPE_ADDRESS = gateway.other_address("OFFSET_STRIPE_ADDRESS", "OFFSET_STRIPE_KEYS")  # "": Stripe's own.

# --- Work after commit --------------------------------------------------------------------------------------------
METRICS_PORT = number("OFFSET_METRICS_PORT", 0)  # 0: nothing is counted.
RESTORED = switch("OFFSET_RESTORED", default=False)  # A restored copy holds its mails until it is released.
KEEP_WORK_DAYS = number("OFFSET_KEEP_WORK", 90, least=1)
CELERY_BROKER_URL = broker("OFFSET_BROKER_URL", f"redis+socket://{DATA_DIR}/valkey.sock")
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 2, "visibility_timeout": 3600}
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
CELERY_TASK_PUBLISH_RETRY = False
CELERY_TASK_QUEUES = {
    name: {"exchange": name, "routing_key": name} for name in ("default", "billing", "documents", "mail", "payments")
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "billing.start_due_runs": {"queue": "billing"},
    "limits.expire_reservations": {"queue": "billing"},
}
CELERY_BEAT_SCHEDULE = {  # seconds
    "start due runs": {"task": "billing.start_due_runs", "schedule": 60.0},
    "expire reservations": {"task": "limits.expire_reservations", "schedule": 60.0},
    "look after what providers owe": {"task": "payments.sweep", "schedule": 600.0},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "beat-schedule")
CELERY_TASK_CREATE_MISSING_QUEUES = False
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SOFT_TIME_LIMIT = 60  # seconds
CELERY_TASK_TIME_LIMIT = 75  # seconds; leases of outside work are longer
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = True
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_WORKER_SEND_TASK_EVENTS = False

FORM_RENDERER = "web.forms.Renderer"

# --- Looks of the parts we did not write --------------------------------------------------------------------------
CRISPY_ALLOWED_TEMPLATE_PACKS = ["bootstrap5"]
CRISPY_TEMPLATE_PACK = "bootstrap5"
DJANGO_TABLES2_TEMPLATE = "django_tables2/bootstrap5-responsive.html"

# --- Logs ---------------------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"lines": {"()": "config.logs.JsonLines"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "lines"}},
    "root": {"handlers": ["stderr"], "level": log_level("OFFSET_LOG_LEVEL")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.request": {"level": "ERROR"},  # What is refused or not there stands in the access log.
        "django.server": {"handlers": [], "propagate": True},
    },
}
sentry.start(sentry.dsn("OFFSET_SENTRY_DSN"))
