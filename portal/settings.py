"""Django settings. Everything that differs between installations comes from the environment or `.env`."""

import os
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import environ
from django.templatetags.static import static
from django.urls import reverse_lazy

from portal.version import VERSION

BASE_DIR = Path(__file__).resolve().parent.parent

env = environ.Env()
# A value that begins with "$" would otherwise be read as the name of another variable.
env.escape_proxy = True
# Real environment variables win over the file, so a service manager can override it.
environ.Env.read_env(os.environ.get("ENV_FILE", BASE_DIR / ".env"))

SECRET_KEY: str = env.str("SECRET_KEY")
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", default=[])
# Fernet keys for secrets at rest, newest first; apart from SECRET_KEY so that either can be rotated alone.
FIELD_ENCRYPTION_KEYS: list[str] = env.list("FIELD_ENCRYPTION_KEYS")
DEBUG: bool = env.bool("DEBUG", default=False)
ALLOWED_HOSTS: list[str] = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
# Where people and Quoter reach the portal; the webhook address shown in the settings starts with it.
PUBLIC_URL: str = env.str("PUBLIC_URL", default="").rstrip("/")
# The only way to point an integration at http or at a private address: for the simulator and for tests.
ALLOW_PRIVATE_REMOTES: bool = env.bool("ALLOW_PRIVATE_REMOTES", default=False)
# Waiting times before automatic retries are multiplied by this; anything but 1 is for tests.
RETRY_SCALE: float = env.float("RETRY_SCALE", default=1.0)
# What a Prometheus scraper shows as its bearer token; without it there is no /metrics.
METRICS_TOKEN: str = env.str("METRICS_TOKEN", default="")
# Texts of webhooks and what was sent and answered are deleted after so many days, everything else that is on
# record of a delivery after so many years; 0 keeps them for ever.
KEEP_TEXTS_DAYS: int = env.int("KEEP_TEXTS_DAYS", default=90)
KEEP_HISTORY_YEARS: float = env.float("KEEP_HISTORY_YEARS", default=3.0)
# The mail server for notifications, such as smtp+tls://user:password@mail.example.com:587, and who they come from.
EMAIL_IS_SET_UP: bool = bool(env.str("EMAIL_URL", default=""))
vars().update(env.email_url("EMAIL_URL", default="dummymail://"))
DEFAULT_FROM_EMAIL: str = env.str("EMAIL_FROM", default="Quote Portal <quote-portal@localhost>")
EMAIL_TIMEOUT = 15
PORTAL_VERSION = VERSION
SIMULATOR: bool = env.bool("SIMULATOR", default=False)
SIMULATOR_URL: str = env.str("SIMULATOR_URL", default="http://127.0.0.1:8001").rstrip("/")
# Where Quoter shows quotes to customers; the simulator stands in for it in the demo.
QUOTER_WEB_URL: str = env.str(
    "QUOTER_WEB_URL", default=f"{SIMULATOR_URL}/quoter" if SIMULATOR else "https://{subdomain}.quoter.com"
)
# Quoter's two APIs: ScalePad's, and the older one for accounts without a ScalePad key.
QUOTER_API_URL: str = env.str(
    "QUOTER_API_URL", default=f"{SIMULATOR_URL}/scalepad" if SIMULATOR else "https://api.scalepad.com"
).rstrip("/")
QUOTER_LEGACY_API_URL: str = env.str(
    "QUOTER_LEGACY_API_URL", default=f"{SIMULATOR_URL}/legacy" if SIMULATOR else "https://api.quoter.com"
).rstrip("/")
# ScalePad's words for the stages of a quote by Quoter's status, where they are other than the portal believes:
# "lost=lost,accepted=won_accepted". Several for one status are parted by "|".
QUOTER_STAGES: dict[str, list[str]] = {
    status: words.split("|")
    for status, words in env.dict(
        "QUOTER_STAGES",
        default={
            "lost": "lost",
            "accepted": "won_accepted|accepted",
            "ordered": "won_ordered|ordered",
            "fulfilled": "won_fulfilled|fulfilled",
        },
    ).items()
}
SIMULATOR_STATE: str = env.str("SIMULATOR_STATE", default=str(BASE_DIR / "var" / "simulator.json"))

INSTALLED_APPS = [
    "unfold",
    "unfold.contrib.filters",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "django_q",
    "auditlog",
    "integrations",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "portal.headers.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Closed by default: a view that is open to the world says so with login_not_required.
    "django.contrib.auth.middleware.LoginRequiredMiddleware",
    "portal.actors.ActorMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]

ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.wsgi.application"
LOGIN_URL = reverse_lazy("admin:login")
LOGIN_REDIRECT_URL = reverse_lazy("admin:index")

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
                "integrations.admin.notices.notices",
            ],
        },
    },
]


