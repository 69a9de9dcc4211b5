"""One settings file for every place Gavel runs; what differs comes from the environment (config/env.py).

`config/settings_test.py` is the only variation, for tests. Nothing exists only in production.
"""

from pathlib import Path
from typing import Any, Final

from csp.constants import NONE, SELF
from django.utils.translation import gettext_lazy as _

from config import beat, broker, env, keys
from ui import assets

BASE: Final = Path(__file__).resolve().parent.parent

# --- Where things are kept ---------------------------------------------------------------------------------
GAVEL_VAR: Final[Path] = env.path("GAVEL_VAR", BASE / "var")
GAVEL_LAKE: Final[str] = env.url("GAVEL_LAKE", (GAVEL_VAR / "lake").as_uri())
GAVEL_VERSION: Final = "0.1.0"
GAVEL_BACKBONES: Final[Path] = env.path("GAVEL_BACKBONES", GAVEL_VAR / "backbones")
#: Whether the check of a hub id may download it into the local cache; without it nothing is ever fetched.
GAVEL_HUB_FETCH: Final[bool] = env.boolean("GAVEL_HUB_FETCH", False)
GAVEL_TRAINING_THREADS: Final[int] = env.integer("GAVEL_TRAINING_THREADS", 1, minimum=0, maximum=256)
"""CPU threads of one trainer; 0: the cores of its machine by the devices of it."""
GAVEL_DEVICES: Final[list[str]] = env.words("GAVEL_DEVICES", ())
"""What runs of this machine get, one each: `cuda:0,cuda:1`, `cuda:0+1` for both cards, `cpu:0,cpu:1` for two
on its cores. Without it: every GPU of the machine, or its cores as one device."""
GAVEL_RUN_PROCESSES: Final[int] = env.integer("GAVEL_RUN_PROCESSES", 1, minimum=1, maximum=64)
"""Processes of one run on the cores of a machine; on GPUs a run has one per card of its device."""
GAVEL_UPLOAD_LIMIT: Final[int] = env.integer("GAVEL_UPLOAD_LIMIT", 10**9, minimum=1)
"""Bytes one upload may have."""

GAVEL_ENGINE_MEMORY: Final[int] = env.integer("GAVEL_ENGINE_MEMORY", 16 * 2**30, minimum=0)
"""Bytes of private memory one process of the quality engines may ask for; 0: no bound of ours."""
GAVEL_SPARK_MASTER: Final[str] = env.text("GAVEL_SPARK_MASTER", "")
"""Address of the Spark that checks large versions, such as `local[4]` or `spark://host:7077`; "": none."""
GAVEL_SPARK_ABOVE_BYTES: Final[int] = env.integer("GAVEL_SPARK_ABOVE_BYTES", 20 * 10**9, minimum=0)
"""A version of more bytes is checked with Spark, where its dataset leaves the choice to its size."""

DATABASE_SERVER: Final = env.postgres("DATABASE_URL")

# --- Keys --------------------------------------------------------------------------------------------------
SECRET_KEY = keys.secret_key(GAVEL_VAR, may_create=DATABASE_SERVER is None)
GAVEL_PERMIT_KEYS: Final[dict[str, bytes]] = keys.permit_keys(GAVEL_VAR, may_create=DATABASE_SERVER is None)
"""Key id -> key, the last one current. Permits are signed and cells masked with keys derived from these."""

# --- Django ------------------------------------------------------------------------------------------------
DEBUG = env.boolean("GAVEL_DEBUG", False)
ALLOWED_HOSTS = env.words("GAVEL_HOSTS", ("localhost", "127.0.0.1", "[::1]"))
GAVEL_HTTPS: Final[bool] = env.boolean("GAVEL_HTTPS", False)
"""Served over https: cookies are marked secure, and the proxy's X-Forwarded-Proto header is believed."""
GAVEL_BASE_URL: Final[str] = env.url("GAVEL_BASE_URL", "http://127.0.0.1:8000", schemes=env.WEB_SCHEMES)
"""Where people open the site: what links in mails begin with."""
CSRF_TRUSTED_ORIGINS = [f"https://{host}" for host in ALLOWED_HOSTS] if GAVEL_HTTPS else []
ROOT_URLCONF = "config.urls"
WSGI_APPLICATION = "config.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_USER_MODEL = "governance.User"
LOGIN_URL = "sign_in"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "sign_in"

INSTALLED_APPS = [
    "config",
    "demo",
    "console",
    "committee",
    "modeling",
    "catalog",
    "governance",
    "ui",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_filters",
    "django_htmx",
    "django_celery_beat",
    "axes",
    "csp",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "csp.middleware.CSPMiddleware",
    "config.middleware.UploadLimit",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "config.middleware.ApiProblems",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
    "config.middleware.NulRefused",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "django.template.context_processors.i18n",
                "console.context.page_frame",
            ],
        },
    },
]

# --- Database ----------------------------------------------------------------------------------------------
# The SQLite options are measured: with the defaults one write in ten met "database is locked", here none.
EMBEDDED_DATABASE: Final[dict[str, object]] = {
    "ENGINE": "governance.database.sqlite",
    "NAME": GAVEL_VAR / "gavel.sqlite3",
    "OPTIONS": {
        "timeout": 20,
        "transaction_mode": "IMMEDIATE",
        "init_command": (
            "PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL; "
            "PRAGMA foreign_keys=ON; PRAGMA busy_timeout=20000;"
        ),
    },
}
# No ATOMIC_REQUESTS: a refusal is rolled back and then written to the ledger in a transaction of its own.
DATABASES: dict[str, dict[str, Any]] = {
    "default": {"CONN_MAX_AGE": 60, "CONN_HEALTH_CHECKS": True, **(DATABASE_SERVER or EMBEDDED_DATABASE)}
}

# --- Jobs --------------------------------------------------------------------------------------------------
CELERY_BROKER_URL = env.url("REDIS_URL", broker.embedded_url(GAVEL_VAR))
CELERY_TASK_SERIALIZER = "json"
# A wake-up that finds no broker is dropped at once: the ticks find the work, and no request waits for Redis.
CELERY_TASK_PUBLISH_RETRY = False
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 8.0
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None
# A message is a wake-up only: claims and leases in the database recover lost work (governance jobs). A short
# timeout would start a long job a second time while the first still runs.
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 12 * 3600,
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {
    "governance.tasks.ledger_check": {"queue": "quality"},  # as long as the ledger is: not before the outbox
    "modeling.tasks.backbone_check": {"queue": "quality"},
    "modeling.tasks.guide_measure": {"queue": "quality"},
    "catalog.tasks.*": {"queue": "quality"},
    "modeling.tasks.*": {"queue": "gpu"},
}
CELERY_BEAT_SCHEDULER = "config.scheduler:FixedTicks"
CELERY_BEAT_SCHEDULE = beat.schedule()
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_TIMEZONE = "UTC"

# --- The committee's clock and mail ------------------------------------------------------------------------
GAVEL_SLEEPING_DAYS: Final[int] = env.integer("GAVEL_SLEEPING_DAYS", 5, minimum=1, maximum=250)
"""Working days after which a case left in draft, returned or deferred is asleep: listed, and nagged about."""
globals().update(env.mail("GAVEL_MAIL_URL"))
EMAIL_TIMEOUT = 20
DEFAULT_FROM_EMAIL = env.text("GAVEL_MAIL_FROM", "Gavel <gavel@localhost>")

# --- Language and time -------------------------------------------------------------------------------------
LANGUAGE_CODE = env.text("GAVEL_LANGUAGE", "en")
LANGUAGES = [("en", _("English")), ("zh-hans", _("Simplified Chinese"))]
LANGUAGE_COOKIE_NAME = "gavel_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SAMESITE = "Lax"
LOCALE_PATHS = [BASE / "locale"]
USE_I18N = True
USE_TZ = True
TIME_ZONE = env.text("GAVEL_TIME_ZONE", "Asia/Shanghai")

# --- Sign-in, sessions, headers ----------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {
        "NAME": "django.contrib.auth.password_validation.MinimumLengthValidator",
        "OPTIONS": {"min_length": 12},
    },
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
]
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = 0.25  # hours
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HTTP_RESPONSE_CODE = 429
AXES_LOCKOUT_TEMPLATE = "429.html"
AXES_VERBOSE = False
SESSION_COOKIE_NAME = "gavel_session"
SESSION_COOKIE_AGE = env.integer("GAVEL_SESSION_HOURS", 12, minimum=1) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = LANGUAGE_COOKIE_SECURE = GAVEL_HTTPS
CSRF_COOKIE_NAME = "gavel_csrf"
CSRF_COOKIE_SAMESITE = "Lax"
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if GAVEL_HTTPS else None
SECURE_SSL_REDIRECT = GAVEL_HTTPS
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if GAVEL_HTTPS else 0
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "base-uri": [NONE],
        "object-src": [NONE],
        "frame-ancestors": [NONE],
    },
}

# --- Static files and uploads ------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = GAVEL_VAR / "static"
STATICFILES_DIRS = [BASE / "static", *assets.staticfiles_dirs()]
STORAGES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "config.staticfiles.HashedFiles"},
}
WHITENOISE_MAX_AGE = 300
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = ("jpg", "png", "gif", "webp", "woff", "woff2", "gz", "zip", "br", "map")
MEDIA_ROOT = GAVEL_VAR / "uploads"
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.TemporaryFileUploadHandler"]
FILE_UPLOAD_PERMISSIONS = 0o600
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 2**20
DATA_UPLOAD_MAX_NUMBER_FIELDS = 2000

# --- REST API ----------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "governance.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["governance.api.parsers.BoundedJSONParser"],
    "DEFAULT_FILTER_BACKENDS": ["governance.api.filters.StrictFilterBackend"],
    "DEFAULT_PAGINATION_CLASS": "governance.api.pagination.CursorPagination",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "governance.api.problems.handle",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Gavel",
    "DESCRIPTION": "Catalogue, standards, validation, cases, decisions, permits, training runs, ledger.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": ["rest_framework.permissions.IsAuthenticated"],
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "JobState": "governance.choices.JobState",
        "UserKind": "governance.choices.UserKind",
        "PermitKind": "governance.choices.PermitKind",
        "PermitUseKind": "governance.choices.PermitUseKind",
        "PermitStatus": "governance.choices.PermitStatus",
        "StandardStatus": "governance.choices.StandardStatus",
        "SourceKind": "catalog.choices.SourceKind",
        "EnginePolicy": "catalog.choices.EnginePolicy",
        "IncidentKind": "catalog.choices.IncidentKind",
        "BackboneKind": "modeling.choices.BackboneKind",
        "ModelState": "modeling.choices.ModelState",
        "CaseState": "committee.choices.CaseState",
        "DataRole": "modeling.choices.DataRole",
        "OwnershipRole": "catalog.choices.Role",
        "SeatRole": "committee.choices.SeatRole",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": None,
}

# --- Logging -----------------------------------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "plain": {
            "()": "config.logs.WithoutValues",
            "format": "%(asctime)s %(levelname)s %(name)s %(message)s",
        },
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["stderr"], "level": env.text("GAVEL_LOG_LEVEL", "INFO")},
    "loggers": {
        "django": {"handlers": [], "level": "INFO", "propagate": True},
        "django.server": {"handlers": [], "propagate": True},
        "axes": {"level": "WARNING"},
    },
}