def database(url_config: dict[str, Any]) -> dict[str, Any]:
    """Complete a parsed DATABASE_URL with what each engine needs beside a task queue (measured facts)."""
    config: dict[str, Any] = {**url_config, "CONN_MAX_AGE": 60}
    options = dict(config.get("OPTIONS") or {})
    if config["ENGINE"].endswith("sqlite3"):
        # IMMEDIATE takes the write lock at BEGIN: without it two writers deadlock as "database is locked".
        # FULL, not NORMAL: a webhook that was answered 200 must survive a power cut.
        options |= {
            "transaction_mode": "IMMEDIATE",
            "timeout": 20,
            "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
        }
    else:
        # Never Django's `pool` here: django-q2 forks, and forked children would share pooled sockets.
        config["CONN_HEALTH_CHECKS"] = True
    config["OPTIONS"] = options
    return config


DATABASES = {"default": database(env.db("DATABASE_URL", default=f"sqlite:///{BASE_DIR / 'db.sqlite3'}"))}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

LANGUAGE_CODE = "en"
TIME_ZONE = env.str("TIME_ZONE", default="UTC")
USE_I18N = True
USE_TZ = True
FORMS_URLFIELD_ASSUME_HTTPS = True

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
STATICFILES_DIRS = [BASE_DIR / "integrations" / "static"]
# The manifest needs `collectstatic`; `bin/run` and the production guide do it, DEBUG serves from source.
STATIC_BACKEND = (
    "django.contrib.staticfiles.storage.StaticFilesStorage"
    if DEBUG
    else "whitenoise.storage.CompressedManifestStaticFilesStorage"
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": STATIC_BACKEND},
}

# Plain http is for a loopback demo only, and only when PUBLIC_URL says so in so many words.
SECURE = urlsplit(PUBLIC_URL).scheme != "http" and not DEBUG
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE
SECURE_SSL_REDIRECT = SECURE
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$", r"^metrics$"]  # probes come from inside, without TLS
SECURE_HSTS_SECONDS = 31_536_000 if SECURE else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE
SECURE_HSTS_PRELOAD = SECURE
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_AGE = 60 * 60 * 12
X_FRAME_OPTIONS = "DENY"
CSRF_TRUSTED_ORIGINS = [PUBLIC_URL] if PUBLIC_URL else []
# Set to "X-Forwarded-Proto" style headers only behind a proxy that always overwrites them.
if env.bool("BEHIND_PROXY", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# One webhook is one form field; Quoter's largest quotes stay far below this (receiver answers 413 above it).
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024

# django-q2 is the doorbell, our own rows are the truth: one try, acknowledged whatever happens, no history
# kept beyond its own log page. retry > timeout * (1 + ceil((queue_limit + 1) / workers)), or tasks run twice.
WORKER_TIMEOUT_S = 120
# A worker shows itself at every stage, and no remote call takes longer than 40 seconds: silence is a hang.
WORKER_HUNG_AFTER_S: float = env.float("WORKER_HUNG_AFTER_S", default=75.0)
Q_CLUSTER = {
    "name": "portal",
    "label": "Task queue",
    "orm": "default",
    "workers": env.int("WORKERS", default=2),
    "timeout": WORKER_TIMEOUT_S,
    "retry": 420,
    "queue_limit": 2,
    "bulk": 1,
    "poll": 0.2,
    "max_attempts": 1,
    "ack_failures": True,
    "save_limit": 0,
    "catch_up": False,
    "recycle": 500,
}

# Changes of settings are on record with what was and what is; secrets by a mask of our own.
AUDITLOG_LOGENTRY_MODEL = "integrations.SettingsChange"
# The library would make the table of its own model all the same, which nothing here uses.
MIGRATION_MODULES = {"auditlog": None}
AUDITLOG_STORE_JSON_CHANGES = True
AUDITLOG_DISABLE_REMOTE_ADDR = True

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="INFO")},
    # urllib3 logs whole URLs at DEBUG; a URL can carry a tenant or an e-mail address.
    "loggers": {"urllib3": {"level": "WARNING"}, "django-q": {"level": "WARNING"}},
}

UNFOLD: dict[str, Any] = {
    "SITE_TITLE": "Quote Portal",
    "SITE_HEADER": "Quote Portal",
    "SITE_SUBHEADER": "Quoter to HaloPSA",
    "SITE_ICON": lambda request: static("integrations/icon.svg"),
    "SITE_FAVICONS": [
        {"rel": "icon", "type": "image/svg+xml", "href": lambda request: static("integrations/icon.svg")}
    ],
    "SITE_SYMBOL": "sync_alt",
    "SITE_URL": None,
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": False,
    "STYLES": [lambda request: static("integrations/portal.css")],
    "SCRIPTS": [lambda request: static("integrations/portal.js")],
    "BORDER_RADIUS": "6px",
    "COLORS": {
        "primary": {
            "50": "236 253 248",
            "100": "209 250 238",
            "200": "163 243 221",
            "300": "110 231 202",
            "400": "52 209 178",
            "500": "16 172 148",
            "600": "9 120 105",
            "700": "10 100 89",
            "800": "13 88 80",
            "900": "16 72 67",
            "950": "3 43 41",
        },
    },
    "DASHBOARD_CALLBACK": "integrations.admin.home.home",
    "SIDEBAR": {"show_search": False, "navigation": "integrations.admin.site.navigation"},
}
